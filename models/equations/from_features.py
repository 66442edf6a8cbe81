"""Equation inputs from feature values by name, so that published risk can stand beside learned risk.

Only what a feature really says is mapped. Not mapped, since no feature says it: heart failure, the
age at which diabetes was found, albuminuria, habits, family. An `_ever` or `_1y` of 0 means that the
record holds nothing of it; for an equation that is false.
"""

from collections.abc import Mapping
from math import isfinite

import polars as pl

from features.catalogue import by_name
from models.equations.equation import Equation
from models.equations.register import equation

NUMBERS: Mapping[str, str] = {  # input ← feature, in the same unit (a test holds them to it)
    "age": "age",
    "systolic_bp": "systolic_bp_last_2y",
    "total_cholesterol": "total_cholesterol_last_2y",
    "hdl_cholesterol": "hdl_cholesterol_last_2y",
    "bmi": "bmi_last_2y",
    "waist": "waist_last_2y",
    "egfr": "egfr_last_2y",
    "creatinine": "creatinine_last_2y",
    "hba1c": "hba1c_last_2y",
    "heart_rate": "heart_rate_last_2y",
}
FLAGS: Mapping[str, str] = {
    "current_smoker": "current_smoker_5y",
    "diabetes": "diabetes_ever",
    "hypertension": "hypertension_ever",
    "antihypertensive_treatment": "antihypertensives_1y",
    "statin_treatment": "statins_1y",
}
SEX = "male"  # the feature: 1 male, 0 female
# Equations of a first event: whoever has one of these on record is past it.
FIRST_EVENT = ("prevent", "score2", "score2_op", "score2_diabetes")
HAD_EVENT = ("ischemic_heart_disease_ever", "stroke_ever")


def inputs(name: str, values: Mapping[str, float | None], **known: object) -> dict[str, object]:
    """Inputs of equation `name` that these feature values give, ready for `calculate`.

    Args:
        values: by feature name; None or absent is not known.
        known: what no feature says, as `region="very_high"`; it goes before a feature.

    Raises:
        UnknownEquation: there is none of this name.
    """
    found: dict[str, object] = {}
    for wanted in (i.name for i in equation(name).inputs):
        value = values.get(_feature(wanted) or "")
        if wanted in known:
            found[wanted] = known[wanted]
        elif value is not None and isfinite(value):
            found[wanted] = _said(wanted, value)
    return found


def input_frame(name: str, features: pl.DataFrame, **known: object) -> pl.DataFrame:
    """The same for a feature table: a column per input, null where not known, for `calculate_frame`.

    Raises:
        UnknownEquation: there is none of this name.
    """
    return features.select(
        _column(wanted, known) for wanted in _possible(equation(name), set(features.columns), known)
    )


def past_first_event(name: str, features: pl.DataFrame) -> pl.Series:
    """True for whom the equation must not be used: it predicts a first event, and there was one."""
    if name not in FIRST_EVENT:
        return pl.repeat(False, features.height, dtype=pl.Boolean, eager=True)
    had = pl.any_horizontal((pl.col(f) > 0).fill_null(False) for f in HAD_EVENT if f in features.columns)
    return features.select(had.alias("past_first_event")).to_series()


def suffices(name: str, *known: str) -> bool:
    """Whether features, with what else is known, can give every required input."""
    return all(
        not wanted.required or wanted.name in known or _feature(wanted.name) in by_name
        for wanted in equation(name).inputs
    )


def _feature(wanted: str) -> str | None:
    return SEX if wanted == "sex" else NUMBERS.get(wanted) or FLAGS.get(wanted)


def _said(wanted: str, value: float) -> object:
    if wanted == "sex":
        return "male" if value == 1 else "female"
    return value > 0 if wanted in FLAGS else float(value)


def _possible(of: Equation, columns: set[str], known: Mapping[str, object]) -> list[str]:
    return [i.name for i in of.inputs if i.name in known or _feature(i.name) in columns]


def _column(wanted: str, known: Mapping[str, object]) -> pl.Expr:
    if wanted in known:
        return pl.lit(known[wanted]).alias(wanted)
    feature = pl.col(_feature(wanted) or wanted).cast(pl.Float64)
    if wanted == "sex":
        said = pl.when(feature == 1).then(pl.lit("male")).when(feature == 0).then(pl.lit("female"))
        return said.alias(wanted)
    present = feature.fill_nan(None)  # NaN is not there, and in a comparison it would be above 0
    return (present if wanted in NUMBERS else present > 0).alias(wanted)
