"""Where a feature looks: windows of time, hours of the day, days that pass a quality gate.

A window is placed for each row (subject, prediction time T) from what that row may see, and never
reaches past T. Where it cannot be placed (no such event yet, birth unknown, age not reached) every
aggregate is missing, counts too: nothing is known is not the same as nothing happened.
"""

from dataclasses import dataclass
from typing import Literal

from features.codes import CodeGroup

DAY = 86_400_000_000  # microseconds
HOUR = DAY // 24


class WindowError(ValueError):
    """A window, a part of the day or a gate that can hold nothing."""


@dataclass(frozen=True)
class Back:
    """(T − `days`, T − `until_days`]: open at its start, closed at its end."""

    days: int
    until_days: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.until_days < self.days:
            raise WindowError(
                f"a window back from {self.days} to {self.until_days} days is no positive number of days"
            )

    def __str__(self) -> str:
        return f"{self.days}…{self.until_days}" if self.until_days else str(self.days)


@dataclass(frozen=True)
class Between:
    """[start, end], both instants included, so what is recorded with the event itself counts.

    Without `end`: from the latest `start` event to T. With it: the latest `end` event, and the latest
    `start` event at or before it (the last stay that has ended). `first`: from the earliest `start`
    event on, to the earliest `end` event at or after it, or to T.
    """

    start: CodeGroup
    end: CodeGroup | None = None
    first: bool = False

    def __str__(self) -> str:
        which = "first" if self.first else "last"
        return f"{which} {self.start.name} to {'T' if self.end is None else self.end.name}"


@dataclass(frozen=True)
class Age:
    """From the birthday `start` (included) to the birthday `end` (excluded) or T, in full years.

    Who is born on 29 February has birthdays on 1 March in other years.
    """

    start: int = 0
    end: int | None = None

    def __post_init__(self) -> None:
        if self.start < 0 or (self.end is not None and self.end <= self.start):
            raise WindowError(f"ages from {self.start} to {self.end} hold no year of life")

    def __str__(self) -> str:
        return f"age {self.start} to {'T' if self.end is None else self.end}"


Window = Back | Between | Age


@dataclass(frozen=True)
class Hours:
    """Local hours of the day, from `start` (included) to `end` (excluded); 22 to 6 goes over midnight."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < 24 and 0 <= self.end <= 24) or self.start == self.end:
            raise WindowError(f"hours from {self.start} to {self.end} are no part of a day")

    def __str__(self) -> str:
        return f"{self.start:02}–{self.end:02} h"


@dataclass(frozen=True)
class Gate:
    """Only local days count on which `codes` reach `at_least`: `of` their values, or how many there are.

    A day on which the gate says nothing does not pass. In the unit of `codes`.
    """

    codes: CodeGroup
    at_least: float
    of: Literal["max", "sum", "count"] = "max"

    def __post_init__(self) -> None:
        if self.of != "count" and self.codes.unit is None:
            raise WindowError(f"a gate on {self.codes.name} needs a unit, or `of` its count")

    def __str__(self) -> str:
        return f"days with {self.codes.name} {self.of} ≥ {self.at_least:g}"
