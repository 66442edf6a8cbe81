"""Offsets as task files write them: `24h`, `30 days`, `1d 12h`, `1:30:00`.

A clock of two parts is minutes and seconds, of three hours too, of four days too, as ACES reads it.
Months and years are no fixed time and are not known.
"""

import re
from decimal import Decimal, InvalidOperation

SECOND = 1_000_000
LONGEST = 1_000 * 366 * 86_400 * SECOND  # a thousand years: more is a slip of the pen
_SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
_UNITS = {
    "weeks": "w|wks?|weeks?",
    "days": "d|dys?|days?",
    "hours": "h|hrs?|hours?",
    "minutes": "m|mins?|minutes?",
    "seconds": "s|secs?|seconds?",
}
_PART = {name: rf"(?:(?P<{name}>[\d.]+)\s*(?:{unit})\s*(?:[,/]\s*)?)?" for name, unit in _UNITS.items()}
_CLOCK = r"(?:(?P<h>\d+):)?(?P<m>\d{1,2})?:(?P<s>\d{2}(?:\.\d+)?)"
_WORDS = re.compile(r"\s*".join(_PART.values()), re.IGNORECASE)
_DAYS_AND_CLOCK = re.compile(rf"{_PART['weeks']}\s*{_PART['days']}\s*{_CLOCK}", re.IGNORECASE)
_FOUR_PARTS = re.compile(r"(?P<days>\d+):(?P<h>\d{2}):(?P<m>\d{2}):(?P<s>\d{2}(?:\.\d+)?)")
_OF_CLOCK = {"h": "hours", "m": "minutes", "s": "seconds"}


def microseconds(text: str) -> int:
    """The length of time that `text` says, without a sign, in microseconds.

    Raises:
        ValueError: it says none, or more than a thousand years.
    """
    text = text.strip()
    for form in (_WORDS, _DAYS_AND_CLOCK, _FOUR_PARTS):
        match = form.fullmatch(text) if text else None
        if match is None:
            continue
        try:
            seconds = sum(
                (
                    Decimal(number) * _SECONDS[_OF_CLOCK.get(unit, unit)]
                    for unit, number in match.groupdict().items()
                    if number
                ),
                Decimal(0),
            )
        except InvalidOperation:
            break
        if seconds * SECOND > LONGEST:
            raise ValueError("is longer than a thousand years")
        return int(seconds * SECOND)
    raise ValueError(
        "is no length of time: write it in weeks, days, hours, minutes or seconds, as 24h or 30 days"
    )
