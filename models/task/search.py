"""Looking up moments of many subjects at once: by time, by event, and counts between."""

import numpy as np

from models.task.timeline import Integers, Timeline


def place(line: Timeline, subject: Integers, at: Integers, after: bool) -> Integers:
    """For each row the subject's first moment at or after `at` (only after it, if `after`); its `stop` if
    there is none. Bisection of all rows at once, each within its subject."""
    low, high = line.begin[subject].copy(), line.stop[subject].copy()
    last = max(len(line.time) - 1, 0)
    while (open_ := low < high).any():
        middle = np.minimum((low + high) // 2, last)
        behind = line.time[middle] <= at if after else line.time[middle] < at
        low = np.where(open_ & behind, middle + 1, low)
        high = np.where(open_ & ~behind, middle, high)
    return low


def nearest(
    line: Timeline, event: str, subject: Integers, at: Integers, backward: bool, same: bool
) -> tuple[Integers, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The time of the nearest such event from `at` on, or back, and whether there is one.

    `same`: an event at `at` itself counts.
    """
    happened = line.counts[event] > 0
    many = len(happened)
    index = np.arange(many)
    if backward:
        before = np.maximum.accumulate(np.append(-1, np.where(happened, index, -1)))
        found = before[place(line, subject, at, after=same)]  # the last one before that place
        there = found >= line.begin[subject]
    else:
        following = np.append(np.where(happened, index, many), many)
        following = np.minimum.accumulate(following[::-1])[::-1]
        found = following[place(line, subject, at, after=not same)]
        there = found < line.stop[subject]
    time = np.zeros(len(at), np.int64)
    time[there] = line.time[found[there]]
    return time, there


def counted(
    line: Timeline,
    predicate: str,
    subject: Integers,
    span: tuple[Integers, Integers],
    closed: tuple[bool, bool],
) -> Integers:
    """How often in each row's span; `closed`: whether its start and its end belong to it."""
    upto = np.append(0, np.cumsum(line.counts[predicate]))
    begin = place(line, subject, span[0], after=not closed[0])
    stop = place(line, subject, span[1], after=closed[1])
    return np.asarray(np.maximum(upto[np.maximum(stop, begin)] - upto[begin], 0))
