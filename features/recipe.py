"""How the columns of a table come about, step by step, worked out once: which series are made of
which, which windows are placed by which events, which column sums up which part.

Steps name each other by number, so that making a table looks nothing up by name.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from features import schema
from features.answer import ANSWERS
from features.clock import UTC_OFFSET
from features.codes import CodeGroup
from features.feature import Daily, Feature
from features.window import DAY, Age, Back, Between, Gate, Hours, Window

ALL_TIME = 3 * 2**61  # reaches from any prediction time to before `visible.ALWAYS`
LONG_DAY = 3 * DAY  # more than any local day lasts, whoever travels
BIRTH = CodeGroup("birth", (schema.BIRTH,))

_OF_AGE = ("age_at_first", "age_at_last")
_OF_CLOCK = ("calendar_days", "clock_mean", "clock_std", "value_days")


@dataclass(frozen=True)
class Group:
    """The events of a code group, by the group's number."""

    number: int


@dataclass(frozen=True)
class Usable:
    """Those with a usable value."""

    of: int


@dataclass(frozen=True)
class AtHours:
    of: int
    hours: Hours


@dataclass(frozen=True)
class Passing:
    of: int
    gate: Gate
    judged: int


@dataclass(frozen=True)
class OneADay:
    of: int
    daily: Daily


One = TypeVar("One", bound=Hashable)
Step = Group | Usable | AtHours | Passing | OneADay  # `of`, `judged`: an earlier step


@dataclass(frozen=True)
class Place:
    """A window and the steps whose events place it."""

    window: Window
    start: int = -1
    end: int = -1


class Recipe:
    """All that the features over codes need."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self.reach = _reaches(features)  # microseconds, by group
        self.groups = tuple(self.reach)
        self.steps: list[Step] = []
        self.places: list[Place] = []
        self.parts: list[tuple[int, int]] = []  # step and place; place −1: all time
        self.columns: list[tuple[Feature, int]] = []  # feature and part
        self._known: dict[Hashable, int] = {}
        self._number = {group: number for number, group in enumerate(self.groups)}
        self.birth = self._group(BIRTH, False) if BIRTH in self.reach else -1
        self.offsets = self._group(UTC_OFFSET, True) if UTC_OFFSET in self.reach else -1
        for feature in features:
            place = -1 if feature.window is None else self._place(feature.window)
            part = self._once(self.parts, (self._series(feature), place))
            self.columns.append((feature, part))

    def _series(self, feature: Feature) -> int:
        assert feature.codes is not None  # only features over codes come here
        # Of days there is always a value, if only how many events they had.
        valued = feature.needs_value if feature.daily is None else measured(feature.codes)
        step = self._group(feature.codes, valued)
        if feature.hours is not None:
            step = self._once(self.steps, AtHours(step, feature.hours))
        if feature.gate is not None:
            gate = feature.gate
            judged = self._group(gate.codes, measured(gate.codes))
            step = self._once(self.steps, Passing(step, gate, judged))
        if feature.daily is not None:
            step = self._once(self.steps, OneADay(step, feature.daily))
        return step

    def _group(self, codes: CodeGroup, valued: bool) -> int:
        step = self._once(self.steps, Group(self._number[codes]))
        return self._once(self.steps, Usable(step)) if valued else step

    def _place(self, window: Window) -> int:
        if not isinstance(window, Between):
            return self._once(self.places, Place(window))
        end = -1 if window.end is None else self._group(window.end, False)
        return self._once(self.places, Place(window, self._group(window.start, False), end))

    def _once(self, known: list[One], one: One) -> int:
        """The number of `one`, which is added if it is new."""
        number = self._known.setdefault(one, len(known))
        if number == len(known):
            known.append(one)
        return number


def measured(codes: CodeGroup) -> bool:
    """Whether events of the group carry values."""
    return codes.unit is not None or codes.name in ANSWERS


def _reaches(features: Sequence[Feature]) -> dict[CodeGroup, int]:
    """How long before its prediction time a feature may want an event of each group."""
    reach: dict[CodeGroup, int] = {}
    for feature in features:
        for group, far in _wanted(feature):
            reach[group] = max(far, reach.get(group, 0))
    return reach


def _wanted(feature: Feature) -> Iterator[tuple[CodeGroup, int]]:
    assert feature.codes is not None  # only features over codes come here
    far = ALL_TIME
    if isinstance(feature.window, Back):
        whole_days = feature.gate is not None or feature.daily is not None
        far = feature.window.days * DAY + (LONG_DAY if whole_days else 0)
    yield feature.codes, far
    if feature.gate is not None:
        yield feature.gate.codes, far
    if isinstance(feature.window, Between):
        yield feature.window.start, ALL_TIME
        if feature.window.end is not None:
            yield feature.window.end, ALL_TIME
    if isinstance(feature.window, Age) or feature.aggregate in _OF_AGE:
        yield BIRTH, ALL_TIME
    by_clock = (feature.hours, feature.gate, feature.daily)
    if feature.aggregate in _OF_CLOCK or any(part is not None for part in by_clock):
        yield UTC_OFFSET, ALL_TIME
