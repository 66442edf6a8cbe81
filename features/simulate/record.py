"""Clinical resources: rows of numbers in, lines of FHIR R4 out.

Times in records are clinic time, UTC+3, written with their offset. A visit begins between 8:00 and
18:55, so that a day here is the same day in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from features.simulate import dictionary as words
from features.simulate.course import ACUTE, CHECKUP, CONTROL, DIABETES, SYMPTOM, Visits
from features.simulate.template import coding, local, template
from features.simulate.treatment import Entries
from features.simulate.window import Floats, Instants, Ints, Window

Lines = Iterator[tuple[str, pl.Series]]
"""Resource type and its lines of JSON."""

MINUTE = np.timedelta64(60_000_000, "us")
EVENING = 20 * 60 + 30  # minutes of the day at which the day's results are looked through
_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SUBJECT = {"reference": "Patient/$patient"}
ENCOUNTER = {"reference": "Encounter/$encounter"}
_CLASSES = {"AMB": "ambulatory", "HH": "home health", "VR": "virtual"}
_SERVICE = {
    CHECKUP: "B04.047.002",
    CONTROL: "B01.047.002",
    ACUTE: "B01.047.001",
    SYMPTOM: "B01.047.001",
    DIABETES: "B01.058.001",
}


@dataclass(frozen=True)
class Ids:
    """Names of this chunk's patients and visits, and when and where the visits were."""

    patients: pl.Series
    visits: pl.Series
    clinic: Ints  # a visit
    start: Instants  # a visit; clinic time
    chunk: int

    def of(self, letter: str, number: int) -> pl.Series:
        """Names of `number` resources of one kind in this chunk."""
        return f"{letter}{self.chunk}-" + pl.Series(np.arange(number)).cast(pl.String)


def midnight(span: Window, day: Floats) -> Instants:
    """Clinic midnight at which these days begin."""
    return np.datetime64(span.start, "us") + np.floor(day).astype(np.int64) * 1440 * MINUTE


def begins(span: Window, time: Floats) -> Instants:
    """When a visit that falls at `time` begins: within opening hours, to five minutes."""
    minutes = 480 + np.floor((time % 1) * 132) * 5
    return midnight(span, time) + minutes.astype(np.int64) * MINUTE


def encounters(rng: np.random.Generator, ids: Ids, visits: Visits, age: Floats, booked: pl.Series) -> Lines:
    """One resource a visit. `age`: a visit, years; `booked`: name of its appointment or null."""
    draw = rng.random(len(visits))
    kind = np.where(
        (visits.kind == ACUTE) & (draw < 0.06),
        "VR",
        np.where((visits.kind == ACUTE) & (draw > 0.88) & (age > 70), "HH", "AMB"),
    )
    length = rng.integers(3, 9, len(visits)) * 5 * MINUTE
    rows = pl.DataFrame(
        {
            "id": ids.visits,
            "patient": ids.patients.gather(visits.patient),
            "kind": kind,
            "service": pl.Series([_SERVICE[k] for k in range(5)]).gather(visits.kind),
            "start": ids.start,
            "end": ids.start + length,
            "clinic": ids.clinic,
            "appointment": booked,
        }
    ).with_columns(
        local("start"),
        local("end"),
        class_name=pl.col("kind").replace_strict(_CLASSES),
        service_name=pl.col("service").replace_strict(words.SERVICES),
    )
    plain = {
        "resourceType": "Encounter",
        "id": "$id",
        "status": "finished",
        "class": {"system": _ACT, "code": "$kind", "display": "$class_name"},
        "type": [coding(words.NMU, "$service", "$service_name")],
        "subject": SUBJECT,
        "period": {"start": "$start", "end": "$end"},
        "serviceProvider": {"reference": "Organization/$clinic"},
    }
    linked = plain | {"appointment": [{"reference": "Appointment/$appointment"}]}
    yield "Encounter", template(linked).render(rows.filter(pl.col("appointment").is_not_null()))
    yield "Encounter", template(plain).render(rows.filter(pl.col("appointment").is_null()))


def _written(span: Window, ids: Ids, entries: Entries, letter: str, texts: dict[str, str]) -> pl.DataFrame:
    visit = np.maximum(entries.visit, 0)
    opened = midnight(span, entries.day)
    at_visit = ids.start[visit] + 20 * MINUTE if len(ids.start) else opened
    time = np.where(
        entries.visit < 0,
        opened + 12 * 60 * MINUTE,
        np.where(entries.late, opened + (EVENING + 5) * MINUTE, at_visit),
    )
    encounter = ids.visits.gather(visit) if len(ids.visits) else pl.Series([], dtype=pl.String)
    return pl.DataFrame(
        {
            "id": ids.of(letter, len(entries.code)),
            "patient": ids.patients.gather(entries.patient),
            "code": pl.Series(list(texts)).gather(entries.code),
            "name": pl.Series(list(texts.values())).gather(entries.code),
            "encounter": encounter,
            "time": time,
            "onset": pl.Series(midnight(span, entries.onset)).dt.date(),
            "linked": entries.visit >= 0,
        }
    ).with_columns(local("time"))


_RESOLVED = ("J06.9", "J20.9", "M54.5", "N30.0", "L23.9")


def conditions(span: Window, ids: Ids, entries: Entries) -> Lines:
    """Diagnoses; those of the past have no encounter."""
    rows = _written(span, ids, entries, "c", words.DIAGNOSES).with_columns(
        state=pl.when(pl.col("code").is_in(_RESOLVED)).then(pl.lit("resolved")).otherwise(pl.lit("active"))
    )
    plain = {
        "resourceType": "Condition",
        "id": "$id",
        "clinicalStatus": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "$state"}
            ]
        },
        "verificationStatus": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}
            ]
        },
        "code": coding(words.ICD10, "$code", "$name"),
        "subject": SUBJECT,
        "onsetDateTime": "$onset",
        "recordedDate": "$time",
    }
    yield "Condition", template(plain | {"encounter": ENCOUNTER}).render(rows.filter(pl.col("linked")))
    yield "Condition", template(plain).render(rows.filter(~pl.col("linked")))


_REQUEST = template(
    {
        "resourceType": "MedicationRequest",
        "id": "$id",
        "status": "completed",
        "intent": "order",
        "medicationCodeableConcept": coding(words.ATC, "$code", "$name"),
        "subject": SUBJECT,
        "encounter": ENCOUNTER,
        "authoredOn": "$time",
    }
)


def prescriptions(span: Window, ids: Ids, entries: Entries) -> Lines:
    """Drugs ordered at visits."""
    yield "MedicationRequest", _REQUEST.render(_written(span, ids, entries, "m", words.DRUGS))


_PROCEDURE = template(
    {
        "resourceType": "Procedure",
        "id": "$id",
        "status": "completed",
        "code": coding(words.NMU, "$code", "$name"),
        "subject": SUBJECT,
        "encounter": ENCOUNTER,
        "performedDateTime": "$time",
    }
)
_IMMUNIZATION = template(
    {
        "resourceType": "Immunization",
        "id": "$id",
        "status": "completed",
        "vaccineCode": coding(words.CVX, "88", "influenza, unspecified formulation", "Вакцина против гриппа"),
        "patient": SUBJECT,
        "encounter": ENCOUNTER,
        "occurrenceDateTime": "$time",
        "recorded": "$time",
        "primarySource": "#yes",
    }
)


def procedures(ids: Ids, visits: Visits, done: tuple[Ints, Ints], vaccinated: Ints) -> Lines:
    """Examinations (rows of visits, positions in SERVICES) and vaccinations (rows of visits)."""
    visit, service = done

    def rows(letter: str, at: Ints) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "id": ids.of(letter, len(at)),
                "patient": ids.patients.gather(visits.patient[at]),
                "encounter": ids.visits.gather(at),
                "time": ids.start[at] + 15 * MINUTE,
            }
        ).with_columns(local("time"))

    yield (
        "Procedure",
        _PROCEDURE.render(
            rows("p", visit).with_columns(
                code=pl.Series(list(words.SERVICES)).gather(service),
                name=pl.Series(list(words.SERVICES.values())).gather(service),
            )
        ),
    )
    yield "Immunization", _IMMUNIZATION.render(rows("i", vaccinated).with_columns(yes=pl.lit("true")))
