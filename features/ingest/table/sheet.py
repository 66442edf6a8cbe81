"""One sheet of an XLSX, row by row: what Excel last computed, as text.

Nothing is executed and nothing outside of the file is asked for. What is small in the file and large
unpacked is refused before it is unpacked.
"""

import datetime as dt
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Any

import polars as pl

from features.ingest import reason
from features.ingest.table.batch import Batch
from features.ingest.table.header import named
from features.ingest.unpack import RATIO

ROWS = 20_000  # in a batch
HELD = 64 << 20  # bytes of the parts that are held in memory: texts, styles
STREAMED = 4 << 30  # bytes of all, for the sheet is read as it comes
SHEET = "xl/worksheets/"


class Unreadable(ValueError):
    """The workbook cannot be read; the message is one of the reasons."""


@dataclass(frozen=True)
class Sheet:
    """An open sheet: the names of its columns, and where the rows below them begin."""

    names: Sequence[str]
    first: int
    rows: Iterator[tuple[Any, ...]]

    def batches(self, wanted: Sequence[str], decimal: str) -> Iterator[Batch]:
        """The rows below the header; dates in ISO 8601, numbers with `decimal`."""
        places = [self.names.index(name) for name in wanted]
        line = self.first
        held: list[tuple[str | None, ...]] = []
        lines: list[int] = []
        try:
            for row in self.rows:
                if any(cell is not None for cell in row):
                    held.append(tuple(text(row[p], decimal) if p < len(row) else None for p in places))
                    lines.append(line)
                line += 1
                if len(held) >= ROWS:
                    yield _batch(held, lines, wanted)
                    held, lines = [], []
        except _BROKEN:
            raise Unreadable(reason.BROKEN_XLSX) from None
        if held:
            yield _batch(held, lines, wanted)


def _batch(held: list[tuple[str | None, ...]], lines: list[int], wanted: Sequence[str]) -> Batch:
    frame = pl.DataFrame(held, schema=dict.fromkeys(wanted, pl.String), orient="row")
    return Batch(frame, lines, (), False, lambda row: "\t".join(cell or "" for cell in held[row])[:4096])


def text(cell: Any, decimal: str) -> str | None:
    """A cell as a text table would write it; a date without a time of day is only a date."""
    if cell is None or isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, dt.datetime):
        whole = cell.time() == dt.time() and cell.tzinfo is None
        return cell.date().isoformat() if whole else cell.isoformat()
    if isinstance(cell, int | float):
        if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
            cell = int(cell)
        return repr(cell).replace(".", decimal)
    return str(cell)  # a date, a time of day or a span of time


_BROKEN = (zipfile.BadZipFile, OSError, EOFError, ValueError, KeyError, TypeError, IndexError, SyntaxError,
           AttributeError, NotImplementedError, RuntimeError, OverflowError)  # fmt: skip


def opened(file: IO[bytes], sheet: str | None, header: int) -> "closing[_Book]":
    """Open a workbook at a sheet: its name, its number from 1, or None for the first.

    Raises:
        Unreadable: it is none, it is damaged or too large, or it has no such sheet.
    """
    _admit(file)
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # heavy, so only for XLSX; has no types

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what openpyxl does not show: colours, lists to choose from
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except _BROKEN:
        raise Unreadable(reason.BROKEN_XLSX) from None
    return closing(_Book(book, sheet, header))


class _Book:
    def __init__(self, book: Any, sheet: str | None, header: int) -> None:
        self._book = book
        sheets = {s.title: s for s in book.worksheets}
        numbered = dict(enumerate(book.worksheets, 1))
        found = sheets.get(sheet or "") or numbered.get(
            int(sheet) if (sheet or "1").isdecimal() and sheet else 1
        )
        if found is None or (sheet and not sheet.isdecimal() and sheet not in sheets):
            book.close()
            raise Unreadable(reason.NO_SHEET)
        found.reset_dimensions()  # what a file says of its own size is often wrong
        rows = found.iter_rows(values_only=True)
        names: list[str] = []
        try:
            for _ in range(header):
                names = [named(text(cell, ".") or "") for cell in next(rows, ())]
        except _BROKEN:
            book.close()
            raise Unreadable(reason.BROKEN_XLSX) from None
        self.sheet = Sheet(names, header + 1, rows)

    def close(self) -> None:
        self._book.close()


def _admit(file: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Unreadable(reason.BROKEN_XLSX) from None
    held = sum(
        i.file_size
        for i in infos
        if i.filename.endswith((".xml", ".rels")) and not i.filename.startswith(SHEET)
    )
    streamed = sum(i.file_size for i in infos)
    ratio = any(i.file_size > HELD and i.file_size > RATIO * i.compress_size for i in infos)
    if held > HELD or streamed > STREAMED or ratio:
        raise Unreadable(reason.LARGE_XLSX)
    file.seek(0)
