"""Tables as text cells, batch by batch: CSV in the encodings that exports use, Excel's two formats, Parquet."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime

import polars as pl

from features.ingest import reason
from features.ingest.tape import LIMIT, Tape

BATCH = 4 << 20  # bytes of a CSV
ROWS = 50_000
OLE, ZIP, PARQUET = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b"PAR1"
_MARKS = (",", ";", "\t")
_CHARSETS = ("utf-8-sig", "gb18030")  # of Chinese software; windows-1251 takes any byte and comes last


class NotATable(ValueError):
    """The message is a reason."""


def header(head: bytes) -> list[str]:
    """The column names, if `head` is the beginning of a CSV; else none. The first of ten lines that has a
    layout is for the caller to find: exports begin with a line of their own."""
    lines = head[:16_384].split(b"\n", 1)
    text = decoded(lines[0])[0]
    return [] if "\x00" in text else cells(text, mark(text))


def mark(line: str) -> str:
    """What separates the cells of a line."""
    return max(_MARKS, key=line.count)


def cells(line: str, between: str) -> list[str]:
    """The cells of one line."""
    return next(csv.reader([line.strip("\r\n")], delimiter=between), [])


def decoded(data: bytes) -> tuple[str, str]:
    """`(text, encoding)`; a character cut off at the end is left out."""
    for charset in _CHARSETS:
        for cut in range(4):
            try:
                return data[: len(data) - cut].decode(charset), charset
            except UnicodeDecodeError:
                continue
    return data.decode("windows-1251", "replace"), "windows-1251"


def text_batches(tape: Tape) -> Iterator[tuple[list[str], list[list[str]], int]]:
    """`(names, rows, line of the first)` of a CSV.

    Raises:
        NotATable: one row is longer than can be held.
    """
    head = tape.fill(1 << 16)
    _, charset = decoded(head)
    names: list[str] = []
    between, line = ",", 1
    while data := tape.fill(BATCH):
        cut = len(data) if tape.ended else data.rfind(b"\n") + 1
        while data[:cut].count(b'"') % 2 and not tape.ended:  # a line break within a cell
            cut = data.rfind(b"\n", 0, cut - 1) + 1
        if not cut:
            if len(data) > LIMIT:
                raise NotATable(reason.CELLS)
            tape.fill(len(data) + BATCH)
            continue
        tape.buffer = data[cut:]
        text = data[:cut].decode(charset, "replace")
        if not names:
            between = mark(text.split("\n", 1)[0])
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=between))
        if not names:
            names, rows, line = rows[0], rows[1:], 2
        yield names, rows, line
        line += len(rows)


def sheet_batches(tape: Tape) -> Iterator[tuple[list[str], list[list[str]], int]]:
    """The same of the first sheet of an .xls or .xlsx.

    Raises:
        NotATable: the workbook is damaged or locked.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    with tape.file() as file:
        try:
            sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
            rows = [[_text(cell) for cell in row] for row in sheet.to_python()]
        except (CalamineError, OSError, ValueError, IndexError):
            raise NotATable(reason.SHEET_BROKEN) from None
    if rows:
        yield rows[0], rows[1:], 2


def parquet_batches(tape: Tape) -> Iterator[tuple[list[str], pl.DataFrame, int]]:
    """The same of a Parquet file, as a frame.

    Raises:
        NotATable: it is damaged.
    """
    with tape.file() as file:
        try:
            lazy = pl.scan_parquet(file)
            names = lazy.collect_schema().names()
            line = 1
            for batch in lazy.collect_batches(chunk_size=ROWS, maintain_order=True):
                yield names, batch, line
                line += batch.height
        except (pl.exceptions.PolarsError, OSError):
            raise NotATable(reason.SHEET_BROKEN) from None


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
