"""The last value against the person's own earlier ones: set point and reference change value.

One engine for laboratory results and wearable days; what is natural for an analyte is in
features/variation.py. Judged is the last value of the window; the earlier ones lie before its
instant, so that a repeat of one result is not its own evidence.

- set point: median of the earlier values; spread: 1.4826 · MAD of them, at least the analytical
  variation; z: (last − set point) / spread.
- change: from the value before to the last, in reference change values √2 · 1.96 · √(CVA² + CVI²)
  (Harris, Yasaka: Clin Chem 1983;29:25; Fraser, Harris 1989). Beyond ±1 chance alone explains less
  than 5 % of such changes.
- skewed analytes: the same on the logarithm, σ² = ln(1 + CVA² + CVI²) (Fokkema et al. 2006, as later
  papers quote it), which makes the limits up and down unequal; values that are not above 0 cannot be
  judged and are left out.
"""

import numpy as np

from features.aggregate.part import Part
from features.aggregate.series import Floats
from features.feature import Feature
from features.variation import VARIATION, Variation

NORMAL_MAD = 1.4826  # MAD of a normal distribution to its standard deviation
Z_95 = 1.96  # two-sided
EARLIER = 3  # values that make a set point


def set_point(part: Part, feature: Feature) -> Floats:
    """The usual value, in the group's unit."""
    _, earlier, varies = _judged(part, feature, EARLIER)
    middle = earlier.median
    return earlier.rows(np.exp(middle) if varies.skewed else middle)


def set_point_spread(part: Part, feature: Feature) -> Floats:
    """What one robust z is, upwards from the set point, in the group's unit."""
    _, earlier, varies = _judged(part, feature, EARLIER)
    spread = _spread(earlier, varies)
    return earlier.rows(np.exp(earlier.median) * np.expm1(spread) if varies.skewed else spread)


def set_point_z(part: Part, feature: Feature) -> Floats:
    """How many spreads the last value lies above (or below, negative) the set point."""
    last, earlier, varies = _judged(part, feature, EARLIER)
    spread = _spread(earlier, varies)
    away = last[earlier.filled] - earlier.median
    return earlier.rows(away / np.where(spread > 0, spread, np.nan))


def rcv_change(part: Part, feature: Feature) -> Floats:
    """The last change in reference change values; negative: downwards."""
    last, earlier, varies = _judged(part, feature, 1)
    before, now = earlier.value[earlier.tail], last[earlier.filled]
    cv2 = (varies.within**2 + varies.analytical**2) / 100**2
    if varies.skewed:
        return earlier.rows((now - before) / (np.sqrt(2) * Z_95 * np.sqrt(np.log1p(cv2))))
    share = (now - before) / np.where(before > 0, before, np.nan)
    return earlier.rows(share / (np.sqrt(2) * Z_95 * np.sqrt(cv2)))


def rcv_direction(part: Part, feature: Feature) -> Floats:
    """1 up, −1 down, 0: the change is within what chance explains."""
    change = rcv_change(part, feature)
    return np.where(np.abs(change) > 1, np.sign(change), np.where(np.isnan(change), np.nan, 0.0))


def _judged(part: Part, feature: Feature, least: int) -> tuple[Floats, Part, Variation]:
    """The last value by row; the earlier ones of rows that have enough of them; what is natural.

    Values of skewed analytes are logarithms.
    """
    assert feature.codes is not None  # a declaration with an aggregate has codes
    varies = VARIATION[feature.codes.name]
    if varies.skewed:
        part = part.logarithm
    last, earlier = part.rows(part.value[part.tail]), part.earlier
    enough = earlier.count >= (feature.at_least or least)
    return last, earlier if enough[earlier.filled].all() else earlier.where(enough[earlier.row]), varies


def _spread(earlier: Part, varies: Variation) -> Floats:
    """Robust standard deviation of each row, not below the analytical one."""
    middle = earlier.median
    robust = NORMAL_MAD * earlier.mad
    share = varies.analytical / 100
    least = np.full(len(middle), np.sqrt(np.log1p(share**2))) if varies.skewed else share * np.abs(middle)
    return np.maximum(robust, least)
