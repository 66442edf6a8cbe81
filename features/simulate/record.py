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
from features.simulate.measurement import Measured
from features.simulate.template import Template, coding, local, template
from features.simulate.treatment import Entries
from features.simulate.window import Floats, Instants, Ints, Window

Lines = Iterator[tuple[str, pl.Series]]
"""Resource type and its lines of JSON."""

MINUTE = np.timedelta64(60_000_000, "us")
EVENING = 20 * 60 + 30  # minutes of the day at which the day's results are looked through
_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_SUBJECT = {"reference": "Patient/$patient"}
_ENCOUNTER = {"reference": "Encounter/$encounter"}
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
        "subject": _SUBJECT,
        "period": {"start": "$start", "end": "$end"},
        "serviceProvider": {"reference": "Organization/$clinic"},
    }
    linked = plain | {"appointment": [{"reference": "Appointment/$appointment"}]}
    yield "Encounter", template(linked).render(rows.filter(pl.col("appointment").is_not_null()))
    yield "Encounter", template(plain).render(rows.filter(pl.col("appointment").is_null()))


def _observation(category: str, code: dict[str, object], **value: object) -> Template:
    return template(
        {
            "resourceType": "Observation",
            "id": "$id",
            "status": "final",
            "category": [
                {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                            "code": category,
                        }
                    ]
                }
            ],
            "code": code,
            "subject": _SUBJECT,
            "encounter": _ENCOUNTER,
            "effectiveDateTime": "$time",
            "issued": "$issued",
            **value,
        }
    )


def _quantity(unit: str, ucum: str, hole: str = "#value") -> dict[str, str]:
    return {"value": hole, "unit": unit, "system": words.UCUM, "code": ucum}


_MEASURES = {
    name: _observation(
        "laboratory" if measure.laboratory else "vital-signs",
        coding(words.LOINC, measure.code, measure.display, measure.text),
        valueQuantity=_quantity(measure.unit, measure.ucum),
    )
    for name, measure in words.MEASURES.items()
}
_PRESSURE = _observation(
    "vital-signs",
    coding(
        words.LOINC, "85354-9", "Blood pressure panel with all children optional", "Артериальное давление"
    ),
    component=[
        {
            "code": coding(words.LOINC, code, display, text),
            "valueQuantity": _quantity("мм рт. ст.", "mm[Hg]", hole),
        }
        for code, display, text, hole in (
            ("8480-6", "Systolic blood pressure", "Систолическое АД", "#systolic"),
            ("8462-4", "Diastolic blood pressure", "Диастолическое АД", "#diastolic"),
        )
    ],
)
_SMOKING = _observation(
    "social-history",
    coding(words.LOINC, "72166-2", "Tobacco smoking status", "Курение"),
    valueCodeableConcept=coding(words.SNOMED, "$answer", "$answer_name"),
)
_ANTI_HCV = _observation(
    "laboratory",
    coding(
        words.LOINC, "13955-0", "Hepatitis C virus Ab [Presence] in Serum", "Антитела к вирусу гепатита C"
    ),
    valueCodeableConcept=coding(words.SNOMED, "$answer", "$answer_name"),
)


def observations(
    rng: np.random.Generator,
    span: Window,
    ids: Ids,
    visits: Visits,
    seen: Measured,
    smoking: tuple[Ints, Ints],
    hcv: Ints,
    same_day: Ints,
) -> Lines:
    """Quantities, pressure panels and coded answers. `smoking`: rows of visits and answers; `hcv`:
    rows of visits; `same_day`: rows of the visits whose results are certainly in that evening."""
    taken = ids.start + 10 * MINUTE
    day = np.floor(visits.time)
    late = np.where(rng.random(len(visits)) < 0.75, 0, rng.choice([1, 1, 1, 2, 3], len(visits)))
    late[same_day] = 0
    within = rng.integers(0, 60, len(visits))
    evening = np.where(late == 0, EVENING - 60, 10 * 60) + within
    reported = midnight(span, day + late) + evening * MINUTE
    in_time = day + late < span.days  # results that are not in yet are not in the export
    rows = pl.DataFrame(
        {
            "patient": ids.patients.gather(visits.patient),
            "encounter": ids.visits,
            "time": taken,
            "issued": reported,
            "at_once": taken + 5 * MINUTE,
        }
    ).with_columns(local("time"), local("issued"), local("at_once"))
    number = 0

    def lines(shape: Template, chosen: pl.DataFrame) -> tuple[str, pl.Series]:
        nonlocal number
        names = f"o{ids.chunk}-" + pl.Series(np.arange(number, number + len(chosen))).cast(pl.String)
        number += len(chosen)
        return "Observation", shape.render(chosen.with_columns(id=names))

    for name, measure in words.MEASURES.items():
        value = seen[name]
        done = ~np.isnan(value) & (in_time | (not measure.laboratory))
        rounded = np.round(value[done], measure.decimals)
        chosen = rows.filter(pl.Series(done)).with_columns(
            value=pl.Series(rounded if measure.decimals else rounded.astype(np.int64))
        )
        yield lines(
            _MEASURES[name], chosen if measure.laboratory else chosen.with_columns(issued=pl.col("at_once"))
        )
    done = ~np.isnan(seen["systolic"])
    yield lines(
        _PRESSURE,
        rows.filter(pl.Series(done)).with_columns(
            issued=pl.col("at_once"),
            systolic=pl.Series(np.round(seen["systolic"][done]).astype(np.int64)),
            diastolic=pl.Series(np.round(seen["diastolic"][done]).astype(np.int64)),
        ),
    )
    answers = pl.Series([code for code, _ in words.SMOKING]).gather(smoking[1])
    names = pl.Series([name for _, name in words.SMOKING]).gather(smoking[1])
    yield lines(
        _SMOKING, rows[smoking[0]].with_columns(issued=pl.col("at_once"), answer=answers, answer_name=names)
    )
    hcv = hcv[in_time[hcv]]
    positive = pl.Series(rng.random(len(hcv)) < 0.02)
    yield lines(
        _ANTI_HCV,
        rows[hcv].with_columns(
            answer=pl.when(positive).then(pl.lit("10828004")).otherwise(pl.lit("260385009")),
            answer_name=pl.when(positive).then(pl.lit("Positive")).otherwise(pl.lit("Negative")),
        ),
    )


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
        "subject": _SUBJECT,
        "onsetDateTime": "$onset",
        "recordedDate": "$time",
    }
    yield "Condition", template(plain | {"encounter": _ENCOUNTER}).render(rows.filter(pl.col("linked")))
    yield "Condition", template(plain).render(rows.filter(~pl.col("linked")))


_REQUEST = template(
    {
        "resourceType": "MedicationRequest",
        "id": "$id",
        "status": "completed",
        "intent": "order",
        "medicationCodeableConcept": coding(words.ATC, "$code", "$name"),
        "subject": _SUBJECT,
        "encounter": _ENCOUNTER,
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
        "subject": _SUBJECT,
        "encounter": _ENCOUNTER,
        "performedDateTime": "$time",
    }
)
_IMMUNIZATION = template(
    {
        "resourceType": "Immunization",
        "id": "$id",
        "status": "completed",
        "vaccineCode": coding(words.CVX, "88", "influenza, unspecified formulation", "Вакцина против гриппа"),
        "patient": _SUBJECT,
        "encounter": _ENCOUNTER,
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
