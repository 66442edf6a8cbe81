"""Formulas against published values."""

import numpy as np
import pytest

from features import formula
from features.feature import Floats

NAN = float("nan")


def of(value: float) -> Floats:
    return np.array([value], np.float64)


# CKD-EPI 2021: values published with the preventr package and the CKD-EPI calculators.
@pytest.mark.parametrize(
    ("mg_dl", "age", "male", "expected"),
    [
        (1.5, 43, 0, 44.069),
        (1.5, 43, 1, 58.874),
        (1.5, 55, 0, 40.900),
        (1.5, 55, 1, 54.641),
        (1.0, 50, 0, 68.634),
        (0.9, 50, 1, 104.049),
        (0.8, 60, 0, 84.298),
        (0.5, 50, 0, 114.192),  # below the knee of the curve; these two are worked out from the equation
        (0.6, 50, 1, 117.603),
    ],
)
def test_egfr_matches_published_values(mg_dl: float, age: float, male: float, expected: float) -> None:
    found = formula.egfr(of(mg_dl * 88.42), of(age), of(male))

    assert found[0] == pytest.approx(expected, abs=0.001)


def test_egfr_takes_creatinine_in_micromoles() -> None:
    assert formula.egfr(of(88.0), of(43), of(1))[0] == pytest.approx(96.3, abs=0.05)


def test_egfr_holds_from_the_eighteenth_birthday() -> None:
    assert formula.egfr(of(80), of(18), of(1))[0] > 0


@pytest.mark.parametrize(
    ("creatinine", "age", "male"), [(NAN, 50, 1), (80, NAN, 1), (80, 50, NAN), (80, 17.9, 1), (0, 50, 1)]
)
def test_egfr_is_missing_where_the_equation_does_not_hold(creatinine: float, age: float, male: float) -> None:
    assert np.isnan(formula.egfr(of(creatinine), of(age), of(male))[0])


@pytest.mark.parametrize(
    ("recorded", "weight", "height", "expected"),
    [
        (27.5, 80, 180, 27.5),
        (NAN, 81, 180, 25.0),
        (NAN, 81, NAN, NAN),
        (NAN, NAN, 180, NAN),
        (NAN, 81, 0, NAN),
    ],
)
def test_bmi_is_the_recorded_one_or_made_from_weight_and_height(
    recorded: float, weight: float, height: float, expected: float
) -> None:
    found = formula.bmi(of(recorded), of(weight), of(height))[0]

    assert found == pytest.approx(expected, nan_ok=True)
