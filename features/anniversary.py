"""Birthdays of many people at once; who was born on 29 February has them on 1 March in other years."""

import numpy as np
from numpy.typing import NDArray

from features.visible import Instants


def anniversary(start: Instants, years: NDArray[np.int64] | int) -> Instants:
    """`years` after `start`, at the same time of day; microseconds since 1970."""
    moment = start.view("M8[us]")
    month = moment.astype("M8[M]")
    day: NDArray[np.datetime64] = (month + 12 * years).astype("M8[us]") + (moment - month)
    return day.view(np.int64)


def years_between(start: Instants, end: Instants) -> NDArray[np.float64]:
    """Calendar years, such as an age: whole on the anniversary, and a share of the year after it."""
    whole: NDArray[np.int64] = end.view("M8[us]").astype("M8[Y]").astype(np.int64)
    whole -= start.view("M8[us]").astype("M8[Y]").astype(np.int64)
    whole -= anniversary(start, whole) > end
    past, ahead = anniversary(start, whole), anniversary(start, whole + 1)
    into: NDArray[np.float64] = (end - past) / (ahead - past)
    return whole + into
