"""Which rows see each event of a group of patients: the bitemporal rule, then the window."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features import visible
from features.tabulate.aggregate import CODE, STATIC, VALUE
from features.tabulate.gather import PLAIN, Fate
from features.tabulate.vocabulary import Vocabulary
from features.visible import ALWAYS, NEVER

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
        return np.searchsorted(self.subject, np.arange(int(subject.max(initial=-1)) + 1), side="right")[
            subject
        ]


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


def events(records: NDArray[np.void], base: int, terms: Vocabulary, ordered: bool, fate: Fate) -> Events:
    """The events of a group whose first subject has the number `base`, those that have a column.

    `ordered`: oldest first; events of one instant by when they were learned, then by value, as `build`
    does. Otherwise in any order.
    """
    time, term = records["time"].astype(np.int64), records["term"]
    since, until = time, np.full(len(time), NEVER)
    if records.dtype != PLAIN:
        withdrawn = terms.withdrawn[term]
        since, until = visible.seen(
            records["subject"].astype(np.int64),
            time,
            records["known_at"].astype(np.int64),
            _names(records["record"]),
            withdrawn,
        )
    timed = time != ALWAYS
    of = {STATIC: ~timed, CODE: timed, VALUE: timed & ~np.isnan(records["number"])}
    column = {family: np.where(of[family], place[term], -1) for family, place in terms.place.items()}
    named = np.logical_or.reduce([places >= 0 for places in column.values()])
    lost = terms.withdrawn[term]
    fate.withdrawals += int(lost.sum())
    fate.no_column += int((~named & ~lost).sum())
    chosen = np.flatnonzero(named)  # a withdrawal has no column
    if ordered:
        learned = records["known_at"] if records.dtype != PLAIN else records["time"]
        order = np.lexsort(tuple(key[chosen] for key in (records["number"], learned, records["time"])))
        chosen = chosen[order]
    return Events(
        records["subject"][chosen].astype(np.int64) - base,
        time[chosen],
        since[chosen],
        until[chosen],
        records["number"][chosen],
        {family: places[chosen] for family, places in column.items()},
    )


def _names(record: NDArray[np.uint64]) -> pl.Series:
    """Names of records, as `visible` wants them; null: no record."""
    named = pl.Series(record)
    return pl.select(pl.when(named != 0).then(named.cast(pl.String))).to_series()
