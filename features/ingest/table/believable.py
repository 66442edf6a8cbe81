"""Rows whose values or dates cannot be true; see features/ingest/plausible.py."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import polars as pl

from features import schema
from features.ingest import reason
from features.ingest.instant import DAY
from features.ingest.plausible import PRESSURES, bounded, limits
from features.ingest.table.cells import Cells, Flags, Verdict
from features.ingest.table.times import Micros

_TIMELESS = frozenset({schema.BIRTH, schema.DEATH})


class Made(Protocol):
    """What one entry of `events` made of the rows of a batch."""

    @property
    def present(self) -> Flags: ...
    @property
    def code(self) -> Cells: ...
    @property
    def number(self) -> pl.Series: ...
    @property
    def unit(self) -> pl.Series: ...
    @property
    def time(self) -> Micros | None: ...


def judge(parts: Sequence[Made], verdict: Verdict) -> None:
    """Say of each row that cannot be true why not."""
    for part in parts:
        if part.time is not None:
            unset = (part.time >= 0) & (part.time < DAY) & part.present
            if unset.any():
                born = np.array([value in _TIMELESS for value in part.code.values], np.bool_)
                verdict.bad(unset & ~born[part.code.index], reason.CLOCK_NOT_SET)
        for rows, low, high, why in _bounded(part):
            figures = part.number.gather(pl.Series(rows, dtype=pl.UInt32)).to_numpy()
            wrong = np.zeros(len(part.present), np.bool_)
            wrong[rows[(figures < low) | (figures > high)]] = True
            verdict.bad(wrong, why)
    if parts:
        verdict.bad(_swapped(parts), reason.SWAPPED)


def _bounded(part: Made) -> "Iterator[tuple[np.ndarray[tuple[int], np.dtype[np.intp]], float, float, str]]":
    """Rows that have one code and one unit, with what its values may be."""
    for place, code in enumerate(part.code.values):
        if code is None or not code.startswith("LOINC//") or not bounded(code):
            continue
        rows = np.flatnonzero((part.code.index == place) & part.present)
        units = part.unit.gather(pl.Series(rows, dtype=pl.UInt32))
        for unit in units.unique().drop_nulls().to_list():
            found = limits(code, unit)
            if found is not None:
                yield rows[(units == unit).fill_null(False).to_numpy()], *found


def _swapped(parts: Sequence[Made]) -> Flags:
    """Where one row holds both pressures, the higher as the lower."""
    both = [next((p for p in parts if p.code.same and p.code.values[0] == code), None) for code in PRESSURES]
    high, low = both
    if high is None or low is None:
        return np.zeros(len(parts[0].present), np.bool_)
    wrong = (high.number <= low.number) & (high.unit == low.unit)
    found: Flags = wrong.fill_null(False).to_numpy() & high.present & low.present
    return found
