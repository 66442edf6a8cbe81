"""How the events of one code group become one number per row: the aggregates, by name.

Every aggregate takes occurrences in a fixed order (row by row, oldest first; see `build`) and adds
them up one after another, so the same events give the same bits, whoever else is in the table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.feature import Aggregate, Floats
from features.visible import ALWAYS, Instants

DAY = 86_400_000_000  # microseconds
DAYS_A_YEAR = 365.25
SLOPE_DAYS = 180  # between closer values a yearly change is mostly noise


@dataclass(frozen=True)
class Occurrences:
    """Events that rows of the table see, one entry per (row, event).

    `row` is a position in `moments`, the prediction times. Within a row the oldest comes first;
    events of one instant stand by when they were learned, then by value. `value` is in the group's
    unit, NaN where none can be used. Instants are microseconds since 1970.
    """

    row: NDArray[np.intp]
    time: Instants
    value: Floats
    moments: Instants

    @property
    def rows(self) -> int:
        return len(self.moments)

    @cached_property
    def days(self) -> Floats:
        """Days before the prediction time; inf for an undated fact."""
        days = (self.moments[self.row] - self.time) / DAY
        days[self.time == ALWAYS] = np.inf
        return days

    def where(self, mask: NDArray[np.bool_]) -> "Occurrences":
        if mask.all():
            return self
        return Occurrences(self.row[mask], self.time[mask], self.value[mask], self.moments)

    def within(self, days: int) -> "Occurrences":
        """Events of the window (T − days, T]."""
        return self.where(self.time > self.moments[self.row] - days * DAY)


Aggregation = Callable[[Occurrences], Floats]


def _missing(rows: int) -> Floats:
    return np.full(rows, np.nan)


def _count(seen: Occurrences) -> Floats:
    return np.bincount(seen.row, minlength=seen.rows).astype(np.float64)


def _any(seen: Occurrences) -> Floats:
    return (np.bincount(seen.row, minlength=seen.rows) > 0).astype(np.float64)


def _days(seen: Occurrences) -> Floats:
    """Days (24 hours back from the prediction time) with at least one event."""
    seen = _dated(seen)
    by_row = np.argsort(seen.row, kind="stable")  # within a row the oldest stays first
    row, day = seen.row[by_row], np.floor(seen.days)[by_row]
    new = np.ones(len(row), np.bool_)
    new[1:] = (row[1:] != row[:-1]) | (day[1:] != day[:-1])
    return np.bincount(row[new], minlength=seen.rows).astype(np.float64)


def _last_of(seen: Occurrences, what: Floats) -> Floats:
    out = _missing(seen.rows)
    out[seen.row] = what  # numpy keeps the last of repeated targets
    return out


def _first_of(seen: Occurrences, what: Floats) -> Floats:
    out = _missing(seen.rows)
    out[seen.row[::-1]] = what[::-1]
    return out


def _dated(seen: Occurrences) -> Occurrences:
    return seen.where(np.isfinite(seen.days))


def _days_since_last(seen: Occurrences) -> Floats:
    seen = _dated(seen)
    return _last_of(seen, seen.days)


def _days_since_first(seen: Occurrences) -> Floats:
    seen = _dated(seen)
    return _first_of(seen, seen.days)


def _years_since_last(seen: Occurrences) -> Floats:
    """Calendar years, such as an age: whole on the anniversary; 29 February falls on 1 March."""
    seen = _dated(seen)
    out = _missing(seen.rows)
    then = np.full(seen.rows, ALWAYS)
    then[seen.row] = seen.time
    has = np.flatnonzero(then != ALWAYS)
    start, now = then[has].view("M8[us]"), seen.moments[has].view("M8[us]")
    month = start.astype("M8[M]")
    into_month = start - month

    def anniversary(years: NDArray[np.int64]) -> NDArray[np.datetime64]:
        day: NDArray[np.datetime64] = (month + 12 * years).astype("M8[us]") + into_month
        return day

    whole = now.astype("M8[Y]").astype(np.int64) - start.astype("M8[Y]").astype(np.int64)
    whole -= anniversary(whole) > now
    past, ahead = anniversary(whole), anniversary(whole + 1)
    out[has] = whole + (now - past) / (ahead - past)
    return out


def _extreme(seen: Occurrences, what: Floats, minimum: bool) -> Floats:
    out = np.full(seen.rows, np.inf if minimum else -np.inf)
    (np.minimum if minimum else np.maximum).at(out, seen.row, what)
    out[np.isinf(out)] = np.nan
    return out


def _min(seen: Occurrences) -> Floats:
    return _extreme(seen, seen.value, minimum=True)


def _max(seen: Occurrences) -> Floats:
    return _extreme(seen, seen.value, minimum=False)


def _range(seen: Occurrences) -> Floats:
    return _max(seen) - _min(seen)


def _mean_of(seen: Occurrences, what: Floats) -> Floats:
    count = np.bincount(seen.row, minlength=seen.rows)
    total = np.bincount(seen.row, what, minlength=seen.rows)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _mean(seen: Occurrences) -> Floats:
    return _mean_of(seen, seen.value)


def _std(seen: Occurrences) -> Floats:
    """Sample standard deviation (n − 1); missing below two values."""
    from_mean = seen.value - _mean(seen)[seen.row]
    count = np.bincount(seen.row, minlength=seen.rows)
    square = np.bincount(seen.row, from_mean * from_mean, minlength=seen.rows)
    return np.where(count > 1, np.sqrt(square / np.maximum(count - 1, 1)), np.nan)


def _slope(seen: Occurrences) -> Floats:
    """Change per year: least squares of value on time; missing below 180 days between first and last."""
    seen = _dated(seen)
    time = seen.time.astype(np.float64)  # exact: below 2^53 µs, the year 2255
    span = _last_of(seen, time) - _first_of(seen, time)
    years = seen.days / -DAYS_A_YEAR
    years = years - _mean_of(seen, years)[seen.row]
    value = seen.value - _mean_of(seen, seen.value)[seen.row]
    along = np.bincount(seen.row, years * value, minlength=seen.rows)
    square = np.bincount(seen.row, years * years, minlength=seen.rows)
    enough = span >= SLOPE_DAYS * DAY
    return np.where(enough, along / np.where(enough, square, 1.0), np.nan)


def _median(seen: Occurrences) -> Floats:
    order = np.lexsort((seen.value, seen.row))
    value = seen.value[order]
    count = np.bincount(seen.row, minlength=seen.rows)
    start = np.cumsum(count) - count
    has = count > 0
    low, high = (start + (count - 1) // 2)[has], (start + count // 2)[has]
    out = _missing(seen.rows)
    out[has] = (value[low] + value[high]) / 2
    return out


def _last(seen: Occurrences) -> Floats:
    return _last_of(seen, seen.value)


def _last_minus_median(seen: Occurrences) -> Floats:
    """How far the last value lies from the person's own middle, the last one included."""
    return _last(seen) - _median(seen)


def _first(seen: Occurrences) -> Floats:
    return _first_of(seen, seen.value)


AGGREGATES: Mapping[Aggregate, Aggregation] = {
    "any": _any,
    "count": _count,
    "days": _days,
    "days_since_first": _days_since_first,
    "days_since_last": _days_since_last,
    "first": _first,
    "last": _last,
    "last_minus_median": _last_minus_median,
    "max": _max,
    "mean": _mean,
    "min": _min,
    "range": _range,
    "slope": _slope,
    "std": _std,
    "value_count": _count,
    "years_since_last": _years_since_last,
}
