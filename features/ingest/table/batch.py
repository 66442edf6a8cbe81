"""Rows of a table in the form that every kind of table is brought to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

CELLS, QUOTE = "cells", "quote"  # why a row is none: wrong number of cells, a quote in the wrong place


@dataclass(frozen=True)
class Batch:
    """Some rows of one table.

    `frame` holds the wanted columns by the names of the header: text, or what a typed file holds; `lines`
    is where each row begins, `raw` gives its text. `bad` is what is no row at all: line, why, text. `lost`
    says that a character somewhere could not be decoded and is U+FFFD now.
    """

    frame: pl.DataFrame
    lines: Sequence[int]
    bad: Sequence[tuple[int, str, str]]
    lost: bool
    raw: Callable[[int], str]
