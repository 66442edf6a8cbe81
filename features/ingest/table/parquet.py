"""A Parquet file, some rows at a time, with its own types."""

import os
from collections.abc import Iterator, Sequence
from typing import IO

import polars as pl

from features.ingest import reason
from features.ingest.table.batch import Batch

MAGIC = b"PAR1"
ROWS = 150_000  # in a batch
PLAIN = (pl.List, pl.Array, pl.Struct, pl.Binary, pl.Object)  # types that are no cells


class Unreadable(ValueError):
    """The file cannot be read; the message is one of the reasons."""


class Parquet:
    """An open file. polars opens it anew by its descriptor, so that a copy without a name will do."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        try:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 4))
            if file.read(4) != MAGIC:
                raise Unreadable(reason.BROKEN_PARQUET)
            self._frame = pl.scan_parquet(f"/dev/fd/{file.fileno()}", hive_partitioning=False)
            self._schema = self._frame.collect_schema()
            self._rows = int(self._frame.select(pl.len()).collect().item())
        except (pl.exceptions.PolarsError, OSError, OverflowError):
            raise Unreadable(reason.BROKEN_PARQUET) from None

    @property
    def names(self) -> list[str]:
        """The columns that hold cells."""
        return [name for name, dtype in self._schema.items() if not isinstance(dtype, PLAIN)]

    def batches(self, wanted: Sequence[str]) -> Iterator[Batch]:
        """Batch after batch; lines are the numbers of rows, from 1."""
        chosen = [_cell(name, self._schema[name]) for name in wanted]
        for start in range(0, self._rows, ROWS):
            try:
                frame = self._frame.select(chosen).slice(start, ROWS).collect()
            except (pl.exceptions.PolarsError, OSError, OverflowError):
                raise Unreadable(reason.BROKEN_PARQUET) from None
            yield Batch(frame, range(start + 1, start + 1 + frame.height), (), False, _Raw(frame).text)


class _Raw:
    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def text(self, row: int) -> str:
        return "\t".join("" if cell is None else str(cell) for cell in self._frame.row(row))[:4096]


def _cell(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype.is_numeric() and not (dtype.is_integer() or dtype.is_float()):
        return column.cast(pl.Float64)
    if isinstance(dtype, pl.Categorical | pl.Enum | pl.Boolean | pl.Time | pl.Duration | pl.Null):
        return column.cast(pl.String)
    return column
