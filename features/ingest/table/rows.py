"""CSV and TSV to columns, a few megabytes at a time, with the line of every row.

RFC 4180 as Excel and Python write it: a cell in quotes may hold the delimiter, line breaks and doubled
quotes; a quote inside an unquoted cell is a plain character. Two ways give the same: plain stretches go
through polars, all that needs care (quotes, blank lines, wrong counts) through Python's csv. A quote that
is never closed costs its own line and not the rest of the file.
"""

import csv
from collections.abc import Iterator, Sequence

import polars as pl

from features.ingest.table import plain
from features.ingest.table.batch import CELLS, QUOTE, Batch
from features.ingest.table.text import LOST_BYTES, Text, sound

SIZE = 12 << 20  # bytes read at a time
FEW = 1 << 16
RECORD = 1 << 20  # bytes that one row may have
KEPT = 1 << 12  # characters of a bad row that quarantine keeps


class Rows:
    """The rows of one stream.

    Args:
        names: what the header says, in order.
        wanted: those that are read.
        skip: rows to leave out, the header among them.
    """

    def __init__(
        self, text: Text, names: Sequence[str], wanted: Sequence[str], delimiter: str, skip: int
    ) -> None:
        self._text = text
        self._names, self._wanted = list(names), list(wanted)
        self._delimiter = delimiter
        self._skip = skip
        self._line = 1  # of what comes next
        self._rest = b""
        self._ended = False
        self._size = SIZE  # more while one row fills all that was read

    def batches(self) -> Iterator[Batch]:
        """Batch after batch, until the end."""
        while self._fill(self._size):
            cut = self._cut()
            if not cut:
                if len(self._rest) < RECORD:
                    self._size = len(self._rest) + SIZE
                else:
                    yield self._endless()
                continue
            self._size = SIZE
            piece, self._rest = sound(self._rest[:cut]), self._rest[cut:]
            if b"\r" in piece and b'"' not in piece:
                piece = piece.replace(b"\r\n", b"\n")
            yield self._at_once(piece) or self._carefully(piece)

    def _cut(self) -> int:
        """How much is looked at together: whole lines, and few while the header is still to come."""
        if self._skip and (few := self._rest.rfind(b"\n", 0, FEW) + 1):
            return few
        return len(self._rest) if self._ended else self._rest.rfind(b"\n") + 1

    def _at_once(self, piece: bytes) -> Batch | None:
        layout = None if self._skip else plain.layout(piece, len(self._names), self._delimiter)
        if layout is None:
            return None
        frame = plain.columns(layout, self._names, self._wanted, self._delimiter)
        if frame is None:
            return None
        lines = layout.lines(self._line)
        self._line += layout.count
        self._rest = layout.rest + self._rest
        return Batch(
            frame, lines, (), not piece.isascii() and LOST_BYTES in piece, lambda row: layout.raw(row)[:KEPT]
        )

    def _fill(self, size: int) -> int:
        parts, held = [self._rest], len(self._rest)
        while held < size and not self._ended:
            more = self._text.read(size - held)
            self._ended = not more
            parts.append(more)
            held += len(more)
        self._rest = b"".join(parts)
        return held

    def _carefully(self, piece: bytes) -> Batch:
        lines = [f"{line}\n" for line in piece.decode().split("\n")]
        lines[-1] = lines[-1][:-1]  # what follows the last break
        if not lines[-1]:
            lines.pop()
        found = _Careful(lines, self._delimiter, self._ended and not self._rest)
        batch = found.batch(self._names, self._wanted, self._line, self._skip)
        self._skip -= found.skipped
        self._line += found.at
        if not found.at:
            self._size = len(piece) + len(self._rest) + SIZE
        if found.at < len(lines):  # the begin of a row whose end is still to come
            self._rest = "".join(lines[found.at :]).encode() + self._rest
        return batch

    def _endless(self) -> Batch:
        """A line of more than `RECORD` bytes is no row; its rest is skipped."""
        raw = sound(self._rest[:KEPT]).decode("utf-8", "replace")
        while b"\n" not in self._rest and not self._ended:
            self._rest = b""
            self._fill(RECORD)
        self._rest = self._rest[self._rest.find(b"\n") + 1 :] if b"\n" in self._rest else b""
        self._line += 1
        return Batch(_frame([], self._names, self._wanted), (), ((self._line - 1, QUOTE, raw),), False, str)


class _Careful:
    """Rows of some lines by Python's csv; `at` is how many lines are done with."""

    def __init__(self, lines: list[str], delimiter: str, last: bool) -> None:
        self.at = 0
        self.skipped = 0
        self._lines = lines
        self._last = last  # no more lines will come
        self._dry = False
        self._delimiter = delimiter

    def batch(self, names: Sequence[str], wanted: Sequence[str], line: int, skip: int) -> Batch:
        rows: list[list[str]] = []
        spans: list[tuple[int, int]] = []
        bad: list[tuple[int, str, str]] = []
        reader, width = self._reader(), len(names)
        while self.at < len(self._lines):
            start = self.at
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error:
                if self._dry:
                    if not self._last and sum(map(len, self._lines[start:])) < RECORD:
                        self.at = start
                        break
                    reader = self._reader()
                bad.append((line + start, QUOTE, self._raw(start, start + 1)))
                self.at = start + 1
                continue
            if self.skipped < skip:
                self.skipped += 1
            elif len(cells) == width and (width > 1 or cells[0].strip()):
                rows.append(cells)
                spans.append((start, self.at))
            elif len(cells) > 1 or (cells and cells[0].strip()):
                bad.append((line + start, CELLS, self._raw(start, self.at)))
        lost = any("\ufffd" in text for text in self._lines[: self.at])
        return Batch(
            _frame(rows, names, wanted),
            [line + start for start, _ in spans],
            bad,
            lost,
            lambda row: self._raw(*spans[row]),
        )

    def _raw(self, start: int, end: int) -> str:
        return "".join(self._lines[start:end]).rstrip("\r\n")[:KEPT]

    def _reader(self) -> "Iterator[list[str]]":
        self._dry = False
        return csv.reader(self._feed(), delimiter=self._delimiter, strict=True)

    def _feed(self) -> Iterator[str]:
        while self.at < len(self._lines):
            self.at += 1
            yield self._lines[self.at - 1]
        self._dry = True


def _frame(rows: Sequence[Sequence[str]], names: Sequence[str], wanted: Sequence[str]) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pl.DataFrame(
        [
            pl.Series(name, [cell or None for cell in columns[names.index(name)]], dtype=pl.String)
            for name in wanted
        ]
    )
