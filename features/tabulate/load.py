"""Reading a tabulation back: whole, a choice of its columns, or a block of rows at a time."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.tabulate.error import TabulationError
from features.tabulate.window import Window

if TYPE_CHECKING:
    from scipy import sparse  # type: ignore[import-untyped] # scipy brings no types

META, ROWS, COLUMNS = "tabulation.json", "rows.parquet", "columns.parquet"


@dataclass(frozen=True)
class Table:
    """`matrix`: (rows, columns) CSR; `rows`: the index with all its columns, row by row; `columns`:
    column, name, code, unit, aggregate, window, one by one."""

    matrix: "sparse.csr_array"
    rows: pl.DataFrame
    columns: pl.DataFrame

    @property
    def names(self) -> list[str]:
        """The name of each column, `code/aggregate/window`."""
        return self.columns["name"].to_list()


def place(folder: Path, family: str, window: Window | str | None) -> Path:
    """Where the arrays of one window of one family are."""
    name = window.name if isinstance(window, Window) else window
    return folder / "matrix" / (f"{name}-{family}" if name else family)


def load(
    folder: Path,
    *,
    windows: Iterable[str] | None = None,
    aggregates: Iterable[str] | None = None,
    dtype: type[np.floating[Any]] = np.float32,
) -> Table:
    """The matrix in memory, or only these windows and aggregates of it.

    A stored zero is a value of 0; what is not stored is absent (for a count, 0).

    Raises:
        TabulationError: there is no tabulation, or not these windows or aggregates.
    """
    rows = pl.read_parquet(_there(folder) / ROWS)
    columns = _chosen(folder, windows, aggregates)
    return Table(_stretch(folder, columns, 0, rows.height, dtype), rows, columns)


def blocks(
    folder: Path,
    size: int,
    *,
    windows: Iterable[str] | None = None,
    aggregates: Iterable[str] | None = None,
    dtype: type[np.floating[Any]] = np.float32,
) -> Iterator[Table]:
    """The same, `size` rows at a time, for a matrix that does not fit into memory."""
    rows = pl.read_parquet(_there(folder) / ROWS)
    columns = _chosen(folder, windows, aggregates)
    for begin in range(0, rows.height, size):
        part = rows.slice(begin, size)
        yield Table(_stretch(folder, columns, begin, begin + part.height, dtype), part, columns)


def _there(folder: Path) -> Path:
    try:
        json.loads((folder / META).read_bytes())
    except (OSError, ValueError):
        raise TabulationError("There is no tabulation in this folder: run `smartclinic tabulate`.") from None
    return folder


def _chosen(folder: Path, windows: Iterable[str] | None, aggregates: Iterable[str] | None) -> pl.DataFrame:
    columns = pl.read_parquet(folder / COLUMNS)
    for name, wanted in (("window", windows), ("aggregate", aggregates)):
        if wanted is None:
            continue
        asked = list(wanted)
        there = columns[name].drop_nulls().unique().sort().to_list()
        if missing := [one for one in asked if one not in there]:
            raise TabulationError(f"The tabulation has no {name} {missing[0]!r}; it has {', '.join(there)}.")
        # A static fact knows no window, and stays with any.
        columns = columns.filter(pl.col(name).is_in(asked) | pl.col(name).is_null())
    return columns


def _stretch(
    folder: Path, columns: pl.DataFrame, begin: int, end: int, dtype: type[np.floating[Any]]
) -> "sparse.csr_array":
    from scipy import sparse

    found = [
        _block(folder, aggregate, window, block.height, begin, end, dtype)
        for (aggregate, window), block in columns.group_by("aggregate", "window", maintain_order=True)
    ]
    return sparse.csr_array(sparse.hstack(found, format="csr"))


def _block(
    folder: Path,
    aggregate: object,
    window: object,
    width: int,
    begin: int,
    end: int,
    dtype: type[np.floating[Any]],
) -> "sparse.csr_array":
    from scipy import sparse

    family, name = str(aggregate).split("/")
    here = place(folder, family, None if window is None else str(window))
    offsets: NDArray[np.int64] = np.load(here / "offsets.npy", mmap_mode="r")[begin : end + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    columns = np.load(here / "columns.npy", mmap_mode="r")[first:last].astype(np.int32)
    values = np.load(here / f"{name}.npy", mmap_mode="r")[first:last].astype(dtype)
    return sparse.csr_array((values, columns, offsets - first), shape=(end - begin, width))
