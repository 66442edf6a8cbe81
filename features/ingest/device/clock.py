"""What a device's clock says, many times at once: `2023-11-20 19:26:08 +0100` to UTC and the offset.

All of a text is read by arithmetic on its bytes, for a general parser costs more than the whole rest of
reading an export; what is not written in this one form goes to a general parser, one by one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
NEVER = -(2**62)  # stands for a time that cannot be read
WIDTH = 25
_ZERO = ord("0")
_FORM = np.frombuffer(b"0000-00-00 00:00:00 +0000", dtype=np.uint8)
_DIGIT = np.flatnonzero(_FORM == _ZERO)
_MARK = np.array([4, 7, 10, 13, 16, 19])
_MONTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
SECOND, DAY = 1_000_000, 86_400


def instants(texts: Sequence[str]) -> tuple[Ints, Ints]:
    """`(instant, offset)`: microseconds since 1970 in UTC (`NEVER`: not a time), seconds east of UTC."""
    count = len(texts)
    joined = "".join(texts).encode("utf-8", "replace")
    if len(joined) == WIDTH * count and set(map(len, texts)) == {WIDTH}:
        cells = np.frombuffer(joined, dtype=np.uint8).reshape(count, WIDTH)
        return _fixed(cells, texts)
    found, offsets = np.full(count, NEVER), np.zeros(count, dtype=np.int64)
    for place, text in enumerate(texts):
        found[place], offsets[place] = instant(text)
    return found, offsets


def _fixed(cells: npt.NDArray[np.uint8], texts: Sequence[str]) -> tuple[Ints, Ints]:
    digits = cells.T[_DIGIT].astype(np.int16) - _ZERO
    sign = cells[:, 20]
    good = ((digits >= 0) & (digits <= 9)).all(axis=0) & (cells[:, _MARK] == _FORM[_MARK]).all(axis=1)
    good &= (sign == ord("+")) | (sign == ord("-"))
    d = digits.astype(np.int64)
    year = d[0] * 1000 + d[1] * 100 + d[2] * 10 + d[3]
    month, day = d[4] * 10 + d[5], d[6] * 10 + d[7]
    hour, minute, second = d[8] * 10 + d[9], d[10] * 10 + d[11], d[12] * 10 + d[13]
    offset = (d[14] * 10 + d[15]) * 3600 + (d[16] * 10 + d[17]) * 60
    offset = np.where(sign == ord("-"), -offset, offset)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = _MONTH[np.clip(month, 0, 12)] + (leap & (month == 2))
    good &= (month >= 1) & (month <= 12) & (day >= 1) & (day <= last) & (year >= 1)
    good &= (hour < 24) & (minute < 60) & (second < 60) & (np.abs(offset) <= 18 * 3600)
    days = _days(year, month, day)
    found = (days * DAY + hour * 3600 + minute * 60 + second - offset) * SECOND
    for place in np.flatnonzero(~good).tolist():  # another form of the same length, or no time
        found[place], offset[place] = instant(texts[place])
    return found, offset


def _days(year: Ints, month: Ints, day: Ints) -> Ints:
    """Days since 1970-01-01 in the Gregorian calendar, counted from 1 March so that leap days come last."""
    year = year - (month <= 2)
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    found: Ints = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
    return found


def instant(text: str, zone: tzinfo | None = None) -> tuple[int, int]:
    """As `instants`, for one text in ISO 8601 or in the form above.

    Args:
        zone: where a time without an offset was written down; None: such a time cannot be judged.
    """
    try:
        head, _, tail = text.strip().partition(" ")
        if " " in tail:  # an offset apart from the time
            tail = tail.replace(" ", "", 1)
        moment = datetime.fromisoformat(f"{head}T{tail}" if tail else head)
        return of(moment, zone)
    except (ValueError, OverflowError):
        return NEVER, 0


def of(moment: datetime, zone: tzinfo | None = None) -> tuple[int, int]:
    """`(instant, offset)` of a moment; see `instant`."""
    if moment.tzinfo is None:
        if zone is None:
            return NEVER, 0
        moment = moment.replace(tzinfo=zone)
    offset = moment.utcoffset()
    seconds = round(offset.total_seconds()) if offset is not None else 0
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return round((utc - datetime(1970, 1, 1)).total_seconds() * SECOND), seconds  # noqa: DTZ001 - both UTC
