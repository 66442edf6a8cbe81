"""Aggregates of when: gaps between events, and hours of the day on the circle of 24.

The mean hour of 23 and 1 is 0, not 12. Circular standard deviation √(−2 ln R) for R the length of
the mean vector (Mardia, Jupp: Directional Statistics, 2000, section 2.3), in hours.
"""

import numpy as np

from features.aggregate.part import Part
from features.aggregate.series import Floats, reduce
from features.window import DAY, HOUR

TURN = 2 * np.pi / 24  # radians an hour
POINTLESS = 1e-9  # a mean vector as short as this has no direction


def longest_gap(part: Part) -> Floats:
    """Days between an event and the next, at most; missing below two dated events."""
    later, gap = _gaps(part)
    return later.rows(reduce(np.maximum, gap, later.head))


def median_gap(part: Part) -> Floats:
    """Days between an event and the next, in the middle; missing below two dated events."""
    later, gap = _gaps(part)
    return later.rows(later.middle(gap))


def clock_mean(part: Part) -> Floats:
    """Local time of day, in hours."""
    part = part.dated
    return _mean_hour(part, _clock(part))


def clock_std(part: Part) -> Floats:
    """How irregular the local time of day is, in hours; missing below two events."""
    part = part.dated
    return _hour_std(part, _clock(part))


def hour_mean(part: Part) -> Floats:
    """Of values that are hours of the day."""
    return _mean_hour(part, part.value)


def hour_std(part: Part) -> Floats:
    """Of values that are hours of the day; missing below two values."""
    return _hour_std(part, part.value)


def _gaps(part: Part) -> tuple[Part, Floats]:
    part = part.dated
    return part.later, part.step(part.time) / DAY


def _clock(part: Part) -> Floats:
    hour: Floats = part.series.people.local(part.row, part.time) % DAY / HOUR
    return hour


def _vector(part: Part, hour: Floats) -> tuple[Floats, Floats]:
    angle = hour * TURN
    return part.sum(np.cos(angle)) / part.number, part.sum(np.sin(angle)) / part.number


def _mean_hour(part: Part, hour: Floats) -> Floats:
    x, y = _vector(part, hour)
    mean = np.arctan2(y, x) / TURN % 24
    mean[mean >= 24] = 0.0  # what of a hair below 0 rounding has left
    return part.rows(np.where(np.hypot(x, y) > POINTLESS, mean, np.nan))


def _hour_std(part: Part, hour: Floats) -> Floats:
    x, y = _vector(part, hour)
    length = np.clip(np.hypot(x, y), POINTLESS, 1.0)
    return part.rows(np.where(part.number > 1, np.sqrt(-2 * np.log(length)) / TURN, np.nan))
