"""Around the visits: who the patient is, appointments kept and missed, payments.

Sources
- No-shows: 23 % of appointments worldwide, from 13 % in Oceania to 43 % in Africa, more in the young and
  after long waits (Dantas 2018, doi 10.1016/j.healthpol.2018.02.002); here about one in eight.
- Prices and booking times are design values.
"""

import numpy as np
import polars as pl

from features.simulate import dictionary as words
from features.simulate.course import ACUTE, CHECKUP, CONTROL, DIABETES, SYMPTOM, Course
from features.simulate.name import CITIES, name
from features.simulate.person import People
from features.simulate.record import MINUTE, Ids, Lines, begins, midnight
from features.simulate.template import coding, local, template
from features.simulate.window import Floats, Ints, Window

PATIENT_NUMBER = "https://smartclinic.example/patient-number"
PRICES = {CHECKUP: 3900, CONTROL: 2900, ACUTE: 2300, SYMPTOM: 2900, DIABETES: 3200}
_OFFICIAL = {"use": "official", "family": "$family", "given": "#given"}


def organizations() -> Lines:
    """The network's clinics."""
    rows = pl.DataFrame({"id": [str(n + 1) for n in range(len(words.CLINICS))], "name": words.CLINICS})
    shape = template({"resourceType": "Organization", "id": "$id", "active": "#yes", "name": "$name"})
    yield "Organization", shape.render(rows.with_columns(yes=pl.lit("true")))


def patients(
    rng: np.random.Generator, span: Window, who: People, ids: Ids, clinic: Ints, death: Floats
) -> Lines:
    """Identity and contacts: `clinic` is each patient's home clinic, `death` in days."""
    foreign = rng.random(len(who)) < 0.02
    english = foreign & (rng.random(len(who)) < 0.7)
    names = [name(rng, bool(male), bool(alien)) for male, alien in zip(who.male, foreign, strict=True)]
    died = death < span.days
    day = np.where(died, death, 0.0)
    rows = pl.DataFrame(
        {
            "id": ids.patients,
            "number": [f"{n:07d}" for n in who.number],
            "family": [n.family for n in names],
            "given": [f'["{n.given}","{n.patronymic}"]' if n.patronymic else f'["{n.given}"]' for n in names],
            "email": [
                f"{n.email}.{number}@mail.example" for n, number in zip(names, who.number, strict=True)
            ],
            "gender": np.where(who.male, "male", "female"),
            "birth": pl.Series(midnight(span, who.birth)).dt.date(),
            "city": pl.Series(CITIES).gather(rng.integers(len(CITIES), size=len(who))),
            "language": np.where(english, "en", "ru"),
            "language_name": np.where(english, "English", "Русский"),
            "clinic": clinic,
            "died": died,
            # After the last visit of that day.
            "death": midnight(span, day) + (1260 + np.floor(day % 1 * 175).astype(np.int64)) * MINUTE,
            "yes": "true",
        }
    ).with_columns(local("death"))
    plain = {
        "resourceType": "Patient",
        "id": "$id",
        "identifier": [{"system": PATIENT_NUMBER, "value": "$number"}],
        "active": "#yes",
        "name": [_OFFICIAL],
        "telecom": [
            {"system": "email", "value": "$email"},
            # No Russian number begins with 0 after the country code.
            {"system": "phone", "value": "+7000$number", "use": "mobile"},
        ],
        "gender": "$gender",
        "birthDate": "$birth",
        "address": [{"use": "home", "city": "$city", "country": "RU"}],
        "communication": [
            {
                "language": coding("urn:ietf:bcp:47", "$language", "$language_name"),
                "preferred": "#yes",
            }
        ],
        "managingOrganization": {"reference": "Organization/$clinic"},
    }
    yield "Patient", template(plain).render(rows.filter(~pl.col("died")))
    yield "Patient", template(plain | {"deceasedDateTime": "$death"}).render(rows.filter(pl.col("died")))


_APPOINTMENT = template(
    {
        "resourceType": "Appointment",
        "id": "$id",
        "status": "$status",
        "serviceType": [coding(words.NMU, "$service", "$service_name")],
        "start": "$start",
        "end": "$end",
        "created": "$created",
        "participant": [{"actor": {"reference": "Patient/$patient"}, "status": "accepted"}],
    }
)


def appointments(
    rng: np.random.Generator, span: Window, who: People, ids: Ids, lived: Course
) -> tuple[pl.Series, Lines]:
    """Names of the appointments that led to the visits (null: came without), and all appointments:
    kept, missed, cancelled, and those booked for the time after the window."""
    visits, count = lived.visits, len(who)
    booked = rng.random(len(visits)) < np.where(visits.kind == ACUTE, 0.72, 0.94)
    age = who.age(visits.time[:0] if not len(visits) else np.zeros(count))
    odds = 0.16 * np.exp(-0.015 * (age - 50)) / who.attendance**0.5
    missed = booked & (rng.random(len(visits)) < np.clip(odds, 0.03, 0.5)[visits.patient])
    cancelled = booked & ~missed & (rng.random(len(visits)) < 0.08)
    again = visits.time - 1 - rng.gamma(2.0, 4.0, len(visits))  # the first try, some days before
    alive = np.flatnonzero((lived.death >= span.days) & (rng.random(count) < 0.13 * who.attendance))
    ahead = span.days + np.floor(rng.gamma(1.5, 14.0, len(alive))) + rng.random(len(alive))
    first = np.flatnonzero((missed | cancelled) & (again >= 1))
    kept = np.flatnonzero(booked)
    time = np.concatenate([visits.time[kept], again[first], ahead])
    patient = np.concatenate([visits.patient[kept], visits.patient[first], alive])
    kind = np.concatenate([visits.kind[kept], visits.kind[first], rng.choice([CHECKUP, CONTROL], len(alive))])
    status = np.concatenate(
        [
            np.full(len(kept), "fulfilled"),
            np.where(missed[first], "noshow", "cancelled"),
            np.full(len(alive), "booked"),
        ]
    )
    lead = 0.2 + rng.gamma(1.3, np.where(kind == ACUTE, 2.0, 8.0))
    made = np.where(
        status == "booked", np.minimum(time - lead, span.days - 0.3 - rng.random(len(time))), time - lead
    )
    start = begins(span, time)
    service = np.where(
        kind == CHECKUP, "B04.047.002", np.where(kind == DIABETES, "B01.058.001", "B01.047.001")
    )
    names = ids.of("a", len(time))
    rows = pl.DataFrame(
        {
            "id": names,
            "patient": ids.patients.gather(patient),
            "status": status,
            "service": service,
            "start": start,
            "end": start + 20 * MINUTE,
            "created": np.minimum(begins(span, made), start - 60 * MINUTE),
        }
    ).with_columns(
        local("start"),
        local("end"),
        local("created"),
        service_name=pl.col("service").replace_strict(words.SERVICES),
    )
    position = np.full(len(visits), -1)
    position[kept] = np.arange(len(kept))
    link = pl.DataFrame({"at": position}).select(pl.when(pl.col("at") >= 0).then(pl.col("at"))).to_series()
    return names.gather(link.cast(pl.UInt32)), iter([("Appointment", _APPOINTMENT.render(rows))])


_INVOICE = template(
    {
        "resourceType": "Invoice",
        "id": "$id",
        "status": "balanced",
        "subject": {"reference": "Patient/$patient"},
        "date": "$time",
        "issuer": {"reference": "Organization/$clinic"},
        "lineItem": [
            {
                "sequence": "#one",
                "chargeItemCodeableConcept": {"text": "Медицинская услуга по договору"},
                "priceComponent": [{"type": "base", "amount": {"value": "#sum", "currency": "RUB"}}],
            }
        ],
        "totalNet": {"value": "#sum", "currency": "RUB"},
        "totalGross": {"value": "#sum", "currency": "RUB"},
    }
)


def invoices(rng: np.random.Generator, who: People, ids: Ids, lived: Course) -> Lines:
    """Payments of those who pay themselves; the others are insured."""
    visits = lived.visits
    pays = (rng.random(len(who)) < 0.6)[visits.patient] & (rng.random(len(visits)) < 0.95)
    at = np.flatnonzero(pays)
    price = np.array([PRICES[kind] for kind in range(5)])[visits.kind[at]]
    extra = np.where(visits.labs[at], rng.integers(6, 40, len(at)) * 100, rng.integers(0, 8, len(at)) * 100)
    rows = pl.DataFrame(
        {
            "id": ids.of("b", len(at)),
            "patient": ids.patients.gather(visits.patient[at]),
            "time": ids.start[at] + 45 * MINUTE,
            "clinic": ids.clinic[at],
            "sum": price + extra,
            "one": "1",
        }
    ).with_columns(local("time"))
    yield "Invoice", _INVOICE.render(rows)
