"""Which rows see each event of a group of patients: the bitemporal rule, then the window."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features import visible
from features.tabulate.aggregate import CODE, STATIC, VALUE
from features.tabulate.spill import PLAIN, Fate
from features.visible import NEVER

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """The rows of a group of patients: `subject` from 0 within it and `time`, both sorted."""

    subject: Ints
    time: Ints

    @cached_property
    def _distinct(self) -> Ints:
        return np.unique(self.time)

    @cached_property
    def _keys(self) -> Ints:
        return self._key(self.subject, self.time)

    def _key(self, subject: Ints, instant: Ints) -> Ints:
        # Instants of a whole group do not fit beside a subject in 64 bits, their ranks do.
        return subject * (len(self._distinct) + 1) + np.searchsorted(self._distinct, instant)

    def place(self, subject: Ints, instant: Ints) -> Ints:
        """The first row of each subject that is not before the instant; past its rows if there is none."""
        return np.searchsorted(self._keys, self._key(subject, instant))

    def end(self, subject: Ints) -> Ints:
        """Past the last row of each subject."""
        return np.searchsorted(self.subject, subject, side="right")


@dataclass(frozen=True)
class Events:
    """Events of a group of patients, each in sight for since ≤ T < until.

    `column`: by family, −1: none.
    """

    subject: Ints
    time: Ints
    since: Ints
    until: Ints
    number: NDArray[np.float32]
    column: dict[str, NDArray[np.int32]]


def events(records: NDArray[np.void], base: int, ordered: bool, fate: Fate) -> Events:
    """The events of a spilled group whose first subject has the number `base`.

    `ordered`: oldest first; events of one instant by when they were learned, then by value, as `build`
    does. Otherwise in any order.
    """
    time = records["time"].astype(np.int64)
    since, until = time, np.full(len(time), NEVER)
    if records.dtype != PLAIN:
        since, until = visible.seen(
            records["subject"].astype(np.int64),
            time,
            records["known_at"].astype(np.int64),
            _names(records["record"]),
            records["withdrawn"].copy(),
        )
        withdrawn = records["withdrawn"]
        named = (records["static"] >= 0) | (records["code"] >= 0) | (records["value"] >= 0)
        fate.withdrawals += int(withdrawn.sum())
        fate.no_column += int((~named & ~withdrawn).sum())
        kept = named & ~withdrawn
        records, since, until = records[kept], since[kept], until[kept]
    if ordered:
        learned = records["known_at"] if records.dtype != PLAIN else records["time"]
        order = np.lexsort((records["number"], learned, records["time"]))
        records, since, until = records[order], since[order], until[order]
    return Events(
        records["subject"].astype(np.int64) - base,
        records["time"].astype(np.int64),
        since,
        until,
        records["number"].copy(),
        {family: records[family].copy() for family in (STATIC, CODE, VALUE)},
    )


def _names(record: NDArray[np.uint64]) -> pl.Series:
    """Names of records, as `visible` wants them; null: no record."""
    named = pl.Series(record)
    return pl.select(pl.when(named != 0).then(named.cast(pl.String))).to_series()
