"""What a rule is, and what evaluating it gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import Literal

from models.manifest import Text

Sex = Literal["F", "M"]

DEFAULT_PRIORITY = 100


@dataclass(frozen=True)
class Condition:
    """One of `any_of` (names of features) is at least, or below, a number in the feature's unit."""

    any_of: tuple[str, ...]
    at_least: float | None = None
    below: float | None = None
    unknown_holds: bool = False  # where nothing known means that there was nothing

    def holds(self, facts: Mapping[str, float | None]) -> bool | None:
        """None: not known, because none that is known fulfils it and some are unknown.

        NaN is unknown too.
        """
        known = [value for name in self.any_of if (value := facts.get(name)) is not None and not isnan(value)]
        if any(self._fulfils(value) for value in known):
            return True
        if len(known) == len(self.any_of):
            return False
        return True if self.unknown_holds else None

    def _fulfils(self, value: float) -> bool:
        if self.at_least is not None and value < self.at_least:
            return False
        return self.below is None or value < self.below


@dataclass(frozen=True)
class Rule:
    """One row of a calendar. Ages are whole years, both ends inclusive: the age reached in the
    calendar year, as order 404н counts it, or with `by_birthday` the age in full years."""

    id: str
    examination: str
    title: Text
    why: Text
    source: str
    codes: tuple[str, ...]
    sex: Sex | None
    from_age: int
    to_age: int
    ages: tuple[int, ...]  # once at each of these ages; empty: from_age to to_age
    every_months: int | None  # None: once
    includes: tuple[str, ...]  # examinations that are part of this one
    valid_from: date
    valid_to: date | None
    priority: int = DEFAULT_PRIORITY  # lower first: what finds the most dangerous treatable disease
    when: tuple[Condition, ...] = ()  # all must hold; one that is not known does not
    by_birthday: bool = False


@dataclass(frozen=True)
class Due:
    """An examination and the day from which it is due.

    Never done: due from the start of this calendar year (or of the first year in which the rule
    applies), and not overdue, because nothing says that it was missed.
    """

    examination: str
    due: date
    overdue: bool
    last_done: date | None
    rule: Rule


Outcome = Literal[
    "due", "later", "other_sex", "sex_unknown", "condition", "condition_unknown", "done", "out_of_range"
]


@dataclass(frozen=True)
class Decision:
    """What one rule says of one person, and why.

    `due`: set if the outcome is "due", or "later" (beyond the days asked about). "out_of_range": the
    ages or the validity of the rule are over before the examination could be due. `missing`: names
    of the facts that an unknown condition needs.
    """

    rule: Rule
    outcome: Outcome
    due: Due | None = None
    missing: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Where the rule is written."""
        return self.rule.source
