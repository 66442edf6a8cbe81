"""What the rows of one table see: a recipe carried out, each step, window and part once, when asked for."""

from collections.abc import Callable

import numpy as np

from features import clock, day, placement
from features.aggregate import AGGREGATES
from features.aggregate.once import once
from features.aggregate.part import Part, whole
from features.aggregate.series import Floats, Ints, People, Series
from features.feature import Feature
from features.placement import Placement
from features.recipe import AtHours, Group, Passing, Place, Recipe, Step, Usable
from features.visible import ALWAYS, Instants
from features.window import Age, Back, Between

MOST_OFFSET = 18 * 60  # minutes; no clock on earth is further from UTC


class View:
    """The columns of one table.

    `events` gives what each row sees of a group, by the group's number; all else is made from it.
    """

    def __init__(
        self, recipe: Recipe, events: Callable[[int, People], Series], moments: Instants, zone: str
    ) -> None:
        self._recipe, self._events, self._zone = recipe, events, zone
        self._people = People(moments, self._local, lambda: self._birth)
        self._series: list[Series | None] = [None] * len(recipe.steps)
        self._places: list[Placement | None] = [None] * len(recipe.places)
        self._parts: list[Part | None] = [None] * len(recipe.parts)

    def columns(self) -> dict[Feature, Floats]:
        """Every feature over codes: one number by row, NaN where missing."""
        return {feature: self._column(feature, part) for feature, part in self._recipe.columns}

    def _column(self, feature: Feature, number: int) -> Floats:
        assert feature.aggregate is not None  # features over codes have one
        part = self._part(number)
        found = AGGREGATES[feature.aggregate](part, feature)
        if feature.at_least:
            found[part.count < feature.at_least] = np.nan
        place = self._recipe.parts[number][1]
        if place >= 0 and (known := self._place(place).known) is not None:
            found[~known] = np.nan
        return found

    def _part(self, number: int) -> Part:
        part = self._parts[number]
        if part is None:
            step, place = self._recipe.parts[number]
            series = self._step(step)
            part = self._parts[number] = whole(series) if place < 0 else self._place(place).part(series)
        return part

    def _step(self, number: int) -> Series:
        series = self._series[number]
        if series is None:
            series = self._series[number] = self._make(self._recipe.steps[number])
        return series

    def _make(self, step: Step) -> Series:
        if isinstance(step, Group):
            return self._events(step.number, self._people)
        of = self._step(step.of)
        if isinstance(step, Usable):
            return of.where(~np.isnan(of.value))
        if isinstance(step, AtHours):
            return day.within_hours(of, step.hours)
        if isinstance(step, Passing):
            return day.passing(of, step.gate, self._step(step.judged))
        return day.one_a_day(of, step.daily)

    def _place(self, number: int) -> Placement:
        place = self._places[number]
        if place is None:
            place = self._places[number] = self._put(self._recipe.places[number])
        return place

    def _put(self, place: Place) -> Placement:
        match place.window:
            case Back() as window:
                return placement.back(window, self._people.moments)
            case Age() as window:
                return placement.age(window, self._people.moments, self._birth)
            case Between(first=first):
                end = None if place.end < 0 else self._step(place.end)
                return placement.between(self._step(place.start), end, first)

    @once
    def _birth(self) -> Instants:
        part = whole(day.dated(self._step(self._recipe.birth)))
        birth = np.full(len(part.count), ALWAYS)
        birth[part.filled] = part.time[part.tail]
        return birth

    @once
    def _offsets(self) -> Series:
        said = day.dated(self._step(self._recipe.offsets))
        return said.where(np.abs(said.value) <= MOST_OFFSET)

    def _local(self, row: Ints, time: Instants) -> Instants:
        said = self._offsets
        return clock.shifted(row, time, said.row, said.time, said.value, self._zone)
