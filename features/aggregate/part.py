"""What the rows of the table see, as flat arrays: a series of one group, and the part in a window.

Rows lie one after another, within a row the oldest comes first, so whatever is summed is summed over
a row's own slice alone: the same events give the same bits, whoever else is in the table. A table of
one row (a person who waits for an answer) takes shorter ways to the same arrays.
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

_FIRST, _NONE = np.zeros(1, np.intp), np.empty(0, np.intp)
_FIRST.flags.writeable = _NONE.flags.writeable = False  # shared by all tables


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
        return _offset(self.row, len(self.people.moments))

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


@dataclass(eq=False)
class Part:
    """The entries of a series that lie in a window; `offset` says where each row begins among them."""

    series: Series
    index: Ints | slice
    offset: Ints

    def __post_init__(self) -> None:
        if len(self.offset) == 2:  # one row: what follows is known at once
            number = self.offset[1:]
            first, tail = (_FIRST, number - 1) if number[0] else (_NONE, _NONE)
            known = {"count": number, "filled": first, "head": first, "tail": tail}
            self.__dict__.update(known, number=number if number[0] else _NONE)

    @once
    def count(self) -> Ints:
        """Entries by row."""
        count: Ints = self.offset[1:] - self.offset[:-1]
        return count

    @once
    def filled(self) -> Ints:
        """The rows that have entries. What follows is over these rows, or over their entries."""
        return self.count.nonzero()[0]

    @once
    def head(self) -> Ints:
        """Where each filled row begins among the entries."""
        return self.offset[self.filled]

    @once
    def tail(self) -> Ints:
        """The last entry of each filled row."""
        tail: Ints = self.head + self.number - 1
        return tail

    @once
    def number(self) -> Ints:
        """Entries of each filled row."""
        return self.count[self.filled]

    @once
    def row(self) -> Ints:
        return self.series.row[self.index]

    @once
    def time(self) -> Instants:
        return self.series.time[self.index]

    @once
    def value(self) -> Floats:
        return self.series.value[self.index]

    @once
    def days(self) -> Floats:
        """Days before the prediction time, of dated entries."""
        moments = self.series.people.moments
        days: Floats = ((moments if len(moments) == 1 else moments[self.row]) - self.time) / DAY
        return days

    @once
    def mean(self) -> Floats:
        return self.sum(self.value) / self.number

    @once
    def deviation(self) -> Floats:
        """Of each value from the mean of its row."""
        away: Floats = self.value - self.each(self.mean)
        return away

    @once
    def square(self) -> Floats:
        """Sum of squared deviations."""
        return self.sum(self.deviation * self.deviation)

    @once
    def ranked(self) -> Floats:
        """Values, the smallest of each row first."""
        return self._rank(self.value)

    @once
    def median(self) -> Floats:
        return self._middle(self.ranked)

    @once
    def mad(self) -> Floats:
        """Median absolute deviation from the median."""
        return self.middle(np.abs(self.value - self.each(self.median)))

    @once
    def dated(self) -> "Part":
        """Without undated facts."""
        return self.where(self.time != ALWAYS) if self.series.undated else self

    @once
    def later(self) -> "Part":
        """Without the first entry of each row."""
        return self.where(self._not_first)

    @once
    def earlier(self) -> "Part":
        """What lies before the last instant of each row."""
        return self.where(self.time < self.each(self.time[self.tail]))

    @once
    def logarithm(self) -> "Part":
        """The entries above 0, with the natural logarithm for their value."""
        above = self.where(self.value > 0)
        code = above.series.code[above.index]
        return whole(Series(above.row, above.time, np.log(above.value), code, above.series.people))

    def where(self, mask: Flags) -> "Part":
        """The entries for which `mask`, one flag an entry, is true."""
        if mask.all():
            return self
        index = mask.nonzero()[0]
        offset = _offset(self.row[index], len(self.count))
        if isinstance(self.index, slice):
            return Part(self.series, index + (self.index.start or 0), offset)
        return Part(self.series, self.index[index], offset)

    def step(self, what: NDArray[Any]) -> NDArray[Any]:
        """For the entries of `later`, how far `what` went from the entry before."""
        place = self._not_first.nonzero()[0]
        found: NDArray[Any] = what[place] - what[place - 1]
        return found

    def sum(self, what: Floats) -> Floats:
        return reduce(np.add, what, self.head)

    def middle(self, what: Floats) -> Floats:
        """The median of `what`, one number an entry."""
        return self._middle(self._rank(what))

    def each(self, of_row: NDArray[Any]) -> NDArray[Any]:
        """What belongs to filled rows, as an operand for their entries."""
        return of_row if len(of_row) == 1 else np.repeat(of_row, self.number)

    def rows(self, of_filled: NDArray[Any], nothing: float = np.nan) -> Floats:
        """One number for every row; `nothing` for those without entries."""
        if len(of_filled) == len(self.count):
            return of_filled.astype(np.float64)
        out = np.full(len(self.count), nothing)
        out[self.filled] = of_filled
        return out

    @once
    def _not_first(self) -> Flags:
        mask = np.ones(int(self.offset[-1]), np.bool_)
        mask[self.head] = False
        return mask

    def _rank(self, what: Floats) -> Floats:
        return np.sort(what) if len(self.filled) < 2 else what[np.lexsort((what, self.row))]

    def _middle(self, ranked: Floats) -> Floats:
        middle: Floats = ranked[self.head + (self.number - 1) // 2] + ranked[self.head + self.number // 2]
        return middle / 2


def whole(series: Series) -> Part:
    """All of a series."""
    return Part(series, slice(None), series.offset)


def cut(series: Series, after: Instants, until: Instants | None) -> Part:
    """What lies in (after, until], both by row; no `until` reaches to the prediction time."""
    rows = len(series.people.moments)
    if rows == 1:
        low = int(series.time.searchsorted(after[0], side="right"))
        high = len(series.time)
        if until is not None:
            high = max(low, int(series.time.searchsorted(until[0], side="right")))
        return Part(series, slice(low, high), np.array([0, high - low], np.intp))
    inside = series.time > after[series.row]
    if until is not None:
        inside &= series.time <= until[series.row]
    index = np.flatnonzero(inside)
    return Part(series, index, _offset(series.row[index], rows))


def reduce(ufunc: np.ufunc, what: NDArray[Any], head: Ints) -> NDArray[Any]:
    """Over each stretch that begins at an entry of `head`; the last one reaches to the end."""
    if not len(head):
        return what[:0]
    found: NDArray[Any] = ufunc.reduceat(what, head)
    return found


def _offset(row: Ints, rows: int) -> Ints:
    if rows == 1:
        return np.array([0, len(row)], np.intp)
    offset = np.zeros(rows + 1, np.intp)
    np.cumsum(np.bincount(row, minlength=rows), out=offset[1:])
    return offset
