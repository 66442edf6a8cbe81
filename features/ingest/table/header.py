"""The header of a text table: the names of its columns and the delimiter."""

import csv
from collections.abc import Collection

DELIMITERS = (",", ";", "\t", "|")


def header(head: str, row: int, delimiter: str | None, wanted: Collection[str]) -> tuple[list[str], str]:
    """The cells of row `row` (from 1, blank ones count) of a table that begins with `head`, and the delimiter.

    Where the mapping does not say the delimiter, it is the one by which most of the `wanted` columns are
    there, and of equal ones that which gives most cells.
    """
    best: tuple[tuple[int, int], list[str], str] | None = None
    for mark in [delimiter] if delimiter else DELIMITERS:
        cells = _cells(head, row, mark)
        rank = (len(set(cells) & set(wanted)), len(cells))
        if best is None or rank > best[0]:
            best = rank, cells, mark
    return (best[1], best[2]) if best else ([], delimiter or DELIMITERS[0])


def _cells(head: str, row: int, delimiter: str) -> list[str]:
    lines = head.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    reader = csv.reader([f"{line}\n" for line in lines], delimiter=delimiter)
    try:
        for _ in range(row - 1):
            next(reader)
        return [named(cell) for cell in next(reader)]
    except (StopIteration, csv.Error):
        return []


def named(cell: str) -> str:
    """A name as columns are compared: without the spaces and line breaks around and within it."""
    return " ".join(cell.replace("\ufeff", "").split())
