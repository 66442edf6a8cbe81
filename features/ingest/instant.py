"""FHIR dates and instants as microseconds since 1970 in UTC.

`instant` takes a full date as its 00:00 and a month or a year as its last day. `clinical` takes each of
them as its last second, so that nothing is seen before it surely happened. A time without a zone, which
FHIR forbids but senders write, is taken as UTC.
"""

from calendar import monthrange
from datetime import UTC, date, datetime
from functools import lru_cache

from features.ingest import reason
from features.ingest.reason import Unusable

EARLIEST = -2_208_988_800_000_000  # 1900-01-01
DAY, SECOND = 86_400_000_000, 1_000_000


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


def clinical(text: str, latest: int, stated: int | None = None) -> int:
    """When something of which `text` is the date was surely over: a day, a month or a year at 23:59:59
    of its last day, but no later than it was written down, nor than now. Microseconds since 1970.

    Args:
        latest: a day after now; what begins later is in the future.
        stated: when it was written down.

    Raises:
        Unusable: no such date, before 1900 or in the future.
    """
    found = instant(text)
    if len(text) > 10:
        if found > latest:
            raise Unusable(reason.FUTURE)
        return found
    begins = found if len(text) == 10 else instant(f"{text}-01" if len(text) == 7 else f"{text}-01-01")
    if begins > latest:
        raise Unusable(reason.FUTURE)
    bounds = [found + DAY - SECOND, latest - DAY]
    if stated is not None and stated >= begins:
        bounds.append(stated)
    return min(bounds)


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


def naive(time: int) -> datetime:
    """The UTC instant, without a zone mark, as events hold it."""
    return datetime.fromtimestamp(time / 1_000_000, UTC).replace(tzinfo=None)
