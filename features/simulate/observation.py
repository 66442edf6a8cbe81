"""Observations: quantities, pressure panels, coded answers, each with the time it was reported."""

from typing import Any

import numpy as np
import polars as pl

from features.simulate import dictionary as words
from features.simulate.course import Visits
from features.simulate.measurement import Measured
from features.simulate.record import ENCOUNTER, EVENING, MINUTE, SUBJECT, Ids, Lines, midnight
from features.simulate.template import Template, coding, local, template
from features.simulate.window import Ints, Window


def _observation(category: str, code: dict[str, Any], **value: Any) -> Template:
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
            "subject": SUBJECT,
            "encounter": ENCOUNTER,
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
