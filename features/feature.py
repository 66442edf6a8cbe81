"""The declaration of a feature: one value, one place; its name is its column.

A feature either sums up the events of one code group (`codes`, `aggregate`, `window_days`) or is
computed from other features (`formula`, `inputs`). Whatever is declared here enters `build`, the
page docs/features.md and the tests on its own.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from features.answer import ANSWERS
from features.codes import CodeGroup

Floats = NDArray[np.float64]

# Of events, whether or not they carry a usable value.
EventAggregate = Literal["any", "count", "days", "days_since_first", "days_since_last", "years_since_last"]
# Of usable values alone: finite, and in a unit that features/unit.py can convert.
ValueAggregate = Literal[
    "first", "last", "last_minus_median", "max", "mean", "min", "range", "slope", "std", "value_count"
]
Aggregate = EventAggregate | ValueAggregate
EVENT_AGGREGATES = get_args(EventAggregate)


class DeclarationError(ValueError):
    """A feature is declared in a way that cannot be computed."""


@dataclass(frozen=True, eq=False)
class Feature:
    """One column of the feature table.

    `window_days` w sees (T − w, T] before the prediction time T; None sees all time, undated facts
    too. `ru` and `en` are what a doctor or a patient reads. `unit` is UCUM; without one it follows
    from the aggregate and the group. `modifiable`: a person can change it by how they live or are
    treated. `formula` takes one float64 array per input, NaN where missing, and returns such an array.
    """

    name: str
    ru: str
    en: str
    codes: CodeGroup | None = None
    aggregate: Aggregate | None = None
    window_days: int | None = None
    unit: str = ""
    modifiable: bool = False
    formula: Callable[..., Floats] | None = None
    inputs: tuple["Feature", ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise DeclarationError(f"{self.name!r}: a feature's name is lower case, digits and underscores")
        if not (self.ru and self.en):
            raise DeclarationError(f"{self.name}: say in `ru` and `en` what a reader sees")
        if (self.formula is None) == (self.codes is None) or (self.formula is None) != (not self.inputs):
            raise DeclarationError(f"{self.name}: declare either `codes` or `formula` with `inputs`")
        if (self.codes is None) != (self.aggregate is None):
            raise DeclarationError(f"{self.name}: `codes` and `aggregate` belong together")
        if self.window_days is not None and (self.window_days <= 0 or self.codes is None):
            raise DeclarationError(f"{self.name}: a window is a positive number of days over `codes`")
        if self.needs_value and self.codes is not None and not self.codes.unit and not self._coded:
            raise DeclarationError(f"{self.name}: {self.codes.name} has no unit, so its values mean nothing")
        if not self.unit:
            object.__setattr__(self, "unit", self._derived_unit())

    @property
    def needs_value(self) -> bool:
        """Whether only events with a usable value count."""
        return self.aggregate is not None and self.aggregate not in EVENT_AGGREGATES

    @property
    def _coded(self) -> bool:
        return self.codes is not None and self.codes.name in ANSWERS

    def _derived_unit(self) -> str:
        if self.formula is not None:
            raise DeclarationError(f"{self.name}: a formula's `unit` must be said")
        if self.aggregate in ("days", "days_since_first", "days_since_last"):
            return "d"
        if self.aggregate == "years_since_last":
            return "a"
        if not self.needs_value or self.aggregate == "value_count" or self.codes is None:
            return "1"
        base = self.codes.unit or "1"
        return f"{base}/a" if self.aggregate == "slope" else base
