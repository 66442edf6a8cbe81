"""What the rows of the table see of one group, as flat arrays.

Rows lie one after another, within a row the oldest comes first, so whatever is summed is summed over
a row's own slice alone: the same events give the same bits, whoever else is in the table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.aggregate.once import once
from features.visible import ALWAYS, Instants
from features.window import DAY

Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(eq=False)
class People:
    """Of every row of the table: its prediction time, its wall clock and its birth."""

    moments: Instants
    local: Callable[[Ints, Instants], Instants]  # (row, UTC) → wall clock, microseconds
    birth: Callable[[], Instants]  # `ALWAYS` if unknown


@dataclass(eq=False)
class Series:
    """Events of one group, one entry per (row, event) that the row sees.

    `row` is a row of the table. Undated facts come first in their row; events of one instant stand by
    when they were learned, then by value. `value` is in the group's unit, NaN where none can be used.
    `code` is a number for the code. Instants are microseconds since 1970.
    """

    row: Ints
    time: Instants
    value: Floats
    code: Ints
    people: People

    @once
    def offset(self) -> Ints:
        """By row where it begins, and the end of all: rows + 1 entries."""
        return offset_of(self.row, len(self.people.moments))

    @once
    def undated(self) -> bool:
        """Whether there is a fact without a time."""
        return bool((self.time == ALWAYS).any())

    @once
    def day(self) -> Instants:
        """Local days since 1970; of undated facts it means nothing."""
        return self.people.local(self.row, self.time) // DAY

    def where(self, mask: Flags) -> "Series":
        if mask.all():
            return self
        return Series(self.row[mask], self.time[mask], self.value[mask], self.code[mask], self.people)


def offset_of(row: Ints, rows: int) -> Ints:
    """Where each row begins, and the end of all, of entries that lie row by row."""
    if rows == 1:
        return np.array([0, len(row)], np.intp)
    offset = np.zeros(rows + 1, np.intp)
    np.cumsum(np.bincount(row, minlength=rows), out=offset[1:])
    return offset


def reduce(ufunc: np.ufunc, what: NDArray[Any], head: Ints) -> NDArray[Any]:
    """Over each stretch that begins at an entry of `head`; the last one reaches to the end."""
    if not len(head):
        return what[:0]
    found: NDArray[Any] = ufunc.reduceat(what, head)
    return found
