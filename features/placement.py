"""Windows placed for each row: between which two instants it looks."""

from dataclasses import dataclass

import numpy as np

from features.aggregate.part import Part, cut, whole
from features.aggregate.series import Flags, Series
from features.anniversary import anniversary
from features.day import dated
from features.visible import ALWAYS, NEVER, Instants
from features.window import DAY, Age, Back


@dataclass(frozen=True, eq=False)
class Placement:
    """By row (after, until]; no `until` is the prediction time. `known`: where it could be placed."""

    after: Instants
    until: Instants | None = None
    known: Flags | None = None

    def part(self, series: Series) -> Part:
        """What of a series lies inside."""
        return cut(series, self.after, self.until)


def back(window: Back, moments: Instants) -> Placement:
    until = moments - window.until_days * DAY if window.until_days else None
    return Placement(moments - window.days * DAY, until)


def age(window: Age, moments: Instants, birth: Instants) -> Placement:
    known = birth != ALWAYS
    born = np.where(known, birth, moments)
    start = anniversary(born, window.start)
    known &= start <= moments
    end = None if window.end is None else anniversary(born, window.end) - 1
    return _placed(start, end, known)


def between(start: Series, end: Series | None, first: bool) -> Placement:
    """Args: the events of the window's two groups; no `end`: to the prediction time."""
    opening = whole(dated(start))
    if end is None:
        edge = opening.head if first else opening.tail
        begin = _by_row(opening, opening.time[edge])
        return _placed(begin, None, begin != ALWAYS)
    closing = whole(dated(end))
    if first:
        begin = _by_row(opening, opening.time[opening.head])
        after = closing.where(closing.time >= begin[closing.row])
        finish = _by_row(after, after.time[after.head])
    else:
        finish = _by_row(closing, closing.time[closing.tail])
        before = opening.where(opening.time <= finish[opening.row])
        begin = _by_row(before, before.time[before.tail])
    return _placed(begin, finish, (begin != ALWAYS) & (finish != ALWAYS))


def _placed(start: Instants, end: Instants | None, known: Flags) -> Placement:
    """[start, end] where known, and nothing elsewhere."""
    after = np.where(known, start - 1, NEVER)
    return Placement(after, end, None if known.all() else known)


def _by_row(part: Part, of_filled: Instants) -> Instants:
    out = np.full(len(part.count), ALWAYS)
    out[part.filled] = of_filled
    return out
