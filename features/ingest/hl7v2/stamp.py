"""Times of HL7 v2 (YYYY[MM[DD[HH[MM[SS[.S…]]]]]][±ZZZZ]) as microseconds since 1970 in UTC.

As everywhere, what has only a date happened during that day and counts from its end; see
`features.ingest.instant.clinical`. A time without an offset is of the zone that the message has.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from features.ingest import reason
from features.ingest.instant import EARLIEST, birth_date, clinical
from features.ingest.reason import Unusable

_FORM = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6})\d*)?)?)?)?)?)?([+-]\d{4})?"
)
_OFFSET = re.compile(r"[+-]\d{4}$")
_HOUR = 3_599_000_000  # to its last second


def offset(text: str) -> tzinfo | None:
    """The zone that a time names; None if it names none."""
    match = _OFFSET.search(text)
    if not match:
        return None
    minutes = int(match[0][1:3]) * 60 + int(match[0][3:])
    if minutes >= 24 * 60:
        return None
    return timezone(timedelta(minutes=-minutes if match[0][0] == "-" else minutes))


@lru_cache(maxsize=1 << 16)
def moment(text: str, zone: tzinfo, latest: int, stated: int | None = None) -> int:
    """When something of which `text` is the time had happened. Microseconds since 1970.

    Args:
        zone: of a time without an offset.
        latest: what begins later is in the future.
        stated: when it was written down.

    Raises:
        Unusable: no time of HL7, no such date, before 1900 or in the future.
    """
    match = _FORM.fullmatch(text.strip())
    if not match:
        raise Unusable(reason.IMPOSSIBLE_DATE)
    year, month, day, hour, minute, second, part, _ = match.groups()
    if hour is None:
        return clinical("-".join(p for p in (year, month, day) if p), latest, stated)
    try:
        when = datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute or 0),
            int(second or 0),
            int((part or "0").ljust(3, "0")[:3]) * 1000,  # a millisecond is enough; see `result`
            tzinfo=offset(text.strip()) or zone,
        )
        found = (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise Unusable(reason.IMPOSSIBLE_DATE) from None
    if minute is None:
        found += _HOUR
    if found < EARLIEST:
        raise Unusable(reason.TOO_OLD)
    if found > latest:
        raise Unusable(reason.FUTURE)
    return found


@lru_cache(maxsize=1 << 14)
def born(text: str) -> date:
    """A birth date, from a date or a time of which only the day counts.

    Raises:
        Unusable: no such date, or before 1900.
    """
    match = _FORM.fullmatch(text.strip())
    if not match:
        raise Unusable(reason.IMPOSSIBLE_DATE)
    return birth_date("-".join(part for part in match.groups()[:3] if part))
