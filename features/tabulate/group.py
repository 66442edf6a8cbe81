"""One group of patients: their events to runs, the runs to rows of the matrix."""

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.tabulate.aggregate import CODE, VALUE, Family
from features.tabulate.error import Miscounted
from features.tabulate.matrix import Writer
from features.tabulate.sight import Events, Rows
from features.tabulate.state import Runs, Seen, runs
from features.tabulate.window import Window
from features.visible import NEVER

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """One window of one family, and where it is written. A static fact knows no window."""

    family: Family
    window: Window | None
    writer: Writer


@dataclass(frozen=True)
class _Sorted:
    """Events of one family, by patient and column, in their order within."""

    key: Ints
    subject: Ints
    time: Ints
    until: Ints
    first: Ints
    number: NDArray[np.float32]


def write(events: Events, rows: Rows, parts: Iterable[Part], pool: Executor) -> int:
    """Add the rows of a group to each part; returns how many events at least one row sees.

    Raises:
        Miscounted: a written matrix does not hold exactly the events that its rows see.
    """
    ones = list(parts)
    columns = {part.family.name: part.writer.columns for part in ones}
    ready = dict(
        zip(columns, pool.map(lambda name: _sorted(events, rows, name, columns[name]), columns), strict=True)
    )
    seen = dict.fromkeys(columns, 0)
    for part, number in zip(
        ones, pool.map(lambda part: _add(ready[part.family.name], rows, part), ones), strict=True
    ):
        seen[part.family.name] = max(seen[part.family.name], number)
    # An event with a number is an event of its code as well.
    return sum(number for name, number in seen.items() if not (name == VALUE and CODE in seen))


def _sorted(events: Events, rows: Rows, family: str, columns: int) -> _Sorted:
    column = events.column[family]
    chosen = np.flatnonzero(column >= 0)
    key = events.subject[chosen] * columns + column[chosen]
    order = np.argsort(key, kind="stable")
    chosen = chosen[order]
    subject, since = events.subject[chosen], events.since[chosen]
    return _Sorted(
        key[order],
        subject,
        events.time[chosen],
        events.until[chosen],
        rows.place(subject, since),
        events.number[chosen],
    )


def _add(events: _Sorted, rows: Rows, part: Part) -> int:
    seen = _seen(events, rows, part.window)
    before = part.writer.counted
    found = runs(seen, len(rows.time), part.family.aggregates) if len(seen.key) else _nothing(part)
    part.writer.add(found, len(rows.time))
    if part.writer.counted - before != int((seen.last - seen.first).sum()):
        raise Miscounted(
            f"{part.family.name}: events in and events counted differ; this is a fault of tabulate."
        )
    return len(seen.key)


def _seen(events: _Sorted, rows: Rows, window: Window | None) -> Seen:
    until = events.until
    if window is not None and window.span is not None:
        until = np.minimum(until, events.time + window.span)
    last = rows.place(events.subject, until) if (until != NEVER).any() else rows.end(events.subject)
    found = Seen(events.key, events.first, last, events.number)
    return found.only(events.first < last)


def _nothing(part: Part) -> Runs:
    none = np.empty(0, np.int64)
    return Runs(none, none, none, dict.fromkeys(("count", *part.family.aggregates), none))
