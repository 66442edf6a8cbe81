"""One valid person for each equation, to be bent by the tests."""

from collections.abc import Callable, Mapping

import pytest

Person = Callable[..., dict[str, object]]

PEOPLE: Mapping[str, Mapping[str, object]] = {
    "prevent": {
        "age": 50,
        "sex": "female",
        "systolic_bp": 160,
        "antihypertensive_treatment": True,
        "total_cholesterol": {"value": 200, "unit": "mg/dL"},
        "hdl_cholesterol": {"value": 45, "unit": "mg/dL"},
        "statin_treatment": False,
        "diabetes": True,
        "current_smoker": False,
        "egfr": 90,
        "bmi": 35,
    },
    "score2": {
        "age": 50,
        "sex": "male",
        "region": "very_high",
        "current_smoker": True,
        "systolic_bp": 140,
        "total_cholesterol": 6.3,
        "hdl_cholesterol": 1.4,
        "diabetes": False,
    },
    "score2_op": {
        "age": 75,
        "sex": "male",
        "region": "low",
        "current_smoker": True,
        "systolic_bp": 140,
        "total_cholesterol": 5.5,
        "hdl_cholesterol": 1.3,
        "diabetes": False,
    },
    "score2_diabetes": {
        "age": 60,
        "sex": "male",
        "region": "very_high",
        "current_smoker": False,
        "systolic_bp": 140,
        "total_cholesterol": 5.5,
        "hdl_cholesterol": 1.3,
        "age_at_diabetes_diagnosis": 60,
        "hba1c": {"value": 50, "unit": "mmol/mol"},
        "egfr": 90,
    },
    "ckd_epi_2021": {"age": 43, "sex": "female", "creatinine": {"value": 1.5, "unit": "mg/dL"}},
    "kfre": {
        "age": 57.28,
        "sex": "female",
        "egfr": 15,
        "uacr": 1762.00184,
        "variables": 4,
        "north_america": False,
    },
    "kdigo": {"egfr": 50, "uacr": 100},
    "findrisc": {
        "age": 40,
        "sex": "male",
        "bmi": 22,
        "waist": 85,
        "active_30_min_daily": True,
        "daily_vegetables_or_fruit": True,
        "antihypertensive_treatment": False,
        "raised_glucose_ever": False,
        "diabetes_in_family": "none",
    },
    "cha2ds2_vasc": {
        "age": 60,
        "sex": "female",
        "heart_failure": False,
        "hypertension": False,
        "diabetes": False,
        "stroke_or_embolism": False,
        "vascular_disease": False,
    },
    "news2": {
        "respiratory_rate": 16,
        "spo2": 98,
        "spo2_scale": 1,
        "supplemental_oxygen": False,
        "systolic_bp": 120,
        "heart_rate": 70,
        "consciousness": "alert",
        "temperature": 36.8,
    },
}


@pytest.fixture(scope="session")
def person() -> Person:
    """A valid person for an equation, with some inputs changed; `...` takes one out."""

    def made(name: str, **changes: object) -> dict[str, object]:
        return {key: value for key, value in (dict(PEOPLE[name]) | changes).items() if value is not ...}

    return made
