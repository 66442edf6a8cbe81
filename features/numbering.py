"""Numbers for strings, so that what belongs to a code or a unit is looked up by position."""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers = NDArray[np.intp]
Row = TypeVar("Row")
Table = TypeVar("Table")


class Numbering(Generic[Row, Table]):
    """Numbers for the strings of one kind, and a table by number; number 0 is null.

    `row` says what belongs to a string, `table` puts rows together. Safe from several threads: the
    table is replaced as a whole, never changed.
    """

    def __init__(self, row: Callable[[str | None], Row], table: Callable[[Sequence[Row]], Table]) -> None:
        self._categories = pl.Categories.random()
        # Polars forgets categories that no series uses; this one keeps the numbers as they are.
        self._anchor = pl.Series([""], dtype=pl.Categorical(self._categories))
        self._row, self._make = row, table
        self._rows = [row(None), row("")]
        self._table = len(self._rows), table(self._rows)
        self._lock = Lock()

    def look_up(self, column: pl.Series) -> tuple[Numbers, Table]:
        """By entry of `column` its number; and the table."""
        physical = column.cast(self._anchor.dtype).to_physical()
        found = physical.to_numpy()
        if physical.null_count():
            found = np.nan_to_num(found, nan=-1.0)  # polars hands out float64 with NaN for null
        numbers = found.astype(np.intp) + 1
        size, table = self._table
        if int(numbers.max(initial=0)) >= size:
            table = self._grow()
        return numbers, table

    def _grow(self) -> Table:
        with self._lock:
            self._rows.extend(map(self._row, self._categories.to_series()[len(self._rows) - 1 :]))
            self._table = len(self._rows), self._make(self._rows)
            return self._table[1]
