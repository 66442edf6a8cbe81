"""The declaration of a feature: one value, one place; its name is its column.

A feature either sums up the events of one code group (`codes`, `aggregate`, and where to look) or is
computed from other features (`formula`, `inputs`). Whatever is declared here enters `build`, the
page docs/features.md and the tests on its own. How to add one: docs/feature_declaration.md.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from features.answer import ANSWERS
from features.codes import CodeGroup
from features.variation import VARIATION
from features.window import Back, Gate, Hours, Window

Floats = NDArray[np.float64]

# Of events, whether or not they carry a usable value.
EventAggregate = Literal[
    "age_at_first",  # years, as an age
    "age_at_last",
    "any",  # 1 or 0
    "calendar_days",  # local days with at least one
    "clock_mean",  # local time of day, in hours, on the circle of 24
    "clock_std",
    "count",
    "days",  # days of 24 hours back from T with at least one
    "days_since_first",
    "days_since_last",
    "distinct",  # different codes
    "longest_gap",  # days between one and the next
    "median_gap",
    "years_since_last",
]
# Of usable values alone: finite, and in a unit that features/unit.py can convert.
ValueAggregate = Literal[
    "arv",  # average real variability: mean step from one value to the next, whichever way
    "coverage",  # share of the window's days with a value
    "cv",  # coefficient of variation, %
    "days_since_value",
    "first",
    "fraction_above",  # share of values above the upper of `limits`
    "fraction_below",
    "fraction_within",  # limits included
    "hour_mean",  # of values that are hours of the day, on the circle of 24
    "hour_std",
    "last",
    "last_change",  # against the value before it
    "last_minus_median",
    "mad",  # median absolute deviation from the median
    "max",
    "mean",
    "median",
    "min",
    "present",  # 1 if there is a value, 0 if not
    "quantile",
    "range",
    "rcv_change",  # last change, in reference change values; see features/aggregate/set_point.py
    "rcv_direction",  # 1 up, −1 down, 0 within what chance explains
    "set_point",  # the person's own usual value before the last one
    "set_point_spread",
    "set_point_z",  # the last value against it
    "slope",  # per year
    "std",
    "sum",
    "value_count",
    "value_days",  # local days with a value
]
Aggregate = EventAggregate | ValueAggregate
Daily = Literal["count", "first", "last", "max", "mean", "median", "min", "sum"]
EVENT_AGGREGATES: tuple[str, ...] = get_args(EventAggregate)

_LIMITED = ("fraction_above", "fraction_below", "fraction_within")
_VARIATION = ("rcv_change", "rcv_direction", "set_point", "set_point_spread", "set_point_z")
_CLOCK = ("hour_mean", "hour_std")
_UNITS: dict[str, str] = {
    **dict.fromkeys(("days", "calendar_days", "value_days"), "d"),
    **dict.fromkeys(("days_since_first", "days_since_last", "days_since_value"), "d"),
    **dict.fromkeys(("longest_gap", "median_gap"), "d"),
    **dict.fromkeys(("age_at_first", "age_at_last", "years_since_last"), "a"),
    **dict.fromkeys(("clock_mean", "clock_std", *_CLOCK), "h"),
    **dict.fromkeys(("any", "count", "distinct", "present", "value_count", "coverage", *_LIMITED), "1"),
    **dict.fromkeys(("rcv_change", "rcv_direction", "set_point_z"), "1"),
    "cv": "%",
}


class DeclarationError(ValueError):
    """A feature is declared in a way that cannot be computed."""


@dataclass(frozen=True, eq=False)
class Feature:
    """One column of the feature table.

    `window_days` w sees (T − w, T] before the prediction time T, as `window=Back(w)` does; `window`
    takes the other kinds; without either a feature sees all time, undated facts too. `hours` and
    `gate` leave out what was at another time of day or on a day that does not pass. `daily` makes one
    value of each local day that is over, before the window is cut. `limits` are for the fractions,
    `quantile` (0…1) for the aggregate of that name. With fewer than `at_least` values (events, for an
    aggregate of events) the feature is missing; for set points: values before the last, 3 if not said.

    `ru` and `en` are what a doctor or a patient reads. `unit` is UCUM; without one it follows
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
    window: Window | None = None
    hours: Hours | None = None
    gate: Gate | None = None
    daily: Daily | None = None
    limits: tuple[float, float] | None = None
    quantile: float | None = None
    at_least: int = 0

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise DeclarationError(f"{self.name!r}: a feature's name is lower case, digits and underscores")
        if not (self.ru and self.en):
            raise DeclarationError(f"{self.name}: say in `ru` and `en` what a reader sees")
        if (self.formula is None) == (self.codes is None) or (self.formula is None) != (not self.inputs):
            raise DeclarationError(f"{self.name}: declare either `codes` or `formula` with `inputs`")
        if (self.codes is None) != (self.aggregate is None):
            raise DeclarationError(f"{self.name}: `codes` and `aggregate` belong together")
        self._check_window()
        self._check_aggregate()
        if not self.unit:
            object.__setattr__(self, "unit", self._derived_unit())

    @property
    def needs_value(self) -> bool:
        """Whether only events with a usable value count."""
        return self.aggregate is not None and self.aggregate not in EVENT_AGGREGATES

    def _check_window(self) -> None:
        placed = (self.window, self.hours, self.gate, self.daily)
        said = self.window_days is not None or any(place is not None for place in placed)
        if (said and self.codes is None) or (self.window_days is not None and self.window_days <= 0):
            raise DeclarationError(f"{self.name}: a window is a positive number of days over `codes`")
        if self.window_days is not None:
            if self.window is not None:
                raise DeclarationError(f"{self.name}: say `window_days` or `window`, not both")
            object.__setattr__(self, "window", Back(self.window_days))
        elif isinstance(self.window, Back) and not self.window.until_days:
            object.__setattr__(self, "window_days", self.window.days)

    def _check_aggregate(self) -> None:
        if self.codes is None:
            if self.limits is not None or self.quantile is not None or self.at_least:
                raise DeclarationError(f"{self.name}: limits, quantiles and `at_least` are said of `codes`")
            return
        summed = self.needs_value if self.daily is None else self.daily != "count"
        if summed and not self.codes.unit and not self._coded:
            raise DeclarationError(f"{self.name}: {self.codes.name} has no unit, so its values mean nothing")
        if (self.limits is not None) != (self.aggregate in _LIMITED):
            raise DeclarationError(f"{self.name}: `limits` belong to the fractions, and these to `limits`")
        if self.limits is not None and not self.limits[0] <= self.limits[1]:
            raise DeclarationError(f"{self.name}: the lower limit lies above the upper one")
        if (self.quantile is not None) != (self.aggregate == "quantile"):
            raise DeclarationError(f"{self.name}: `quantile` is said for the aggregate quantile alone")
        if self.quantile is not None and not 0 <= self.quantile <= 1:
            raise DeclarationError(f"{self.name}: a quantile lies between 0 and 1")
        if self.aggregate in _VARIATION and self.codes.name not in VARIATION:
            raise DeclarationError(f"{self.name}: add {self.codes.name} to features/variation.py first")
        if self.aggregate in _CLOCK and self.codes.unit != "h":
            raise DeclarationError(f"{self.name}: only values in h are hours of the day")
        if self.aggregate == "coverage" and not isinstance(self.window, Back):
            raise DeclarationError(
                f"{self.name}: coverage is a share of a window's days, so say `window_days`"
            )
        if self.at_least < 0:
            raise DeclarationError(f"{self.name}: `at_least` is a number of values")

    @property
    def _coded(self) -> bool:
        return self.codes is not None and self.codes.name in ANSWERS

    def _derived_unit(self) -> str:
        if self.formula is not None or self.codes is None or self.aggregate is None:
            raise DeclarationError(f"{self.name}: a formula's `unit` must be said")
        if self.aggregate in _UNITS:
            return _UNITS[self.aggregate]
        base = self.codes.unit or "1"
        if self.daily == "count":
            base = "1"
        return f"{base}/a" if self.aggregate == "slope" else base
