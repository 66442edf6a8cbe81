"""The aggregates by name, and the family of columns that each belongs to.

`static/*` looks at facts without a time, `code/*` at events with one, `value/*` at those of them that
also carry a number. A family shares one set of columns, and within a window one pattern of entries.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.tabulate.error import TabulationError

STATIC, CODE, VALUE = "static", "code", "value"
DEFAULT = ("static/present", "code/count", "value/count", "value/sum", "value/min", "value/max")

AGGREGATES: Mapping[str, tuple[type, str]] = {
    "static/present": (np.uint8, "1 where the patient has this fact"),
    "code/count": (np.uint32, "events of the code"),
    "value/count": (np.uint32, "events of the code that carry a number"),
    "value/sum": (np.float32, "sum of the numbers, rounded once"),
    "value/sum_sqd": (np.float64, "sum of the squared numbers, rounded once"),
    "value/mean": (np.float32, "sum by count"),
    "value/min": (np.float32, "least number"),
    "value/max": (np.float32, "greatest number"),
    "value/first": (np.float32, "number of the oldest event"),
    "value/last": (np.float32, "number of the newest event"),
}


@dataclass(frozen=True)
class Family:
    """`aggregates`: the last parts of the names, in the order asked for."""

    name: str
    aggregates: tuple[str, ...]

    def dtype(self, aggregate: str, most: int) -> np.dtype[np.generic]:
        """Of the values; counts take the smallest that holds `most`, the events of one patient."""
        if aggregate == "count" and most <= np.iinfo(np.uint16).max:
            return np.dtype(np.uint16)
        return np.dtype(AGGREGATES[f"{self.name}/{aggregate}"][0])


def families(names: Iterable[str]) -> tuple[Family, ...]:
    """The families asked for: static, code, value.

    Raises:
        TabulationError: a name is no aggregate, or none is given.
    """
    asked = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if unknown := [name for name in asked if name not in AGGREGATES]:
        raise TabulationError(f"{unknown[0]!r} is no aggregate. There are: {', '.join(AGGREGATES)}.")
    if not asked:
        raise TabulationError(f"No aggregate is named. There are: {', '.join(AGGREGATES)}.")
    return tuple(Family(name, tuple(ones)) for name in (STATIC, CODE, VALUE) if (ones := _of(name, asked)))


def _of(family: str, asked: Sequence[str]) -> list[str]:
    return [name.split("/")[1] for name in asked if name.startswith(f"{family}/")]
