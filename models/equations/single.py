"""The inputs of one person, as JSON has them, to columns of one value; and the answer back."""

from collections.abc import Mapping
from math import isfinite
from typing import TypedDict

import numpy as np

from models.equations import unit
from models.equations.check import check, fault, filled
from models.equations.equation import NO_BAND, Columns, Computed, Equation, InputRefused, Outcome
from models.equations.input import Input


class Finding(TypedDict):
    """One outcome. `value` in `unit`: a number, or a word where the outcome is a category."""

    outcome: str
    horizon_years: int | None
    value: float | int | str
    unit: str
    band: str | None


class Answer(TypedDict):
    """What an equation says about one person."""

    equation: str
    model: str
    results: list[Finding]
    warnings: list[str]
    citation: str


class _Fault(ValueError):
    """What is wrong with one value."""


def answer(equation: Equation, inputs: Mapping[str, object]) -> Answer:
    """One person's results.

    Raises:
        InputRefused: names every input that is unknown, missing, of the wrong kind or out of range.
    """
    columns, assumed = filled(equation, _columns(equation, inputs))
    computed = equation.compute(columns)
    refused = [text for text, of in computed.refusals if of[0]]
    if refused:
        raise InputRefused(equation.name, refused)
    results = [
        _finding(outcome, computed, position)
        for position, outcome in enumerate(equation.outcomes)
        if not np.isnan(computed.values[position][0])
    ]
    return Answer(
        equation=equation.name,
        model=equation.models[computed.model[0]],
        results=results,
        warnings=[text for text, of in (*assumed, *computed.warnings) if of[0]],
        citation=equation.citation,
    )


def _finding(outcome: Outcome, computed: Computed, position: int) -> Finding:
    bands = computed.bands[position]
    place = NO_BAND if bands is None else int(bands[0])
    name = None if place == NO_BAND else outcome.bands[place]
    value: float | int | str = float(computed.values[position][0])
    if outcome.categorical and name is not None:
        value = name
    elif outcome.whole:
        value = int(value)
    return Finding(
        outcome=outcome.outcome,
        horizon_years=outcome.horizon_years,
        value=value,
        unit=outcome.unit,
        band=name,
    )


def _columns(equation: Equation, inputs: Mapping[str, object]) -> Columns:
    known = {declared.name for declared in equation.inputs}
    faults = [f"{_shown(name)}: not an input of {equation.name}" for name in inputs if name not in known]
    columns = {}
    for declared in equation.inputs:
        given = inputs.get(declared.name)
        try:
            columns[declared.name] = np.array([np.nan if given is None else _parse(declared, given)])
        except _Fault as wrong:
            columns[declared.name] = np.array([np.nan])
            faults.append(fault(declared, str(wrong)))
    told = {text.split(":")[0] for text in faults}
    # A value that could not be read is NaN here, but it is not "not given".
    faults += [text for text, of in check(equation, columns) if of[0] and text.split(":")[0] not in told]
    if faults:
        raise InputRefused(equation.name, faults)
    return columns


def _shown(name: object) -> str:
    """An unknown name, as far as it is a name: a whole text given as a key is not repeated."""
    text = str(name)
    return text if text.isidentifier() and len(text) <= 40 else "a field with an odd name"


def _parse(declared: Input, given: object) -> float:
    if declared.kind == "flag":
        if not isinstance(given, bool):
            raise _Fault("must be true or false")
        return float(given)
    if declared.kind == "choice":
        alike = [
            i
            for i, option in enumerate(declared.options)
            if given == option and isinstance(given, str) == isinstance(option, str)
        ]
        if isinstance(given, bool | dict | list) or not alike:
            raise _Fault(f"must be one of {declared.range()}")
        return float(alike[0])
    if isinstance(given, Mapping):
        return _with_unit(declared, given)
    return _number(given)


def _with_unit(declared: Input, given: Mapping[str, object]) -> float:
    if set(given) != {"value", "unit"}:
        raise _Fault('must be a number, or {"value": number, "unit": text}')
    code, value = given["unit"], _number(given["value"])
    found = unit.factor(declared, code) if isinstance(code, str) else None
    if found is None:
        raise _Fault(f"its unit is not understood; give {unit.wanted(declared)}")
    scale, offset = found
    return value * scale + offset


def _number(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise _Fault("must be a number")
    try:
        value = float(given)
    except OverflowError:
        raise _Fault("not a finite number") from None
    if not isfinite(value):
        raise _Fault("not a finite number")
    return value
