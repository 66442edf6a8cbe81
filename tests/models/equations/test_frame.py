"""A frame of many people: every row as if asked alone, and every refusal in its row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from models.equations import frame
from models.equations.equation import Equation, InputRefused
from models.equations.input import Input
from models.equations.register import EQUATIONS, calculate, calculate_frame

if TYPE_CHECKING:
    from tests.models.equations.conftest import Person

ROWS = 60


def column(declared: Input, rng: np.random.Generator, rows: int) -> pl.Series:
    """Valid, missing, outside and not finite values, all in one column."""
    if declared.kind == "flag":
        return pl.Series([(True, False, None)[i] for i in rng.choice(3, rows, p=[0.48, 0.48, 0.04])])
    if declared.kind == "choice":
        options = [*declared.options, None]
        if isinstance(declared.options[0], str):
            return pl.Series([options[i] for i in rng.integers(0, len(options), rows)], dtype=pl.String)
        return pl.Series([options[i] for i in rng.integers(0, len(options), rows)], dtype=pl.Int64)
    if declared.whole:
        return pl.Series(rng.integers(int(declared.low), int(declared.high) + 2, rows))
    values = rng.uniform(declared.low, declared.high, rows)
    odd = rng.choice(rows, rows // 10, replace=False)
    values[odd] = rng.choice([np.nan, np.inf, -1.0, declared.high + 5], rows // 10)
    return pl.Series([None if rng.random() < 0.03 else float(v) for v in values], dtype=pl.Float64)


def crowd(equation: Equation, rows: int = ROWS, seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame({i.name: column(i, rng, rows) for i in equation.inputs})


def alone(name: str, row: dict[str, object]) -> dict[str, object]:
    """What `calculate` says of this row, in the form of a row."""
    outcomes = EQUATIONS[name].outcomes
    empty: dict[str, object] = dict.fromkeys([*(o.column for o in outcomes), "model", "refused"])
    banded = [f"{o.column}_band" for o in outcomes if o.bands and not o.categorical]
    bands: dict[str, object] = dict.fromkeys(banded)
    try:
        answer = calculate(name, row)
    except InputRefused as refused:
        return empty | bands | {"warnings": [], "refused": "; ".join(sorted(refused.faults))}
    for result in answer["results"]:
        (key,) = (
            o.column
            for o in outcomes
            if (o.outcome, o.horizon_years) == (result["outcome"], result["horizon_years"])
        )
        empty[key] = result["value"]
        if f"{key}_band" in bands:
            bands[f"{key}_band"] = result["band"]
    return empty | bands | {"model": answer["model"], "warnings": answer["warnings"]}


@pytest.mark.parametrize("name", EQUATIONS)
def test_a_row_of_a_frame_is_the_person_alone(
    name: str, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "SLICE", 17)  # rows fall into several slices
    people = crowd(EQUATIONS[name])
    sane = pl.DataFrame([_plain(person(name))] * 2).select(
        pl.col(c).cast(people.schema[c], strict=False) for c in _plain(person(name))
    )
    people = pl.concat([people, sane], how="diagonal")
    found = calculate_frame(name, people)
    assert found.height == people.height
    for row, result in zip(people.iter_rows(named=True), found.iter_rows(named=True), strict=True):
        if result["refused"] is not None:
            result["refused"] = "; ".join(sorted(result["refused"].split("; ")))
        assert result == alone(name, row)
    assert found["refused"].is_null().any()
    assert found["refused"].is_not_null().any()


def _plain(inputs: dict[str, object]) -> dict[str, object]:
    plain: dict[str, object] = {
        "hba1c": 7.0,
        "total_cholesterol": 5.0,
        "hdl_cholesterol": 1.2,
        "creatinine": 90.0,
    }
    return {k: plain.get(k) if isinstance(v, dict) else v for k, v in inputs.items()}


def test_no_digit_depends_on_the_rows_beside_it() -> None:
    people = crowd(EQUATIONS["prevent"], 3000)
    whole = calculate_frame("prevent", people)
    order = np.random.default_rng(2).permutation(people.height)
    assert calculate_frame("prevent", people[order]).equals(whole[order])


def test_a_column_in_another_unit_is_converted_as_a_value_is(person: Person) -> None:
    one = person("prevent") | {"total_cholesterol": 200.0, "hdl_cholesterol": 45.0}
    mg = {"total_cholesterol": "mg/dL", "hdl_cholesterol": "mg/dL"}
    found = calculate_frame("prevent", pl.DataFrame([one]), units=mg)
    assert found["total_cvd_10y"][0] == calculate("prevent", person("prevent"))["results"][0]["value"]


def test_what_is_kept_comes_through_and_nothing_else_is_taken() -> None:
    people = crowd(EQUATIONS["kdigo"]).with_columns(subject_id=pl.int_range(ROWS))
    assert calculate_frame("kdigo", people, keep=["subject_id"])["subject_id"].equals(people["subject_id"])
    with pytest.raises(InputRefused, match="subject_id: not an input of kdigo"):
        calculate_frame("kdigo", people)
    with pytest.raises(InputRefused, match="name: not a column to keep"):
        calculate_frame("kdigo", people, keep=["subject_id", "name"])


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        (pl.lit("50").alias("age"), "age: must be a column of numbers"),
        (pl.lit(True).alias("age"), "age: must be a column of numbers"),
        (pl.lit(1).alias("sex"), "sex: must be a column of female, male"),
        (pl.lit(1).alias("diabetes"), "diabetes: must be a column of true or false"),
        (pl.lit("yes").alias("diabetes"), "diabetes: must be a column of true or false"),
    ],
)
def test_a_column_of_the_wrong_kind_is_refused_by_name(changed: pl.Expr, match: str) -> None:
    with pytest.raises(InputRefused, match=match):
        calculate_frame("prevent", crowd(EQUATIONS["prevent"]).with_columns(changed))


def test_a_column_that_is_missing_or_in_an_unknown_unit_is_refused_by_name() -> None:
    people = crowd(EQUATIONS["prevent"])
    with pytest.raises(InputRefused, match="bmi: not given"):
        calculate_frame("prevent", people.drop("bmi"))
    with pytest.raises(InputRefused, match=r"egfr: its unit is not understood; give it in mL/min"):
        calculate_frame("prevent", people, units={"egfr": "mL/min"})
    with pytest.raises(InputRefused, match="weight: not an input with a unit"):
        calculate_frame("prevent", people, units={"weight": "kg"})


@pytest.mark.parametrize("name", EQUATIONS)
def test_an_empty_frame_gives_an_empty_frame(name: str) -> None:
    people = crowd(EQUATIONS[name])
    empty = calculate_frame(name, people.clear())
    assert empty.height == 0
    assert empty.schema == calculate_frame(name, people).schema


def test_optional_columns_may_be_absent_or_all_null(person: Person) -> None:
    one = pl.DataFrame([_plain(person("prevent"))])
    nulls = one.with_columns(uacr=None, hba1c=None, sdi_decile=None)
    assert calculate_frame("prevent", one).equals(calculate_frame("prevent", nulls))
