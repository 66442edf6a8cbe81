"""What a list of features needs, worked out once: code groups, how far back, look-up tables.

Codes and units are strings; Polars numbers them, and tables here say by number which groups a code
belongs to and how a unit converts. The tables grow as new codes and units are met.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features import schema
from features.answer import ANSWERS
from features.answer import code as answer_code
from features.codes import CodeGroup
from features.feature import DeclarationError, Feature, Floats
from features.numbering import Numbering, Numbers
from features.recipe import Recipe
from features.unit import factors

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class _Codes:
    """By code: whether it is a withdrawal, how many groups hold it, and where these stand in `groups`."""

    withdrawn: Flags
    held: Numbers
    start: Numbers
    groups: Numbers

    @classmethod
    def of(cls, rows: Sequence[tuple[int, ...]]) -> "_Codes":
        held = np.array([len(row) - 1 for row in rows], np.intp)
        groups = np.array([group for row in rows for group in row[1:]], np.intp)
        return cls(np.array([row[0] for row in rows], np.bool_), held, np.cumsum(held) - held, groups)


class Plan:
    """The groups of some features, in the order in which `build` goes through them."""

    def __init__(self, features: tuple[Feature, ...]) -> None:
        names = [f.name for f in features]
        if twice := {name for name in names if names.count(name) > 1}:
            raise DeclarationError(f"asked for twice: {', '.join(sorted(twice))}")
        self.features = features
        needed = _with_inputs(features)
        self.formulas = tuple(f for f in needed if f.formula is not None)
        self.recipe = Recipe([f for f in needed if f.codes is not None])
        self.groups = self.recipe.groups
        self.reach = np.array([self.recipe.reach[group] for group in self.groups], np.int64)
        self._exact, self._starts = _codes(self.groups)
        self._answers = {
            number: ANSWERS[group.name] for number, group in enumerate(self.groups) if group.name in ANSWERS
        }
        self._codes = Numbering(self._code_row, _Codes.of)
        self._units = Numbering(self._unit_row, _units)

    def memberships(self, code: pl.Series) -> tuple[Numbers, Numbers, Numbers, Flags]:
        """(entry, group) for each group that a code belongs to; a number for each entry's code; and
        which entries are withdrawals."""
        numbers, codes = self._codes.look_up(code)
        many = codes.held[numbers]
        some = many.nonzero()[0]
        many = many[some]
        entry = np.repeat(some, many)
        # Counts up from the first group of each code.
        nth = np.arange(len(entry)) + np.repeat(codes.start[numbers[some]] - (np.cumsum(many) - many), many)
        return entry, codes.groups[nth], numbers, codes.withdrawn[numbers]

    def values(self, events: pl.DataFrame, entry: Numbers, group: Numbers) -> Floats:
        """The value of each (entry, group) in the group's unit; NaN where it cannot be judged."""
        unit, (scale, offset) = self._units.look_up(events.get_column("unit").gather(entry))
        raw = events.get_column("numeric_value").to_numpy()[entry].astype(np.float64)
        with np.errstate(invalid="ignore"):  # infinite times zero
            value: Floats = raw * scale[unit, group] + offset[unit, group]
        value[np.isinf(value)] = np.nan
        for number, answers in self._answers.items():
            coded = np.flatnonzero(group == number)
            texts = events.get_column("text_value").gather(entry[coded]).to_list()
            value[coded] = [np.nan if t is None else answers.get(answer_code(t), np.nan) for t in texts]
        return value + 0.0  # no negative zero, which would sort as it likes

    def _code_row(self, code: str | None) -> tuple[int, ...]:
        """Is it a withdrawal; then the groups that hold it."""
        if code is None:
            return (0,)
        groups = set(self._exact.get(code, ()))
        groups.update(group for start, group in self._starts if code.startswith(start))
        return int(code == schema.WITHDRAWN), *sorted(groups)

    def _unit_row(self, unit: str | None) -> tuple[list[float], list[float]]:
        """For each group scale and offset; NaN where the unit does not lead to the group's."""
        row = []
        for group in self.groups:
            known = {} if group.unit is None else factors(group)
            row.append((np.nan, np.nan) if unit is None else known.get(unit, (np.nan, np.nan)))
        return [scale for scale, _ in row], [offset for _, offset in row]


def _units(rows: Sequence[tuple[list[float], list[float]]]) -> tuple[Floats, Floats]:
    """Scale and offset by unit and group."""
    return np.array([scale for scale, _ in rows]), np.array([offset for _, offset in rows])


def _with_inputs(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    """The features and all that their formulas need, inputs before what uses them."""
    needed: dict[Feature, None] = {}
    for feature in features:
        for one in (*_with_inputs(feature.inputs), feature):
            needed.setdefault(one)
    return tuple(needed)


def _codes(groups: Sequence[CodeGroup]) -> tuple[dict[str, list[int]], list[tuple[str, int]]]:
    """Groups by whole code, and (beginning of a code, group)."""
    exact: dict[str, list[int]] = {}
    starts: list[tuple[str, int]] = []
    for number, group in enumerate(groups):
        for code in group.codes:
            if code.endswith("*"):
                starts.append((code[:-1], number))
            else:
                exact.setdefault(code, []).append(number)
    return exact, starts


@lru_cache(maxsize=64)
def plan(features: tuple[Feature, ...]) -> Plan:
    """The plan of these features; kept, so that its tables are filled once a process."""
    return Plan(features)
