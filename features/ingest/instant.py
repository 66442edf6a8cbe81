"""FHIR dates and instants as microseconds since 1970 in UTC.

A full date is its 00:00; a month or a year is its last day, so that nothing is seen before it
surely happened. A time without a zone, which FHIR forbids but senders write, is taken as UTC.
"""

from calendar import monthrange
from datetime import UTC, date, datetime
from functools import lru_cache

from features.ingest import reason
from features.ingest.reason import Unusable

EARLIEST = -2_208_988_800_000_000  # 1900-01-01
DAY = 86_400_000_000


@lru_cache(maxsize=1 << 16)
def instant(text: str) -> int:
    """Microseconds since 1970-01-01T00:00Z.

    Raises:
        Unusable: no such date, or before 1900.
    """
    try:
        size = len(text)
        if size > 10:
            if text[10] not in "T ":
                raise ValueError
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
        else:
            day = _day(text, size)
            moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
        found = round(moment.timestamp() * 1_000_000)
    except (ValueError, OverflowError, TypeError):
        raise Unusable(reason.IMPOSSIBLE_DATE) from None
    if found < EARLIEST:
        raise Unusable(reason.TOO_OLD)
    return found


def _day(text: str, size: int) -> date:
    if size == 10:
        return date.fromisoformat(text)
    if size == 7 and text[4] == "-":
        year, month = int(text[:4]), int(text[5:])
        return date(year, month, monthrange(year, month)[1])
    if size == 4:
        return date(int(text), 12, 31)
    raise ValueError


def birth_date(text: str) -> date:
    """A birth date; of a month the 15th, of a year 1 July: the middle errs least.

    Raises:
        Unusable: no such date, or before 1900.
    """
    try:
        if len(text) == 4:
            found = date(int(text), 7, 1)
        elif len(text) == 7:
            found = date(int(text[:4]), int(text[5:]), 15)
        else:
            found = date.fromisoformat(text[:10])
    except (ValueError, TypeError):
        raise Unusable(reason.IMPOSSIBLE_DATE) from None
    if found.year < 1900:
        raise Unusable(reason.TOO_OLD)
    return found
