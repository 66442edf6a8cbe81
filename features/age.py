"""Ages in full years."""

from datetime import date


def age(birth: date, day: date) -> int:
    """Full years on `day`. Born on 29 February: a year older on 1 March in other years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
