"""Cells that hold a number: decimal and thousands marks as the mapping says, comparators, words of the
closed list, and the mapping's own words. What is none of these is never guessed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from features.ingest.concept import ANSWERS
from features.ingest.value import LARGEST, SIGNS, WORDS

GOOD, EMPTY, BAD, UNKNOWN = 0, 1, 2, 3  # what a cell is; UNKNOWN: not an entry of the map
COMPARATORS = frozenset({"<", "<=", ">", ">="})
SPACES = " \u00a0\u202f\u2009"
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})
_SIGN = re.compile(r"([<>≤≥]=?|=)?\s*(.*)", re.DOTALL)
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_WHOLE = re.compile(r"[+-]?\d+")

One = tuple[float | None, str | None, int]  # number, text, what the cell is
_BAD: One = (None, None, BAD)
_EMPTY: One = (None, None, EMPTY)


@dataclass(frozen=True)
class Style:
    """How numbers are written in a table."""

    decimal: Sequence[str] = (".",)
    thousands: str = ""  # each of its characters is one; a space stands for every kind of space
    missing: frozenset[str] = frozenset({""})
    map: Mapping[str, str] = field(default_factory=dict)

    @property
    def marks(self) -> str:
        """All thousands marks."""
        return self.thousands + (SPACES if set(self.thousands) & set(SPACES) else "")


def number(text: str, style: Style) -> float | None:
    """The number that `text` is, without a comparator; None if it is none."""
    text = text.translate(_MINUS)
    for decimal in style.decimal:
        whole, mark, part = text.partition(decimal)
        if style.marks and (grouped := _ungrouped(whole, style.marks)) is not None:
            whole = grouped
        plain = f"{whole}.{part}" if mark else whole
        if decimal != "." and "." in whole + part:
            continue
        if _PLAIN.fullmatch(plain):
            found = float(plain)
            return found if abs(found) < LARGEST else None
    return None


def _ungrouped(whole: str, marks: str) -> str | None:
    """`1 234 567` without its marks, if they stand where they should; `whole` as it is without any."""
    used = {c for c in whole if c in marks}
    if not used:
        return whole
    if len(used) > 1:
        return None
    first, *groups = whole.split(used.pop())
    if _WHOLE.fullmatch(first) and len(first.lstrip("+-")) <= 3:
        return "".join([first, *groups]) if all(len(g) == 3 and g.isdecimal() for g in groups) else None
    return None


def cell(text: str, style: Style) -> One:
    """What one cell says, with the number or the coded answer in it."""
    text = text.strip()
    if style.map and text in style.map:
        return meaning(style.map[text], style)
    if text in style.missing or not text:
        return _EMPTY
    match = _SIGN.fullmatch(text)
    sign, rest = (match[1], match[2]) if match else (None, text)
    found = number(rest, style)
    if found is not None:
        return found, SIGNS.get(sign, sign) if sign and sign != "=" else None, GOOD
    word = " ".join(text.casefold().split())
    if word in WORDS:
        return None, word, GOOD
    return (None, None, UNKNOWN) if style.map else _BAD


def meaning(said: str, style: Style) -> One:
    """What the mapping says that a cell means: a number with a point, a coded answer, or nothing."""
    if not said:
        return _EMPTY
    if _PLAIN.fullmatch(said):
        return float(said), None, GOOD
    if said in ANSWERS or said.casefold() in WORDS:
        return None, said if said in ANSWERS else said.casefold(), GOOD
    return _BAD


@dataclass(frozen=True)
class Numbers:
    """A column: `number` (float64, null where there is none), `text` (coded answers and comparators; None:
    no cell has any), `state` (one of GOOD, EMPTY, BAD, UNKNOWN a cell)."""

    number: pl.Series
    text: pl.Series | None
    state: npt.NDArray[np.uint8]


def numbers(cells: pl.Series, style: Style) -> Numbers:
    """Parse a column of text, or take one that holds numbers already."""
    if cells.dtype.is_numeric():
        found = cells.cast(pl.Float64)
        fine = found.is_finite() & (found.abs() < LARGEST)
        odd = ~fine.fill_null(True)
        state = np.where(found.is_null().to_numpy(), EMPTY, np.where(odd.to_numpy(), BAD, GOOD))
        nothing = pl.Series([None], dtype=pl.Float64)
        return Numbers(found.zip_with(~odd, nothing) if odd.any() else found, None, state.astype(np.uint8))
    quick = _quick(cells, style)
    left = quick.is_null() & cells.is_not_null()
    state = np.zeros(len(cells), np.uint8)
    if cells.null_count():
        state[cells.is_null().to_numpy()] = EMPTY
    if not left.any():
        return Numbers(quick, None, state)
    # The rest cell by cell, each text once.
    rest = cells.filter(left)
    each = {text: cell(text, style) for text in rest.unique().to_list()}
    several = [each[text] for text in rest.to_list()]
    where = left.arg_true()
    state[where.to_numpy()] = np.array([what for _, _, what in several], np.uint8)
    quick = quick.scatter(where, pl.Series([n for n, _, _ in several], dtype=pl.Float64))
    texts = [text for _, text, _ in several]
    if not any(texts):
        return Numbers(quick, None, state)
    text = pl.Series([None], dtype=pl.String).new_from_index(0, len(cells))
    return Numbers(quick, text.scatter(where, pl.Series(texts, dtype=pl.String)), state)


def _quick(cells: pl.Series, style: Style) -> pl.Series:
    """What is a plain number with the decimal mark; null for all that `cell` must look at."""
    if any(number(token, style) is not None for token in (*style.missing, *style.map)):
        return pl.Series([None], dtype=pl.Float64).new_from_index(0, len(cells))
    text = cells
    if tuple(style.decimal) != (".",):
        pointed = cells.str.contains(".", literal=True)
        text = cells.str.replace(",", ".", literal=True)
        if pointed.any():
            text = text.zip_with(~pointed.fill_null(False), pl.Series([None], dtype=pl.String))
    elif "." in style.marks:
        return pl.Series([None], dtype=pl.Float64).new_from_index(0, len(cells))
    found = text.cast(pl.Float64, strict=False)
    fine = found.is_finite() & (found.abs() < LARGEST)
    return found if fine.fill_null(True).all() else found.zip_with(fine.fill_null(True), found.clear(1))


def answer(word: str) -> str | None:
    """A coded answer as events hold it; None for any other text."""
    if word in ANSWERS or word in COMPARATORS:
        return word
    folded = " ".join(word.casefold().split())
    return folded if folded in WORDS else None
