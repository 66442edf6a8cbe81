"""From events to runs: for how long, in rows, a column of a patient keeps the same aggregates.

Each event is in a window for the prediction times since ≤ T < until, that is for rows [first, last).
Between two such ends nothing changes, so all aggregates are worked out once per run, not per row.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from features.tabulate.exact import sums

Ints = NDArray[np.int64]
Array = NDArray[Any]  # of the type of its aggregate
N = TypeVar("N", np.float32, np.int64)


@dataclass(frozen=True)
class Seen:
    """Events of one family and window in a group of patients, sorted by patient and column, oldest first.

    `key`: patient × columns + column. `first`, `last`: the rows [first, last) that see the event.
    """

    key: Ints
    first: Ints
    last: Ints
    number: NDArray[np.float32]

    def only(self, which: NDArray[np.bool_]) -> "Seen":
        return Seen(self.key[which], self.first[which], self.last[which], self.number[which])


@dataclass(frozen=True)
class Runs:
    """Rows [start, stop) of `column` hold the aggregates; sorted by patient, column and start."""

    key: Ints
    start: Ints
    stop: Ints
    aggregates: dict[str, Array]


def runs(seen: Seen, rows: int, wanted: tuple[str, ...]) -> Runs:
    """Runs with at least one event. `rows` bounds `last`; `wanted`: names without the family.

    `count` is always there.
    """
    span = rows + 1
    new = np.ones(len(seen.key), np.bool_)
    new[1:] = seen.key[1:] != seen.key[:-1]
    group = np.cumsum(new) - 1
    at, to = group * span + seen.first, group * span + seen.last
    both = np.concatenate([at, to])
    order = np.argsort(both, kind="stable")  # both halves are nearly sorted, which a stable sort makes use of
    both = both[order]
    distinct = np.ones(len(both), np.bool_)
    distinct[1:] = both[1:] != both[:-1]
    ends = both[distinct]
    state = np.empty(len(both), np.int64)
    state[order] = np.cumsum(distinct) - 1
    enter, leave = state[: len(at)], state[len(at) :]
    of, row = np.divmod(ends, span)
    count = np.cumsum(np.bincount(enter, minlength=len(ends)) - np.bincount(leave, minlength=len(ends)))
    held = np.flatnonzero(count)  # a group ends with a state of none, so each of them has a next

    aggregates: dict[str, Array] = {"count": count[held]}
    number = seen.number.astype(np.float64)
    if {"sum", "mean"} & set(wanted):
        total = sums(number, group, enter, leave, of)[held]
        aggregates["sum"], aggregates["mean"] = total, total / count[held]
    if "sum_sqd" in wanted:
        aggregates["sum_sqd"] = sums(number * number, group, enter, leave, of)[held]
    if "min" in wanted:
        aggregates["min"] = _least(seen.number, enter, leave, len(ends))[held]
    if "max" in wanted:
        aggregates["max"] = -_least(-seen.number, enter, leave, len(ends))[held]
    place = np.arange(len(seen.key), dtype=np.int64)
    if "first" in wanted:
        aggregates["first"] = seen.number[_least(place, enter, leave, len(ends))[held]]
    if "last" in wanted:
        aggregates["last"] = seen.number[-_least(-place, enter, leave, len(ends))[held]]
    if "present" in wanted:
        aggregates["present"] = np.ones(len(held), np.uint8)
    return Runs(seen.key[new][of[held]], row[held], row[held + 1], aggregates)


def _least(value: NDArray[N], enter: Ints, leave: Ints, states: int) -> NDArray[N]:
    """At each state, the least of the values that have entered and not left; anything where none has.

    An event covers states [enter, leave): two overlapping stretches of a power of two. The least of
    each stretch is handed down to its halves, from the longest to single states.
    """
    level = np.frexp((leave - enter).astype(np.float64))[1] - 1
    order = np.argsort(level, kind="stable")
    top = int(level.max(initial=0))
    cuts = np.searchsorted(level[order], np.arange(top + 2))
    none = np.inf if np.issubdtype(value.dtype, np.floating) else np.iinfo(np.int64).max
    least = np.full(states, none, value.dtype)
    for step in range(top, -1, -1):
        if step < top:
            half = 2**step
            before = least.copy()
            np.minimum(least[half:], before[:-half], out=least[half:])
        these = order[cuts[step] : cuts[step + 1]]
        np.minimum.at(least, enter[these], value[these])
        np.minimum.at(least, leave[these] - 2**step, value[these])
    return least
