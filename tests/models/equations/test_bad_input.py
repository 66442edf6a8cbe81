"""Nothing wrong gets through: each kind of bad value, for each input of each equation, by name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from features.error import Problem
from models.equations.equation import InputRefused, UnknownEquation
from models.equations.input import Input
from models.equations.register import EQUATIONS, calculate

if TYPE_CHECKING:
    from tests.models.equations.conftest import Person

EACH = [pytest.param(e.name, i, id=f"{e.name}-{i.name}") for e in EQUATIONS.values() for i in e.inputs]
NUMBERS = [case for case in EACH if case.values[1].kind == "number"]  # type: ignore[union-attr]  # always an Input
OTHERS = [case for case in EACH if case.values[1].kind != "number"]  # type: ignore[union-attr]  # always an Input


def refusal(name: str, inputs: dict[str, object]) -> tuple[str, ...]:
    with pytest.raises(InputRefused) as caught:
        calculate(name, inputs)
    return caught.value.faults


NO_NUMBER: tuple[object, ...] = (
    *(math.nan, math.inf, -math.inf, 10**400, True, False, "50", "", [50], [], {}),
    *({"value": 50}, {"value": "50", "unit": "a"}, {"value": True, "unit": "a"}, {"unit": "a"}),
    *({"value": 50, "unit": "furlong"}, {"value": 50, "unit": 1}, {"value": 50, "unit": None}),
    {"value": 50, "unit": "a", "note": "x"},
)
NO_ANSWER: tuple[object, ...] = (
    0.5,
    "maybe",
    "yes",
    "",
    2.5,
    -1,
    3,
    math.nan,
    [],
    {},
    {"value": 1, "unit": "1"},
)


@pytest.mark.parametrize(("name", "declared"), NUMBERS)
def test_what_is_not_a_number_is_refused_by_name(person: Person, name: str, declared: Input) -> None:
    for bad in NO_NUMBER:
        (fault,) = refusal(name, person(name, **{declared.name: bad}))
        assert fault.startswith(f"{declared.name}: "), bad
        assert "not given" not in fault, bad


@pytest.mark.parametrize(("name", "declared"), NUMBERS)
def test_out_of_range_is_refused_by_name_on_both_sides(person: Person, name: str, declared: Input) -> None:
    above = declared.high if declared.below else declared.high + (1 if declared.whole else 1e-6)
    for bad in (-1, declared.low - (1 if declared.whole else 1e-6), above, 1e12):
        faults = refusal(name, person(name, **{declared.name: bad}))
        assert faults[0].startswith(f"{declared.name}: outside {declared.range()}")


def test_a_decile_is_a_whole_number(person: Person) -> None:
    assert refusal("prevent", person("prevent", sdi_decile=4.5)) == ("sdi_decile: not a whole number",)
    assert calculate("prevent", person("prevent", sdi_decile=4.0))["model"] == "sdi"


@pytest.mark.parametrize(("name", "declared"), OTHERS)
def test_what_is_no_answer_is_refused_by_name(person: Person, name: str, declared: Input) -> None:
    for bad in NO_ANSWER:
        (fault,) = refusal(name, person(name, **{declared.name: bad}))
        assert fault.startswith(f"{declared.name}: must be "), bad


@pytest.mark.parametrize(("name", "declared"), OTHERS)
def test_one_and_true_are_not_the_same(person: Person, name: str, declared: Input) -> None:
    swapped: object = 1 if declared.kind == "flag" else True
    (fault,) = refusal(name, person(name, **{declared.name: swapped}))
    assert fault.startswith(f"{declared.name}: must be ")


@pytest.mark.parametrize(("name", "declared"), EACH)
@pytest.mark.parametrize("absent", [..., None])
def test_what_is_missing_is_named_or_allowed(
    person: Person, name: str, declared: Input, absent: object
) -> None:
    inputs = person(name, **{declared.name: absent})
    if declared.required:
        (fault,) = refusal(name, inputs)
        assert fault.startswith(f"{declared.name}: not given")
    elif declared.default is not None:
        shown = str(declared.default).lower()
        assert f"{declared.name} was not given: taken as {shown}" in calculate(name, inputs)["warnings"]
    else:
        assert calculate(name, inputs)["results"]


@pytest.mark.parametrize("name", EQUATIONS)
def test_an_unknown_field_is_refused_by_name(person: Person, name: str) -> None:
    assert refusal(name, person(name, weight=80)) == (f"weight: not an input of {name}",)


@pytest.mark.parametrize("name", EQUATIONS)
def test_with_nothing_given_every_required_input_is_named(name: str) -> None:
    named = {fault.split(":")[0] for fault in refusal(name, {})}
    assert named == {i.name for i in EQUATIONS[name].inputs if i.required}


def test_all_faults_are_told_at_once(person: Person) -> None:
    faults = refusal("prevent", person("prevent", age=85, sex="x", egfr=..., foo=1))
    assert {fault.split(":")[0] for fault in faults} == {"age", "sex", "egfr", "foo"}


def test_a_refusal_never_repeats_a_value_or_a_text_given_as_a_field(person: Person) -> None:
    with pytest.raises(Problem) as caught:
        calculate("prevent", person("prevent", age=91.25) | {"Anna Ivanova, 1950": 1})
    assert "91.25" not in str(caught.value)
    assert "Ivanova" not in str(caught.value)


def test_an_unknown_equation_is_refused_with_the_list() -> None:
    with pytest.raises(UnknownEquation, match="score2_diabetes"):
        calculate("qrisk3", {})


def test_an_equation_for_another_age_names_the_right_one(person: Person) -> None:
    assert "score2_op" in refusal("score2", person("score2", age=70))[0]
    assert "score2" in refusal("score2_op", person("score2_op", age=69.9))[0]


def test_inputs_that_contradict_each_other_are_refused(person: Person) -> None:
    after = person("score2_diabetes", age_at_diabetes_diagnosis=61)
    assert refusal("score2_diabetes", after) == ("age_at_diabetes_diagnosis: after the present age",)
    more_hdl = person("score2", total_cholesterol=2.5, hdl_cholesterol=3)
    assert refusal("score2", more_hdl) == ("hdl_cholesterol: not below total_cholesterol",)
    (fault,) = refusal("score2_diabetes", person("score2_diabetes", diabetes=False))
    assert fault.startswith("diabetes: must be true")


def test_the_variables_asked_for_must_be_given(person: Person) -> None:
    faults = refusal("kfre", person("kfre", variables=8, albumin=4, calcium=9.3))
    assert [fault.split(":")[0] for fault in faults] == ["phosphate", "bicarbonate"]
    faults = refusal("kfre", person("kfre", variables=6, diabetes=True))
    assert [fault.split(":")[0] for fault in faults] == ["hypertension"]
