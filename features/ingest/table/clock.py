"""Times on the clocks of a zone → UTC."""

from datetime import tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from features.ingest.table.moment import DAY, NONE, Flags, Micros

_HOUR, _YEAR = 3_600_000_000, 8_766  # microseconds, hours


def zone_name(zone: tzinfo) -> str:
    """The name of a zone in the IANA database; UTC for one that has no name there."""
    return zone.key if isinstance(zone, ZoneInfo) else "UTC"


def utc(local: Micros, aware: Flags, zone: str) -> Micros:
    """The same instants in UTC; `NONE` for a time that the clocks of the zone left out.

    By the offset of each hour, looked up once a year; hours in which the offset changes go one by one.
    """
    if zone == "UTC" or not len(local):
        return local
    real = local != NONE
    if not real.any():
        return local
    hours = local // _HOUR
    first = int(hours.min() if real.all() else hours[real].min())
    last = int(hours.max())
    if last - first > 4 * len(local) + 1_000_000:
        shifted = _by_clock(local, zone)
    else:
        offsets = _offsets(zone, first // _YEAR, last // _YEAR)
        place = hours - first // _YEAR * _YEAR
        found = offsets[place if real.all() else np.where(real, place, 0)]
        shifted = local - found
        odd = (found == NONE) | ~real
        if odd.any():
            shifted[odd] = _by_clock(local[odd], zone)
    return np.where(aware, local, shifted) if aware.any() else shifted


@lru_cache(maxsize=64)
def _offsets(zone: str, first: int, last: int) -> Micros:
    """The offset of the clocks in each hour of some years (of 8,766 hours); `NONE` where it changes."""
    begins = np.arange(first * _YEAR, (last + 1) * _YEAR, dtype=np.int64) * _HOUR
    early, late = (local - _by_clock(local, zone) for local in (begins, begins + _HOUR - 1))
    steady = (early == late) & (np.abs(early) < DAY)
    return np.where(steady, early, NONE)


def _by_clock(local: Micros, zone: str) -> Micros:
    there = pl.Series(local, dtype=pl.Int64)
    there = there.set(pl.Series(local == NONE), None) if (local == NONE).any() else there
    found: Micros = (
        there.cast(pl.Datetime("us"))
        .dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None)
        .to_physical()
        .fill_null(NONE)
        .to_numpy()
    )
    return found
