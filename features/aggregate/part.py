"""The part of a series that lies in a window, and what is summed over it.

A table of one row (a person who waits for an answer) takes shorter ways to the same arrays.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.aggregate.once import once
from features.aggregate.series import Flags, Floats, Ints, Series, offset_of, reduce
from features.visible import ALWAYS, Instants
from features.window import DAY

_FIRST, _NONE = np.zeros(1, np.intp), np.empty(0, np.intp)
_FIRST.flags.writeable = _NONE.flags.writeable = False  # shared by all tables


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
        offset = offset_of(self.row[index], len(self.count))
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

    def rows(self, of_filled: NDArray[Any]) -> Floats:
        """One number for every row, NaN for those without entries."""
        if len(of_filled) == len(self.count):
            return of_filled.astype(np.float64)
        out = np.full(len(self.count), np.nan)
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
    return Part(series, index, offset_of(series.row[index], rows))
