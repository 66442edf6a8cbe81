"""Aggregates of values: where they lie, how far they spread, where they go.

Sources: average real variability, Mena et al., J Hypertens 2005;23:505. Limits of glucose in range,
Battelino et al., Diabetes Care 2019;42:1593 (limits included).
"""

import numpy as np

from features.aggregate.part import Part
from features.aggregate.series import Floats, reduce
from features.feature import Feature
from features.window import DAY, Back

DAYS_A_YEAR = 365.25
SLOPE_DAYS = 180  # between closer values a yearly change is mostly noise


def first(part: Part) -> Floats:
    return part.rows(part.value[part.head])


def last(part: Part) -> Floats:
    return part.rows(part.value[part.tail])


def last_change(part: Part) -> Floats:
    """The last value less the one before it; missing below two values."""
    later, step = part.later, part.step(part.value)
    return later.rows(step[later.tail])


def last_minus_median(part: Part) -> Floats:
    """How far the last value lies from the person's own middle, the last one included."""
    return part.rows(part.value[part.tail] - part.median)


def lowest(part: Part) -> Floats:
    return part.rows(reduce(np.minimum, part.value, part.head))


def highest(part: Part) -> Floats:
    return part.rows(reduce(np.maximum, part.value, part.head))


def spread(part: Part) -> Floats:
    """The highest less the lowest."""
    return highest(part) - lowest(part)


def total(part: Part) -> Floats:
    """The sum; of nothing it is missing, not 0."""
    return part.rows(part.sum(part.value))


def mean(part: Part) -> Floats:
    return part.rows(part.mean)


def median(part: Part) -> Floats:
    return part.rows(part.median)


def quantile(part: Part, feature: Feature) -> Floats:
    """By linear interpolation between the ranks (type 7 of Hyndman and Fan)."""
    assert feature.quantile is not None  # the declaration sees to it
    place = feature.quantile * (part.number - 1)
    low = np.floor(place).astype(np.intp)
    high = np.minimum(low + 1, part.number - 1)
    below, above = part.ranked[part.head + low], part.ranked[part.head + high]
    return part.rows(below + (place - low) * (above - below))


def mad(part: Part) -> Floats:
    """Median absolute deviation from the median."""
    return part.rows(part.mad)


def std(part: Part) -> Floats:
    """Sample standard deviation (n − 1); missing below two values."""
    several = part.number > 1
    return part.rows(np.where(several, np.sqrt(part.square / np.where(several, part.number - 1, 1)), np.nan))


def cv(part: Part) -> Floats:
    """Standard deviation in % of the mean; missing if the mean is not above 0."""
    middle = part.rows(part.mean)
    return 100 * std(part) / np.where(middle > 0, middle, np.nan)


def arv(part: Part) -> Floats:
    """Mean distance from each value to the next; missing below two values."""
    later = part.later
    return later.rows(later.sum(np.abs(part.step(part.value))) / later.number)


def slope(part: Part, feature: Feature) -> Floats:
    """Change per year: least squares of value on time.

    Missing if less than 180 days, or than half of a window that is shorter than 360, lie between the
    first and the last value.
    """
    part = part.dated
    enough_days = SLOPE_DAYS * DAY
    if isinstance(feature.window, Back):
        enough_days = min(enough_days, (feature.window.days - feature.window.until_days) * DAY // 2)
    enough = part.time[part.tail] - part.time[part.head] >= enough_days
    years = part.days / -DAYS_A_YEAR
    years = years - part.each(part.sum(years) / part.number)
    along, square = part.sum(years * part.deviation), part.sum(years * years)
    return part.rows(np.where(enough, along / np.where(enough, square, 1.0), np.nan))


def fraction(part: Part, feature: Feature) -> Floats:
    """Share of values above, below or within the limits, which count as within.

    In single precision, as events hold their values: 7.8 is not above 7.8.
    """
    assert feature.limits is not None  # the declaration sees to it
    value = part.value.astype(np.float32)
    low, high = np.float32(feature.limits[0]), np.float32(feature.limits[1])
    above, below = value > high, value < low
    chosen = {"fraction_above": above, "fraction_below": below, "fraction_within": ~(above | below)}
    flags = chosen[str(feature.aggregate)].astype(np.float64)
    return part.rows(part.sum(flags) / part.number)
