"""What must hold for everybody: direction of each risk factor, units, choice of model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.equations.input import Input
from models.equations.register import EQUATIONS, calculate

if TYPE_CHECKING:
    from tests.models.equations.conftest import Person

Inputs = dict[str, object]
FIRST = {"prevent": "total_cvd"}  # the outcome that stands for the equation; else its only one


def one(declared: Input) -> st.SearchStrategy[object]:
    if declared.kind == "flag":
        return st.booleans()
    if declared.kind == "choice":
        return st.sampled_from(declared.options)
    if declared.whole:
        return st.integers(int(declared.low), int(declared.high))
    return st.floats(declared.low, declared.high, exclude_max=declared.below)


@st.composite
def people(draw: st.DrawFn, /, name: str, **fixed: object) -> Inputs:
    inputs = {i.name: draw(one(i)) for i in EQUATIONS[name].inputs if i.required}
    if name == "prevent":
        inputs |= {k: draw(st.none() | one(_input(name, k))) for k in ("uacr", "hba1c", "sdi_decile")}
    if name == "score2_diabetes":
        inputs["age_at_diabetes_diagnosis"] = draw(st.floats(10, float(str(inputs["age"]))))
    if "hdl_cholesterol" in inputs:
        low = _input(name, "total_cholesterol").low
        inputs["hdl_cholesterol"] = min(float(str(inputs["hdl_cholesterol"])), low - 0.1)
    return inputs | fixed


def _input(name: str, wanted: str) -> Input:
    return next(i for i in EQUATIONS[name].inputs if i.name == wanted)


def value(name: str, inputs: Inputs, outcome: str | None = None) -> float:
    results = calculate(name, inputs)["results"]
    wanted = outcome or FIRST.get(name) or results[0]["outcome"]
    return float(next(r["value"] for r in results if r["outcome"] == wanted))


AVERAGE: Inputs = {
    "systolic_bp": 130,
    "total_cholesterol": 5.5,
    "hdl_cholesterol": 1.3,
    "current_smoker": False,
}
# Equation, what differs, the lower and the higher risk; where a published formula turns (PREVENT below
# 110 mm[Hg], cholesterol in the oldest, age with many extreme values at once), the bounds are those within which it does not.
RISING: list[tuple[str, str, object, object, Inputs]] = [
    ("prevent", "current_smoker", False, True, {}),
    ("prevent", "diabetes", False, True, {"age": 75, "hba1c": None}),
    ("prevent", "systolic_bp", 110, 125, {"antihypertensive_treatment": False}),
    ("prevent", "systolic_bp", 125, 200, {"age": 75}),
    ("prevent", "hdl_cholesterol", 2.5, 0.6, {"total_cholesterol": 5}),
    ("prevent", "total_cholesterol", 4, 8, {"age": 45}),
    ("prevent", "egfr", 90, 60, {}),
    ("prevent", "egfr", 60, 15, {"age": 60}),
    ("prevent", "hba1c", 5, 9, {}),
    ("prevent", "uacr", 5, 500, {}),
    ("prevent", "sdi_decile", 1, 5, {}),
    ("prevent", "sdi_decile", 5, 10, {}),
    ("prevent", "age", 40, 41, AVERAGE | {"egfr": 80}),
    ("prevent", "age", 60, 65, AVERAGE | {"egfr": 80}),
    ("score2", "current_smoker", False, True, {}),
    ("score2", "diabetes", False, True, {}),
    ("score2", "systolic_bp", 100, 160, {}),
    ("score2", "total_cholesterol", 4, 8, {}),
    ("score2", "hdl_cholesterol", 1.8, 0.9, {}),
    ("score2", "age", 45, 46, AVERAGE | {"diabetes": False}),
    ("score2", "region", "low", "moderate", {"age": 60, "current_smoker": True}),
    ("score2", "region", "moderate", "very_high", {}),
    ("score2_op", "current_smoker", False, True, {"sex": "female"}),
    ("score2_op", "current_smoker", False, True, {"sex": "male", "age": 87}),
    ("score2_op", "diabetes", False, True, {}),
    ("score2_op", "systolic_bp", 100, 160, {}),
    ("score2_op", "total_cholesterol", 4, 8, {}),
    ("score2_op", "hdl_cholesterol", 1.8, 0.9, {}),
    ("score2_diabetes", "current_smoker", False, True, {}),
    ("score2_diabetes", "systolic_bp", 100, 160, {}),
    ("score2_diabetes", "total_cholesterol", 4, 8, {}),
    ("score2_diabetes", "hdl_cholesterol", 1.8, 0.9, {}),
    ("score2_diabetes", "hba1c", 6, 9, {}),
    ("score2_diabetes", "egfr", 90, 45, {}),
    ("score2_diabetes", "age_at_diabetes_diagnosis", 40, 30, {"age": 55}),
    ("kfre", "egfr", 50, 20, {}),
    ("kfre", "uacr", 10, 1000, {}),
    ("kfre", "sex", "female", "male", {}),
    ("kfre", "age", 80, 50, {}),
    ("ckd_epi_2021", "creatinine", 150, 100, {}),  # the value itself: filtration
    ("ckd_epi_2021", "age", 70, 40, {}),
    ("findrisc", "bmi", 24, 31, {}),
    ("findrisc", "waist", 79, 103, {}),
    ("findrisc", "age", 44, 65, {}),
    ("findrisc", "active_30_min_daily", True, False, {}),
    ("findrisc", "daily_vegetables_or_fruit", True, False, {}),
    ("findrisc", "antihypertensive_treatment", False, True, {}),
    ("findrisc", "raised_glucose_ever", False, True, {}),
    ("findrisc", "diabetes_in_family", "second_degree", "first_degree", {}),
    ("cha2ds2_vasc", "age", 64, 75, {}),
    ("cha2ds2_vasc", "sex", "male", "female", {}),
    *(("cha2ds2_vasc", i.name, False, True, {}) for i in EQUATIONS["cha2ds2_vasc"].inputs[2:]),
    ("news2", "respiratory_rate", 20, 25, {}),
    ("news2", "spo2", 96, 91, {"spo2_scale": 1}),
    ("news2", "supplemental_oxygen", False, True, {}),
    ("news2", "systolic_bp", 111, 100, {}),
    ("news2", "heart_rate", 90, 111, {}),
    ("news2", "consciousness", "alert", "voice", {}),
    ("news2", "temperature", 38.0, 38.5, {}),
]


@pytest.mark.parametrize(
    ("name", "varied", "lower", "higher", "fixed"), RISING, ids=lambda v: str(v) if isinstance(v, str) else ""
)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_risk_rises_with_each_risk_factor(
    data: st.DataObject, name: str, varied: str, lower: object, higher: object, fixed: Inputs
) -> None:
    inputs = data.draw(people(name, **fixed))
    assert value(name, inputs | {varied: higher}) > value(name, inputs | {varied: lower})


def test_where_a_published_formula_turns_it_is_said_and_still_so(person: Person) -> None:
    low, lower = person("prevent", systolic_bp=110), person("prevent", systolic_bp=90)
    assert value("prevent", lower) > value("prevent", low)
    old = person("prevent", age=79, statin_treatment=False)
    assert value("prevent", old | {"total_cholesterol": 8}) < value("prevent", old | {"total_cholesterol": 4})
    man = person("score2_op", age=89)
    smoker, other = value("score2_op", man), value("score2_op", man | {"current_smoker": False})
    assert smoker < other
    assert "not monotone" in " ".join(EQUATIONS["prevent"].not_for)
    assert "87 years" in " ".join(EQUATIONS["score2_op"].not_for)


UNITS = [
    ("prevent", "total_cholesterol", "mg/dL", 38.67),
    ("prevent", "hdl_cholesterol", "mg/dL", 38.67),
    ("score2_diabetes", "total_cholesterol", "mg/dL", 38.67),
    ("ckd_epi_2021", "creatinine", "mg/dL", 1 / 88.4),
    ("prevent", "uacr", "mg/mmol", 1 / 8.84),
    ("kfre", "uacr", "mg/mmol", 1 / 8.84),
    ("prevent", "systolic_bp", "kPa", 0.133322),
    ("findrisc", "waist", "m", 0.01),
    ("kfre", "albumin", "g/L", 10.0),
    ("kfre", "phosphate", "mmol/L", 1 / 3.0974),
    ("kfre", "calcium", "mmol/L", 1 / 4.0078),
]


@pytest.mark.parametrize(("name", "converted", "unit", "factor"), UNITS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_value_means_the_same_in_another_unit(
    data: st.DataObject, name: str, converted: str, unit: str, factor: float
) -> None:
    wanted = _input(name, converted)
    margin = (wanted.high - wanted.low) * 0.01
    plain = data.draw(st.floats(wanted.low + margin, wanted.high - margin))
    inputs = data.draw(people(name, **(_labs(name) | {converted: plain})))
    if converted in ("total_cholesterol", "hdl_cholesterol"):
        inputs |= {"hdl_cholesterol": 1.0} if converted[0] == "t" else {"total_cholesterol": 8.0}
    there = calculate(name, inputs | {converted: {"value": plain * factor, "unit": unit}})
    for one_way, other in zip(calculate(name, inputs)["results"], there["results"], strict=True):
        assert float(other["value"]) == pytest.approx(float(one_way["value"]), rel=2e-3)


def _labs(name: str) -> Inputs:
    return {"albumin": 4.0, "phosphate": 4.0, "bicarbonate": 24.0, "calcium": 9.0} if name == "kfre" else {}


def test_hba1c_follows_the_line_of_its_two_scales(person: Person) -> None:
    ifcc = person("score2_diabetes", hba1c={"value": 50, "unit": "mmol/mol"})
    percent = person("score2_diabetes", hba1c=0.09148 * 50 + 2.152)
    assert value("score2_diabetes", ifcc) == pytest.approx(value("score2_diabetes", percent), rel=1e-12)


@pytest.mark.parametrize(
    ("extra", "model", "said"),
    [
        ({}, "base", "base model: uacr, hba1c and sdi_decile were not given"),
        ({"uacr": 40}, "uacr", "uacr model: hba1c and sdi_decile were not given"),
        ({"hba1c": 7}, "hba1c", "hba1c model: uacr and sdi_decile were not given"),
        ({"sdi_decile": 5}, "sdi", "sdi model: uacr and hba1c were not given"),
        ({"uacr": 40, "hba1c": 7}, "full", "full model: sdi_decile was not given and enters as missing"),
        ({"uacr": 40, "sdi_decile": 5}, "full", "full model: hba1c was not given and enters as missing"),
        ({"hba1c": 7, "sdi_decile": 5}, "full", "full model: uacr was not given and enters as missing"),
        ({"uacr": 40, "hba1c": 7, "sdi_decile": 5}, "full", None),
    ],
)
def test_prevent_chooses_its_model_and_says_why(
    person: Person, extra: Inputs, model: str, said: str | None
) -> None:
    answer = calculate("prevent", person("prevent", **extra))
    assert answer["model"] == model
    assert answer["warnings"] == ([] if said is None else [said])


def test_prevent_looks_thirty_years_ahead_only_under_sixty(person: Person) -> None:
    def horizons(age: float) -> set[int | None]:
        return {r["horizon_years"] for r in calculate("prevent", person("prevent", age=age))["results"]}

    assert horizons(59.9) == {10, 30}
    assert horizons(60) == {10}
    assert any("60" in w for w in calculate("prevent", person("prevent", age=60))["warnings"])


def test_kfre_takes_as_many_variables_as_are_given_and_says_so(person: Person) -> None:
    base = person("kfre", variables=...)
    six = base | {"diabetes": True, "hypertension": True}
    eight = six | _labs("kfre")
    assert [calculate("kfre", i)["model"] for i in (base, six, eight)] == [
        *("4_variable", "6_variable", "8_variable")
    ]
    assert [len(calculate("kfre", i)["warnings"]) for i in (base, six, eight)] == [1, 1, 0]
    # Near the middle of the derivation cohort the three agree within a factor of two.
    risks = [value("kfre", i | {"egfr": 36, "uacr": 170, "age": 70}) for i in (base, six, eight)]
    assert max(risks) < 2 * min(risks)


def test_score2_warns_of_diabetes_and_of_values_outside_the_charts(person: Person) -> None:
    def warnings(**changes: object) -> list[str]:
        return calculate("score2", person("score2", **changes))["warnings"]

    assert warnings() == []
    assert "score2_diabetes" in warnings(diabetes=True)[0]
    assert "systolic_bp" in warnings(systolic_bp=190)[0]
    assert "non-HDL" in warnings(total_cholesterol=9)[0]


def test_a_point_for_sex_alone_is_said_to_be_none(person: Person) -> None:
    assert "0" in calculate("cha2ds2_vasc", person("cha2ds2_vasc"))["warnings"][0]
    assert calculate("cha2ds2_vasc", person("cha2ds2_vasc", diabetes=True))["warnings"] == []
