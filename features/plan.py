"""What a list of features needs, worked out once: code groups, windows, look-up tables.

Codes and units are strings; Polars numbers them, and tables here say by number which groups a code
belongs to and how a unit converts. The tables grow as new codes and units are met.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features import schema
from features.aggregate import DAY
from features.answer import ANSWERS
from features.answer import code as answer_code
from features.codes import CodeGroup
from features.feature import DeclarationError, Feature, Floats
from features.unit import factors

ALL_TIME = 3 * 2**61  # reaches from any prediction time to before `visible.ALWAYS`

Numbers = NDArray[np.intp]
Flags = NDArray[np.bool_]


class Strings:
    """Numbers for the strings of one kind, and a table with one row per number.

    Row 0 is for null. Safe from several threads: the table is replaced as a whole, never changed.
    """

    def __init__(self, row: Callable[[str | None], Sequence[float]]) -> None:
        self._categories = pl.Categories.random()
        # Polars forgets categories that no series uses; this one keeps the numbers as they are.
        self._anchor = pl.Series([""], dtype=pl.Categorical(self._categories))
        self._row = row
        self._table = np.array([row(None), row("")], np.float64)

    def look_up(self, column: pl.Series) -> tuple[Numbers, Floats]:
        """By entry of `column` its number; and the table, by number."""
        physical = column.cast(self._anchor.dtype).to_physical().to_numpy()  # float64 with NaN for null
        numbers: Numbers = np.nan_to_num(physical.astype(np.float64) + 1).astype(np.intp)
        table = self._table
        if int(numbers.max(initial=0)) >= len(table):
            strings = self._categories.to_series()[len(table) - 1 :]
            table = np.vstack([table, [self._row(s) for s in strings]])
            self._table = table
        return numbers, table


class Plan:
    """The groups of some features, in the order in which `build` goes through them."""

    def __init__(self, features: tuple[Feature, ...]) -> None:
        names = [f.name for f in features]
        if twice := {name for name in names if names.count(name) > 1}:
            raise DeclarationError(f"asked for twice: {', '.join(sorted(twice))}")
        self.features = features
        needed = _with_inputs(features)
        self.formulas = tuple(f for f in needed if f.formula is not None)
        over_codes = [f for f in needed if f.codes is not None]
        self.groups: tuple[CodeGroup, ...] = tuple(dict.fromkeys(f.codes for f in over_codes if f.codes))
        self.by_group = tuple(tuple(f for f in over_codes if f.codes == group) for group in self.groups)
        self.reach = np.array([max(map(_reach, wanted)) for wanted in self.by_group], np.int64)
        self._exact, self._starts = _codes(self.groups)
        self._answers = {
            number: ANSWERS[group.name] for number, group in enumerate(self.groups) if group.name in ANSWERS
        }
        self._code_strings = Strings(self._code_row)
        self._unit_strings = Strings(self._unit_row)

    def memberships(self, code: pl.Series) -> tuple[Numbers, Numbers, Flags]:
        """(entry, group) for each group that a code belongs to; and which entries are withdrawals."""
        numbers, table = self._code_strings.look_up(code)
        flags = table != 0
        entry = np.flatnonzero(flags[:, 1][numbers])
        found, group = np.nonzero(flags[:, 2:][numbers[entry]])
        return entry[found], group, flags[:, 0][numbers]

    def values(self, events: pl.DataFrame, entry: Numbers, group: Numbers) -> Floats:
        """The value of each (entry, group) in the group's unit; NaN where it cannot be judged."""
        numbers, table = self._unit_strings.look_up(events.get_column("unit"))
        factor = table.reshape(len(table), len(self.groups), 2)[numbers[entry], group]
        raw = events.get_column("numeric_value").to_numpy()[entry].astype(np.float64)
        with np.errstate(invalid="ignore"):  # infinite times zero
            value: Floats = raw * factor[:, 0] + factor[:, 1]
        value[np.isinf(value)] = np.nan
        for number, answers in self._answers.items():
            coded = np.flatnonzero(group == number)
            texts = events.get_column("text_value").gather(entry[coded]).to_list()
            value[coded] = [np.nan if t is None else answers.get(answer_code(t), np.nan) for t in texts]
        return value

    def _code_row(self, code: str | None) -> list[float]:
        """Is it a withdrawal, does any group hold it, and for each group, does it."""
        groups = set() if code is None else set(self._exact.get(code, ()))
        if code is not None:
            groups.update(group for start, group in self._starts if code.startswith(start))
        held = [float(number in groups) for number in range(len(self.groups))]
        return [float(code == schema.WITHDRAWN), float(bool(groups)), *held]

    def _unit_row(self, unit: str | None) -> list[float]:
        """For each group scale and offset; NaN where the unit does not lead to the group's."""
        row: list[float] = []
        for group in self.groups:
            known = {} if group.unit is None else factors(group)
            row.extend((np.nan, np.nan) if unit is None else known.get(unit, (np.nan, np.nan)))
        return row


def _with_inputs(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    """The features and all that their formulas need, inputs before what uses them."""
    needed: dict[Feature, None] = {}
    for feature in features:
        for one in (*_with_inputs(feature.inputs), feature):
            needed.setdefault(one)
    return tuple(needed)


def _reach(feature: Feature) -> int:
    return ALL_TIME if feature.window_days is None else feature.window_days * DAY


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
