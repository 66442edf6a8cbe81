"""Columns as their different cells and which of them each row has, so that each is looked at once."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from features.ingest.table import digest
from features.ingest.table.mapping import Column

Flags = npt.NDArray[np.bool_]
T = TypeVar("T")


def joined(frame: pl.DataFrame, column: Column) -> pl.Series:
    """The cells of a column of the mapping; those of several put together, or the first; blank ones left out.

    A column that may be absent, and is, is empty.
    """
    names = [name for name in column.column if name in frame.columns]
    if not names:
        return pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    if len(names) == 1:
        return frame.get_column(names[0])
    texts = [pl.col(name).cast(pl.String).str.strip_chars().replace("", None) for name in names]
    put = (
        pl.coalesce(texts)
        if column.first
        else pl.concat_str(texts, separator=column.join, ignore_nulls=True).replace("", None)
    )
    return frame.select(put.alias("joined")).to_series()


@dataclass(frozen=True)
class Cells:
    """`values` are the different cells, None for an empty one; `index` says which of them each row has."""

    values: Sequence[str | None]
    index: npt.NDArray[np.intp]

    @classmethod
    def of(cls, column: pl.Series, missing: frozenset[str]) -> "Cells":
        """The cells of a column without the spaces around them; numbers as text."""
        if column.dtype.is_float():
            whole = column.drop_nulls()
            if (whole == whole.round()).all():
                column = column.cast(pl.Int64, strict=False)
        texts = column.cast(pl.String).fill_null("")
        found = texts.unique()
        index = texts.cast(pl.Enum(found)).to_physical()
        values = [text.strip() for text in found.to_list()]
        return cls([None if v in missing else v for v in values], index.to_numpy().astype(np.intp))

    @classmethod
    def all(cls, value: str | None, size: int) -> "Cells":
        """The same cell in each row."""
        return cls([value], np.zeros(size, np.intp))

    @classmethod
    def by(
        cls,
        columns: "Sequence[Cells]",
        make: Callable[[Sequence[str | None], int], tuple[str | None, str | None]],
    ) -> "tuple[Cells, Cells]":
        """Two new columns of what `make` makes of the cells of several."""
        first = columns[0]
        if len(columns) == 1:
            counts = np.bincount(first.index, minlength=len(first.values)).tolist()
            made = [make((value,), count) for value, count in zip(first.values, counts, strict=True)]
            return cls([m[0] for m in made], first.index), cls([m[1] for m in made], first.index)
        key = first.index.astype(np.int64)
        for column in columns[1:]:
            key = key * len(column.values) + column.index
        _, rows, index, counts = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
        made = [
            make([c.values[c.index[row]] for c in columns], count)
            for row, count in zip(rows.tolist(), counts.tolist(), strict=True)
        ]
        return cls([m[0] for m in made], index), cls([m[1] for m in made], index)

    @property
    def same(self) -> bool:
        """Whether all rows have one cell by their making."""
        return len(self.values) == 1

    @property
    def empty(self) -> Flags:
        """Where nothing is."""
        return self._where(lambda value: value is None)

    def equal(self, text: str) -> Flags:
        """Where this is."""
        return self._where(lambda value: value == text)

    def _where(self, test: Callable[[str | None], bool]) -> Flags:
        found: Flags = np.array([test(value) for value in self.values], np.bool_)
        return found[self.index] if found.any() else np.zeros(len(self.index), np.bool_)

    def map(self, make: Callable[[str], str | None]) -> "Cells":
        """Other cells for these; empty ones stay empty."""
        return Cells([None if v is None else make(v) for v in self.values], self.index)

    def filled(self, other: "Cells") -> "Cells":
        """These, and `other` where they are empty."""
        empty = self.empty
        if not empty.any():
            return self
        index = np.where(empty, other.index + len(self.values), self.index)
        return Cells([*self.values, *other.values], index)

    def to_numbers(self, make: Callable[[str | None], int]) -> npt.NDArray[np.int64]:
        """A number for each row."""
        return np.array([make(value) for value in self.values], np.int64)[self.index]

    def to_texts(self) -> pl.Series:
        """The cells as a column."""
        found = pl.Series(self.values, dtype=pl.String)
        if self.same:
            return found.new_from_index(0, len(self.index))
        return found.gather(pl.Series(self.index, dtype=pl.UInt32))

    def to_digests(self) -> digest.U64:
        """What stands for each cell."""
        return digest.of_texts(pl.Series(self.values, dtype=pl.String))[self.index]


class Verdict:
    """What becomes of each row; the first thing that is said of a row counts."""

    def __init__(self, size: int) -> None:
        self._state = np.zeros(size, np.int16)  # 0: good; above: ignored; below: bad
        self._reasons: list[str] = [""]

    def bad(self, rows: Flags, why: str) -> None:
        """These rows are kept aside."""
        self._mark(rows, why, -1)

    def ignore(self, rows: Flags, why: str) -> None:
        """These rows are of no use."""
        self._mark(rows, why, 1)

    def _mark(self, rows: Flags, why: str, sign: int) -> None:
        if not rows.any():
            return
        if why not in self._reasons:
            self._reasons.append(why)
        self._state[rows & (self._state == 0)] = sign * self._reasons.index(why)

    @property
    def good(self) -> Flags:
        """The rows of which nothing was said."""
        found: Flags = self._state == 0
        return found

    def ignored(self) -> Counter[str]:
        """Reason → rows."""
        numbers, counts = np.unique(self._state[self._state > 0], return_counts=True)
        return Counter({self._reasons[n]: c for n, c in zip(numbers.tolist(), counts.tolist(), strict=True)})

    def refused(self) -> list[tuple[int, str]]:
        """`(row, why)` of the bad ones."""
        rows = np.flatnonzero(self._state < 0)
        return [
            (row, self._reasons[-n]) for row, n in zip(rows.tolist(), self._state[rows].tolist(), strict=True)
        ]
