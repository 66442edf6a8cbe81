"""The wall clock of a person, where an hour or a day is meant as people live it.

Events are UTC. What the clock beside the person shows is, first, by the last `UTC_OFFSET` event of the
person at or before the instant (value in minutes east of UTC: devices record it, and it changes with a
journey); else by the clinic's zone, `SMARTCLINIC_ZONE` of the environment; else UTC.
"""

import os
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.codes import CodeGroup
from features.error import Problem
from features.visible import Instants

UTC_OFFSET = CodeGroup("utc_offset", ("UTC_OFFSET",), "min")
MINUTE = 60_000_000  # microseconds


class UnknownZone(Problem):
    """The clinic's zone is not one of the tz database."""


@cache
def clinic_zone() -> str:
    """The zone of the environment, checked; UTC without one.

    Raises:
        UnknownZone: there is no such zone.
    """
    name = os.environ.get("SMARTCLINIC_ZONE") or "UTC"
    try:
        return ZoneInfo(name).key
    except (ValueError, KeyError, OSError):
        raise UnknownZone(
            f"SMARTCLINIC_ZONE says {name}, which is no time zone: write one like Europe/Moscow."
        ) from None


def wall(time: Instants, zone: str) -> Instants:
    """What clocks of `zone` show at these instants, as microseconds since 1970."""
    if zone == "UTC":
        return time
    utc = pl.Series(time.view("M8[us]")).dt.replace_time_zone("UTC")
    shown = utc.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    found: Instants = shown.to_numpy().view(np.int64)
    return found


def shifted(
    row: NDArray[np.intp],
    time: Instants,
    offset_row: NDArray[np.intp],
    offset_time: Instants,
    minutes: NDArray[np.float64],
    zone: str,
) -> Instants:
    """What the clock beside each person shows at (row, time).

    Args:
        row, time: in any order.
        offset_row, offset_time, minutes: the offsets that each row sees, by row, the oldest first.
    """
    shown = wall(time, zone)
    if not len(offset_row):
        return shown
    # One after another by row and time, an offset before what happened at its instant.
    offsets = len(offset_row)
    order = np.lexsort((np.concatenate([offset_time, time]), np.concatenate([offset_row, row])))
    is_offset = order < offsets
    latest = np.maximum.accumulate(np.where(is_offset, order, -1))[~is_offset]
    entry = order[~is_offset] - offsets
    own = (latest >= 0) & (offset_row[latest] == row[entry])
    entry, latest = entry[own], latest[own]
    shown = shown.copy()  # in UTC it is `time` itself
    shown[entry] = time[entry] + (minutes[latest] * MINUTE).astype(np.int64)
    return shown
