"""The one check of ranges, for one person and for a million alike."""

import numpy as np

from features.feature import Floats
from models.equations.equation import Columns, Condition, Equation, Mask
from models.equations.input import Input

MISSING = "not given"


def check(equation: Equation, columns: Columns) -> tuple[Condition, ...]:
    """Who cannot be computed, by input: required and not given (NaN), or outside the valid range."""
    found: list[Condition] = []
    for declared in equation.inputs:
        values = columns[declared.name]
        absent = np.isnan(values)
        if declared.required:
            found.append((fault(declared, MISSING), absent))
        if declared.kind == "number":
            found.append((fault(declared, f"outside {declared.range()}"), outside(declared, values)))
            if declared.whole:
                found.append((fault(declared, "not a whole number"), ~absent & (values != np.floor(values))))
    return tuple(found)


def outside(declared: Input, values: Floats) -> Mask:
    """NaN is not outside: it is not there."""
    too_high = values >= declared.high if declared.below else values > declared.high
    return (values < declared.low) | too_high


def fault(declared: Input, what: str) -> str:
    """What is said about an input that is refused."""
    return f"{declared.name}: {what}" + (f" ({declared.advice})" if declared.advice else "")


def filled(equation: Equation, columns: Columns) -> tuple[Columns, tuple[Condition, ...]]:
    """Defaults for what may be left out, and the warnings that say so."""
    complete, said = dict(columns), list[Condition]()
    for declared in equation.inputs:
        default = declared.default_number
        if default is not None:
            absent = np.isnan(complete[declared.name])
            shown = str(declared.default).lower() if declared.kind == "flag" else declared.default
            said.append((f"{declared.name} was not given: taken as {shown}", absent))
            complete[declared.name] = np.where(absent, default, complete[declared.name])
    return complete, tuple(said)
