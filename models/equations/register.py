"""All equations by name, and the two ways to ask them: one person, or a frame of many."""

from collections.abc import Mapping, Sequence

import polars as pl

from models.equations import (
    cha2ds2_vasc,
    ckd_epi_2021,
    findrisc,
    frame,
    kdigo,
    kfre,
    news2,
    prevent,
    score2,
    score2_diabetes,
    score2_op,
    single,
)
from models.equations.equation import Equation, UnknownEquation

EQUATIONS: Mapping[str, Equation] = {
    part.EQUATION.name: part.EQUATION
    for part in (
        prevent,
        score2,
        score2_op,
        score2_diabetes,
        ckd_epi_2021,
        kfre,
        kdigo,
        findrisc,
        cha2ds2_vasc,
        news2,
    )
}


def equation(name: str) -> Equation:
    """The equation of this name.

    Raises:
        UnknownEquation: there is none.
    """
    if name not in EQUATIONS:
        raise UnknownEquation(f"There is no such equation. There are: {', '.join(EQUATIONS)}.")
    return EQUATIONS[name]


def calculate(name: str, inputs: Mapping[str, object]) -> single.Answer:
    """One person's results. A value is in the unit of docs/equations.md, or `{"value", "unit"}`; None
    is the same as not given.

    Raises:
        UnknownEquation, InputRefused: what to mend is in the message.
    """
    return single.answer(equation(name), inputs)


def calculate_frame(
    name: str,
    people: pl.DataFrame,
    *,
    keep: Sequence[str] = (),
    units: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """A row of results for each row of `people`, equal to what `calculate` says about it alone.

    Args:
        people: a column per input; null is not given. Optional inputs may lack their column.
        keep: columns that are no inputs and are carried over, as `subject_id`.
        units: units of columns that are not in the input's own unit.

    Returns:
        `keep`, `model`, per outcome its value (`total_cvd_10y`) and, where it has bands, `<value>_band`,
        `warnings` (list of text) and `refused`: null, or why this row has no results.

    Raises:
        UnknownEquation: there is none of this name.
        InputRefused: a column is unknown, of the wrong type, in an unknown unit, or required and absent.
    """
    return frame.results(equation(name), people, keep=keep, units=units or {})
