"""Stretches of CSV that are well formed beyond doubt, at full speed: layout by numpy, cells by polars."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

_BREAK, _RETURN, _QUOTE = 10, 13, 34
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Layout:
    """Where the rows of a piece lie: all of its whole rows, each with the right number of cells."""

    piece: bytes  # ends with a line break
    rest: bytes  # the begin of a row that the piece does not hold to its end
    ends: Places  # of each row
    breaks: Places  # all line breaks, those within quotes too
    quoted: bool

    @property
    def count(self) -> int:
        """How many lines."""
        return len(self.breaks)

    def lines(self, first: int) -> Sequence[int]:
        """On which line each row begins, where the piece begins on line `first`."""
        if len(self.breaks) == len(self.ends):
            return range(first, first + len(self.ends))
        starts = np.concatenate([[0], self.ends[:-1] + 1])
        found: list[int] = (first + np.searchsorted(self.breaks, starts)).tolist()
        return found

    def raw(self, row: int) -> str:
        """The text of a row."""
        start = int(self.ends[row - 1]) + 1 if row else 0
        return self.piece[start : int(self.ends[row])].decode().rstrip("\r")


def layout(piece: bytes, width: int, delimiter: str) -> Layout | None:
    """The layout of a piece of valid UTF-8, if each line is a row of `width` cells for sure."""
    if width < 2 or not piece:
        return None  # of one cell a row, a blank line could be one
    rest, added = b"", not piece.endswith(b"\n")
    if added:
        piece += b"\n"
    cells = np.frombuffer(piece, np.uint8)
    ends = breaks = np.flatnonzero(cells == _BREAK)
    marks = np.flatnonzero(cells == ord(delimiter))
    quoted = b'"' in piece
    if quoted:
        quotes = np.flatnonzero(cells == _QUOTE)
        ends = _outside(breaks, quotes)
        if not len(ends) or (added and ends[-1] + 1 < len(piece)):
            return None  # no row ends, or the last one of all is not closed
        cut = int(ends[-1]) + 1
        rest, piece, cells = piece[cut:], piece[:cut], cells[:cut]
        breaks, quotes, marks = breaks[breaks < cut], quotes[quotes < cut], marks[marks < cut]
        marks = _outside(marks, quotes)
        if not _clean(cells, quotes, ord(delimiter)):
            return None
    if b"\r" in piece:
        returns = np.flatnonzero(cells == _RETURN)
        returns = _outside(returns, quotes) if quoted else returns
        if (cells[returns + 1] != _BREAK).any():
            return None
    if len(marks) != len(ends) * (width - 1):
        return None
    if (marks[width - 2 :: width - 1] > ends).any() or (marks[width - 1 :: width - 1] < ends[:-1]).any():
        return None  # as many as there should be, but not in each line
    return Layout(piece, rest, ends, breaks, quoted)


def _outside(places: Places, quotes: Places) -> Places:
    """Those that are not within quotes: the number of quotes before them is even."""
    found: Places = places[np.searchsorted(quotes, places) % 2 == 0]
    return found


def _clean(cells: npt.NDArray[np.uint8], quotes: Places, delimiter: int) -> bool:
    """Whether quotes stand only around whole cells, or doubled within them."""
    opening, closing = quotes[0::2], quotes[1::2]
    before = cells[opening - 1]  # of the first byte of all: the last, a line break
    after = cells[closing + 1]
    fine = (before == delimiter) | (before == _BREAK) | (before == _QUOTE)
    good = (after == delimiter) | (after == _BREAK) | (after == _QUOTE) | (after == _RETURN)
    return bool(fine.all() and good.all())


def columns(
    layout: Layout, names: Sequence[str], wanted: Sequence[str], delimiter: str
) -> pl.DataFrame | None:
    """The wanted columns as text; None if polars sees other rows."""
    numbers = {str(names.index(name)): name for name in wanted}
    try:
        frame = pl.read_csv(
            layout.piece,
            has_header=False,
            separator=delimiter,
            quote_char='"' if layout.quoted else None,
            schema={str(number): pl.String for number in range(len(names))},
            columns=sorted(map(int, numbers)),
            infer_schema=False,
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.height != len(layout.ends):
        return None
    return frame.rename(numbers).select(wanted)
