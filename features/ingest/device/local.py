"""Times on a wall clock, many at once, to UTC: what tables write, who do not say their offset."""

from datetime import tzinfo

import numpy as np
import numpy.typing as npt
import polars as pl

from features.ingest.device.clock import NEVER, instant, of

USUAL = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%Y-%m-%d",
)
_MICRO = pl.Datetime("us")


def moments(
    column: pl.Series, zone: tzinfo, order: tuple[str, ...] = ()
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """`(instant, offset)`: microseconds since 1970 in UTC (`NEVER`: no time), seconds east of UTC.

    Args:
        column: texts, dates or datetimes without a zone.
        zone: where they were written down.
        order: forms to be tried before the usual ones; the first that fits a text holds.
    """
    wall = _wall(column, order)
    local = wall.to_physical().fill_null(NEVER).to_numpy()
    name = getattr(zone, "key", None) or ("UTC" if str(zone) == "UTC" else None)
    if name:
        zoned = wall.dt.replace_time_zone(name, ambiguous="earliest", non_existent="null")
        utc = zoned.dt.convert_time_zone("UTC").to_physical().fill_null(NEVER).to_numpy(writable=True)
    else:
        utc = np.full(len(wall), NEVER)
    offset = np.where(utc == NEVER, 0, (local - utc) // 1_000_000).astype(np.int32)
    for place in np.flatnonzero(utc == NEVER).tolist():  # with an offset, in the hour left out, or no time
        said = column[place]
        if wall[place] is not None:
            utc[place], offset[place] = of(wall[place], zone)
        elif isinstance(said, str):
            utc[place], offset[place] = instant(said, zone)
    return utc, offset


def _wall(column: pl.Series, order: tuple[str, ...]) -> pl.Series:
    """The times as they stand there."""
    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        return column.cast(_MICRO)
    text = column.cast(pl.String).str.strip_chars()
    found = pl.Series([None], dtype=_MICRO).new_from_index(0, len(text))
    for form in (*order, *USUAL):
        if not found.null_count():
            break
        if "%H" in form or "%I" in form:
            read = text.str.to_datetime(form, strict=False, time_unit="us")
        else:
            read = text.str.to_date(form, strict=False).cast(_MICRO)
        found = found.fill_null(read)
    return found
