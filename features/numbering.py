"""Numbers for strings, so that what belongs to a code or a unit is looked up by position."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers = NDArray[np.intp]
Row = TypeVar("Row")


class Numbering(Generic[Row]):
    """Numbers for the strings of one kind, and what `row` makes of each; number 0 is null.

    Safe from several threads: the list only grows.
    """

    def __init__(self, row: Callable[[str | None], Row]) -> None:
        self._categories = pl.Categories.random()
        # Polars forgets categories that no series uses; this one keeps the numbers as they are.
        self._anchor = pl.Series([""], dtype=pl.Categorical(self._categories))
        self._row = row
        self._rows = [row(None), row("")]
        self._lock = Lock()

    def look_up(self, column: pl.Series) -> tuple[Numbers, list[Row]]:
        """By entry of `column` its number; and the rows, by number."""
        physical = column.cast(self._anchor.dtype).to_physical()
        if physical.null_count():
            numbers = np.nan_to_num(physical.cast(pl.Float64).to_numpy() + 1).astype(np.intp)
        else:
            numbers = physical.to_numpy().astype(np.intp) + 1
        if int(numbers.max(initial=0)) >= len(self._rows):
            with self._lock:
                self._rows.extend(map(self._row, self._categories.to_series()[len(self._rows) - 1 :]))
        return numbers, self._rows
