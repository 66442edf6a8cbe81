"""Values of the reminders: the clinic that writes, what is due, who got nothing and why."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from clinic.notification.address import one_line, usable_address
from features.error import Problem
from serving.schemas import Recommendations

Ask = Callable[[Sequence[int], datetime], Iterable[Recommendations]]
Progress = Callable[[int, int], None]  # people looked at so far, all people


class ClinicError(Problem):
    """What the clinic says of itself cannot stand in a letter."""


@dataclass(frozen=True)
class Clinic:
    """Who writes, and how to reach it. An empty phone or url is left out of the letters.

    Raises:
        ClinicError: a field cannot stand in a letter.
    """

    name: str
    phone: str
    url: str
    sender: str  # the address that letters come from and answers go to

    def __post_init__(self) -> None:
        if not self.name or self.name != one_line(self.name) or "=?" in self.name or len(self.name) > 120:
            raise ClinicError("The clinic's name must be one line of 1 to 120 signs.")
        if (usable_address(self.sender) or "").lower() != self.sender.lower() or not self.sender:
            raise ClinicError("The clinic's sender must be one e-mail address such as clinic@example.org.")
        if self.phone and not re.fullmatch(r"[0-9+()\-,;./ а-яёa-z№]{3,80}", self.phone, re.IGNORECASE):
            raise ClinicError("The clinic's phone must look like +7 495 000-00-00.")
        if self.url and not re.fullmatch(r"https?://[^\s<>\"'\\]{3,200}", self.url):
            raise ClinicError("The clinic's url must begin with https:// and hold no spaces.")


class Suppression(StrEnum):
    """Why somebody got no letter."""

    NO_CONSENT = "no consent recorded"
    REFUSED = "consent refused"
    NO_EMAIL = "no e-mail"
    BAD_ADDRESS = "address not valid"
    DECEASED = "deceased"
    MINOR = "minor"
    NO_BIRTH_DATE = "birth date not known"
    NOT_ANSWERED = "no recommendation could be made"
    NOTHING_DUE = "nothing due"
    ALREADY_REMINDED = "already reminded"


@dataclass(frozen=True)
class Item:
    """One examination as a letter names it; `why` is None where only a neutral sentence is fit."""

    examination: str
    title: str
    due: date
    overdue: bool
    why: str | None
    personal: bool  # a model chose the date


@dataclass(frozen=True)
class Suppressed:
    """One subject that got no letter in one run."""

    run: int
    subject_id: int
    reason: Suppression


@dataclass(frozen=True)
class Outcome:
    """What one run did: every stored person is either a letter or one suppression."""

    run: int
    letters: tuple[Path, ...]
    suppressed: Mapping[Suppression, int]

    @property
    def written(self) -> int:
        return len(self.letters)
