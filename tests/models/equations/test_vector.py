"""Every published or independently computed value that an equation must give, to its printed digit."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pytest

from models.equations.register import calculate

if TYPE_CHECKING:
    from tests.models.equations.conftest import Person

FIVE = ("total_cvd", "ascvd", "heart_failure", "chd", "stroke")
MG_DL = "mg/dL"


def printed(value: float | str, digits: int = 1) -> str:
    return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def values(name: str, inputs: dict[str, object], years: int | None = None) -> list[float | str]:
    return [r["value"] for r in calculate(name, inputs)["results"] if years in (None, r["horizon_years"])]


# B: 50 years, SBP 160 treated, diabetes, BMI 35, eGFR 90. preventr, estimate_risk snapshots; the first
# row is Table S25 of the article.
B = [
    ({"sex": "female"}, 10, "base", "14.7 9.2 8.1 4.4 5.4"),
    ({"sex": "male"}, 10, "base", "16.3 10.2 10.6 5.6 5.2"),
    ({"sex": "female"}, 30, "base", "53.0 35.4 39.0 19.8 22.1"),
    ({"sex": "female", "uacr": 40}, 10, "uacr", "16.0 9.9 8.9 4.8 5.9"),
    ({"sex": "female", "hba1c": 7.5}, 10, "hba1c", "13.6 8.3 8.1 4.1 4.6"),
    ({"sex": "female", "sdi_decile": 3}, 10, "sdi", "12.7 8.0 7.0 3.8 4.7"),
    ({"sex": "male", "sdi_decile": 3}, 10, "sdi", "14.3 8.8 8.9 4.9 4.3"),
    ({"sex": "female", "sdi_decile": 10}, 10, "sdi", "15.7 10.0 8.9 4.8 5.8"),
    ({"sex": "male", "sdi_decile": 10}, 10, "sdi", "18.2 11.4 12.3 6.2 5.9"),
]


@pytest.mark.parametrize(("changes", "years", "model", "expected"), B)
def test_prevent_gives_the_published_risks(
    person: Person, changes: dict[str, object], years: int, model: str, expected: str
) -> None:
    inputs = person("prevent", **changes)
    assert [printed(v) for v in values("prevent", inputs, years)] == expected.split()
    assert calculate("prevent", inputs)["model"] == model


@pytest.mark.parametrize(
    ("sex", "expected"), [("female", "36.1 22.7 29.5 13.7 12.8"), ("male", "39.4 26.3 33.9 14.1 17.7")]
)
def test_prevent_gives_the_published_risks_of_the_full_model(person: Person, sex: str, expected: str) -> None:
    full = {"age": 75, "diabetes": False, "current_smoker": True, "statin_treatment": True}
    inputs = person("prevent", sex=sex, **full, hba1c=7.5, uacr=40, sdi_decile=10)
    answer = calculate("prevent", inputs)
    assert answer["model"] == "full"
    assert [(r["outcome"], printed(r["value"])) for r in answer["results"]] == list(
        zip(FIVE, expected.split(), strict=True)
    )


def test_prevent_agrees_with_an_independent_computation_to_three_decimals(person: Person) -> None:
    inputs = person("prevent", systolic_bp=130, bmi=31.1, egfr=69)
    found = {
        (r["outcome"], r["horizon_years"]): printed(r["value"], 3)
        for r in calculate("prevent", inputs)["results"]
    }
    assert found["total_cvd", 10] == "9.882"
    assert found["total_cvd", 30] == "42.843"
    assert found["ascvd", 10] == "5.778"
    assert found["ascvd", 30] == "25.886"
    assert found["heart_failure", 10] == "4.512"
    assert found["heart_failure", 30] == "27.600"


SCORE2 = [
    ({"region": "low"}, "6.3", "4.3"),
    ({"region": "moderate"}, "8.1", "5.2"),
    ({"region": "very_high"}, "15.1", "14.1"),
]
YOUNG = {"current_smoker": False, "systolic_bp": 110, "total_cholesterol": 5.0, "hdl_cholesterol": 2.0}


@pytest.mark.parametrize(("changes", "men", "women"), SCORE2)
def test_score2_gives_the_published_risks(
    person: Person, changes: dict[str, object], men: str, women: str
) -> None:
    for sex, expected in (("male", men), ("female", women)):
        assert [printed(v) for v in values("score2", person("score2", sex=sex, **changes))] == [expected]


def test_score2_of_a_healthy_man_of_45(person: Person) -> None:
    assert printed(values("score2", person("score2", age=45, region="low", **YOUNG))[0]) == "1.1"


def test_score2_op_gives_the_published_risks(person: Person) -> None:
    def risk(**changes: object) -> str:
        return printed(values("score2_op", person("score2_op", **changes))[0])

    assert risk(sex="male") == "18.6"
    assert risk(sex="female") == "15.2"
    assert risk(sex="male", current_smoker=False) == "13.3"
    assert risk(sex="female", **YOUNG) == "6.1"


@pytest.mark.parametrize(
    ("region", "men", "women"),
    [
        ("low", "8.4", "6.1"),
        ("moderate", "11.0", "7.6"),
        ("high", "12.5", "11.1"),
        ("very_high", "20.3", "20.6"),
    ],
)
def test_score2_diabetes_gives_the_published_risks(person: Person, region: str, men: str, women: str) -> None:
    for sex, expected in (("male", men), ("female", women)):
        inputs = person("score2_diabetes", sex=sex, region=region)
        assert [printed(v) for v in values("score2_diabetes", inputs)] == [expected]


@pytest.mark.parametrize(
    ("age", "low", "high"), [(45, 2.5, 7.5), (50, 5, 10), (69, 5, 10), (70, 7.5, 15), (80, 7.5, 15)]
)
def test_score2_classes_go_by_age(person: Person, age: int, low: float, high: float) -> None:
    import numpy as np

    from models.equations.region import BANDS, classify

    risks = np.array([low - 0.01, low, high - 0.01, high])
    found = [BANDS[i] for i in classify(np.full(4, float(age)), risks)]
    assert found == ["low_to_moderate", "high", "high", "very_high"]


@pytest.mark.parametrize(
    ("changes", "percent", "expected"),
    [
        # Not published: as computed here.
        ({"sex": "female", "region": "low", "age": 45, "age_at_diabetes_diagnosis": 45}, 2.84, "low"),
        ({"sex": "female", "region": "low"}, 6.1, "moderate"),
        ({"sex": "male", "region": "low"}, 8.4, "moderate"),
        ({"sex": "male", "region": "high"}, 12.5, "high"),
        ({"sex": "male", "region": "very_high"}, 20.3, "very_high"),
    ],
)
def test_score2_diabetes_has_the_classes_of_the_guideline_on_diabetes(
    person: Person, changes: dict[str, object], percent: float, expected: str
) -> None:
    (result,) = calculate("score2_diabetes", person("score2_diabetes", **changes))["results"]
    assert result["value"] == pytest.approx(percent, abs=0.05)
    assert result["band"] == expected


@pytest.mark.parametrize(
    ("creatinine", "age", "sex", "expected"),
    [
        (1.5, 43, "female", "44.069"),
        (1.5, 43, "male", "58.874"),
        (1.5, 55, "female", "40.900"),
        (1.5, 55, "male", "54.641"),
        (1.0, 50, "female", "68.634"),
        (0.9, 50, "male", "104.049"),
        (0.8, 60, "female", "84.298"),
    ],
)
def test_ckd_epi_gives_the_known_filtration(creatinine: float, age: int, sex: str, expected: str) -> None:
    inputs = {"age": age, "sex": sex, "creatinine": {"value": creatinine, "unit": MG_DL}}
    (found,) = values("ckd_epi_2021", inputs)
    assert abs(float(found) - float(expected)) < 0.0006  # 54.64047 is printed as 54.641
    assert printed(found, 0) == printed(float(expected), 0)


def test_ckd_epi_from_micromoles() -> None:
    (found,) = values("ckd_epi_2021", {"age": 43, "sex": "male", "creatinine": 88})
    assert printed(found, 3) == "96.294"


@pytest.mark.parametrize(
    ("changes", "two", "five"),
    [
        ({}, "44.6617", "89.8856"),
        ({"sex": "male", "age": 65, "egfr": 19, "uacr": 30}, "6.3123", "22.3128"),
        ({"age": 70, "egfr": 50, "uacr": 35}, "0.1550", "0.5987"),
    ],
)
def test_kfre_gives_the_published_risks(
    person: Person, changes: dict[str, object], two: str, five: str
) -> None:
    assert [printed(v, 4) for v in values("kfre", person("kfre", **changes))] == [two, five]


GRID = {  # eGFR → category at A1, A2, A3
    90: "low moderate high",
    60: "low moderate high",
    45: "moderate high very_high",
    30: "high very_high very_high",
    15: "very_high very_high very_high",
    14.9: "very_high very_high very_high",
}


@pytest.mark.parametrize("egfr", GRID)
def test_the_kdigo_grid_in_both_units(egfr: float) -> None:
    def row(unit: str, *ratios: float) -> str:
        results = [calculate("kdigo", {"egfr": egfr, "uacr": {"value": r, "unit": unit}}) for r in ratios]
        return " ".join(str(r["results"][0]["value"]) for r in results)

    for first, last in ((0, 1), (2.99, 30.0)):  # just inside both ends of each category
        assert row("mg/mmol", first, 3 if last == 1 else last, 30.01) == GRID[egfr]
        assert row("mg/g", first * 10, 30 if last == 1 else 300, 300.1) == GRID[egfr]


@pytest.mark.parametrize(
    ("changes", "score", "band"),
    [
        ({}, 0, "low"),
        ({"sex": "female", "waist": 82}, 3, "low"),
        ({"diabetes_in_family": "first_degree"}, 5, "low"),
        (
            {
                "age": 67,
                "bmi": 32,
                "waist": 110,
                "active_30_min_daily": False,
                "daily_vegetables_or_fruit": False,
                "antihypertensive_treatment": True,
                "raised_glucose_ever": True,
            },
            21,
            "very_high",
        ),
        ({"age": 45, "diabetes_in_family": "first_degree"}, 7, "slightly_elevated"),
        ({"age": 54.9, "bmi": 30, "waist": 102}, 6, "low"),
        ({"age": 55, "bmi": 30.1, "waist": 102.1}, 10, "slightly_elevated"),
        ({"age": 65, "bmi": 25, "waist": 94, "diabetes_in_family": "second_degree"}, 11, "slightly_elevated"),
        ({"age": 64, "raised_glucose_ever": True, "waist": 103}, 12, "moderate"),
    ],
)
def test_findrisc_gives_the_known_scores(
    person: Person, changes: dict[str, object], score: int, band: str
) -> None:
    (result,) = calculate("findrisc", person("findrisc", **changes))["results"]
    assert (result["value"], result["band"]) == (score, band)


@pytest.mark.parametrize(
    ("changes", "score", "band"),
    [
        ({"age": 70, "hypertension": True, "diabetes": True}, 4, "high"),
        ({"sex": "male", "age": 80, "stroke_or_embolism": True}, 4, "high"),
        ({}, 1, "low"),
        ({"sex": "male", "age": 70}, 1, "intermediate"),
        ({"age": 64.9}, 1, "low"),
        ({"age": 65}, 2, "intermediate"),
        ({"age": 74.9}, 2, "intermediate"),
        ({"age": 75}, 3, "high"),
        (
            dict.fromkeys(
                ("heart_failure", "hypertension", "diabetes", "stroke_or_embolism", "vascular_disease"), True
            )
            | {"age": 80},
            9,
            "high",
        ),
    ],
)
def test_cha2ds2_vasc_gives_the_known_scores(
    person: Person, changes: dict[str, object], score: int, band: str
) -> None:
    (result,) = calculate("cha2ds2_vasc", person("cha2ds2_vasc", **changes))["results"]
    assert (result["value"], result["band"]) == (score, band)


def _signs(*values: object) -> dict[str, object]:
    names = ("respiratory_rate", "spo2", "supplemental_oxygen", "systolic_bp", "heart_rate", "temperature")
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize(
    ("changes", "score", "band", "red"),
    [
        ({}, 0, "routine", False),
        (_signs(24, 93, True, 105, 105, 38.5), 9, "high", False),
        ({"respiratory_rate": 26}, 3, "low_medium", True),
        ({"spo2": 90}, 3, "low_medium", True),
        ({"spo2": 90, "spo2_scale": 2}, 0, "routine", False),
        (_signs(21, 98, False, 95, 115, 36.8), 6, "medium", False),
        ({"respiratory_rate": 11}, 1, "low", False),
    ],
)
def test_news2_gives_the_known_scores(
    person: Person, changes: dict[str, object], score: int, band: str, red: bool
) -> None:
    answer = calculate("news2", person("news2", **changes))
    (result,) = answer["results"]
    assert (result["value"], result["band"]) == (score, band)
    assert bool(answer["warnings"]) == red


STEPS = [  # sign, the last value of each step, its points: the chart of the Royal College
    ("respiratory_rate", (8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2), (25, 3)),
    ("spo2", (91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0)),
    ("systolic_bp", (90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0), (219, 0), (220, 3)),
    ("heart_rate", (40, 3), (41, 1), (50, 1), (51, 0), (90, 0), (91, 1), (110, 1), (111, 2), (130, 2)),
    ("heart_rate", (131, 3)),
    ("temperature", (35.0, 3), (35.1, 1), (36.0, 1), (36.1, 0), (38.0, 0), (38.1, 1), (39.0, 1), (39.1, 2)),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s[0])
def test_news2_steps_at_both_ends(person: Person, step: tuple[str, *tuple[tuple[float, int], ...]]) -> None:
    name, *expected = step
    found = [values("news2", person("news2", **{name: value}))[0] for value, _ in expected]
    assert found == [points for _, points in expected]


@pytest.mark.parametrize(
    ("spo2", "air", "oxygen"),
    [(83, 3, 3), (84, 2, 2), (86, 1, 1), (88, 0, 0), (92, 0, 0), (93, 0, 1), (95, 0, 2), (97, 0, 3)],
)
def test_news2_scale_2_depends_on_oxygen(person: Person, spo2: int, air: int, oxygen: int) -> None:
    def score(given: bool) -> float | str:
        return values("news2", person("news2", spo2=spo2, spo2_scale=2, supplemental_oxygen=given))[0]

    assert (score(False), score(True)) == (air, oxygen + 2)


def test_news2_reads_fahrenheit_as_the_chart_does(person: Person) -> None:
    warm = person("news2", temperature={"value": 100.4, "unit": "[degF]"})
    assert values("news2", warm) == [0]  # 38.0 °C, the last value without points


@pytest.mark.parametrize("mind", ["confusion", "voice", "pain", "unresponsive"])
def test_news2_whoever_is_not_alert_scores_three(person: Person, mind: str) -> None:
    assert values("news2", person("news2", consciousness=mind)) == [3]
