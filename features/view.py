"""What the rows of one table see, by feature; each series and each window is worked out once."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from features import clock, day, placement
from features.aggregate import AGGREGATES
from features.aggregate.part import Floats, Ints, Part, People, Series, whole
from features.answer import ANSWERS
from features.codes import CodeGroup
from features.feature import Daily, Feature
from features.placement import Placement
from features.plan import BIRTH_GROUP
from features.visible import ALWAYS, Instants
from features.window import Age, Back, Between, Gate, Hours, Window

MOST_OFFSET = 18 * 60  # minutes; no clock on earth is further from UTC

Where = tuple[CodeGroup, bool, Hours | None, Gate | None, Daily | None]


class View:
    """The series of `events`, as the aggregates want them.

    `events` gives what each row sees of a group; all else is made from it.
    """

    def __init__(self, events: Callable[[CodeGroup, People], Series], moments: Instants, zone: str) -> None:
        self._read = events
        self._zone = zone
        self._people = People(moments, self._local, lambda: self._birth)
        self._seen: dict[CodeGroup, Series] = {}
        self._series: dict[Where, Series] = {}
        self._places: dict[Window, Placement] = {}
        self._parts: dict[tuple[Where, Window | None], Part] = {}

    def value(self, feature: Feature) -> Floats:
        """One number by row of a feature over codes, NaN where missing."""
        assert feature.codes is not None  # formulas are not asked for here
        assert feature.aggregate is not None
        valued = feature.needs_value or (feature.daily is not None and measured(feature.codes))
        where = feature.codes, valued, feature.hours, feature.gate, feature.daily
        part = self._part(where, feature.window)
        found = AGGREGATES[feature.aggregate](part, feature)
        if feature.at_least:
            found[part.count < feature.at_least] = np.nan
        if feature.window is not None and (known := self._place(feature.window).known) is not None:
            found[~known] = np.nan
        return found

    def _part(self, where: Where, window: Window | None) -> Part:
        key = where, window
        if key not in self._parts:
            series = self._made(where)
            self._parts[key] = whole(series) if window is None else self._place(window).part(series)
        return self._parts[key]

    def _made(self, where: Where) -> Series:
        if where not in self._series:
            self._series[where] = self._make(*where)
        return self._series[where]

    def _make(
        self, codes: CodeGroup, valued: bool, hours: Hours | None, gate: Gate | None, daily: Daily | None
    ) -> Series:
        if daily is not None:
            return day.one_a_day(self._made((codes, valued, hours, gate, None)), daily)
        if gate is not None:
            judged = self._made((gate.codes, gate.of != "count" or measured(gate.codes), None, None, None))
            return day.passing(self._made((codes, valued, hours, None, None)), gate, judged)
        if hours is not None:
            return day.within_hours(self._made((codes, valued, None, None, None)), hours)
        seen = self._events(codes)
        return seen.where(~np.isnan(seen.value)) if valued else seen

    def _events(self, codes: CodeGroup) -> Series:
        if codes not in self._seen:
            self._seen[codes] = self._read(codes, self._people)
        return self._seen[codes]

    def _place(self, window: Window) -> Placement:
        if window not in self._places:
            self._places[window] = self._put(window)
        return self._places[window]

    def _put(self, window: Window) -> Placement:
        match window:
            case Back():
                return placement.back(window, self._people.moments)
            case Age():
                return placement.age(window, self._people.moments, self._birth)
            case Between():
                end = None if window.end is None else self._events(window.end)
                return placement.between(self._events(window.start), end, window.first)

    @cached_property
    def _birth(self) -> Instants:
        part = whole(day.dated(self._events(BIRTH_GROUP)))
        birth = np.full(len(part.count), ALWAYS)
        birth[part.filled] = part.time[part.tail]
        return birth

    @cached_property
    def _offsets(self) -> Series:
        said = day.dated(self._made((clock.UTC_OFFSET, True, None, None, None)))
        return said.where(np.abs(said.value) <= MOST_OFFSET)

    def _local(self, row: Ints, time: Instants) -> Instants:
        said = self._offsets
        return clock.shifted(row, time, said.row, said.time, said.value, self._zone)


def measured(codes: CodeGroup) -> bool:
    """Whether events of the group carry values."""
    return codes.unit is not None or codes.name in ANSWERS
