"""Dates and instants as text → microseconds since 1970, on the writer's own clock.

Of the formats of a mapping the first that fits a cell counts. `iso` is ISO 8601 in all its forms,
`excel` the serial number of a day in Excel, `unix` and `unix_ms` what their names say.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

ISO, EXCEL, UNIX, UNIX_MS = "iso", "excel", "unix", "unix_ms"
WORDS = (ISO, EXCEL, UNIX, UNIX_MS)
DAY = 86_400_000_000
NONE = np.iinfo(np.int64).min  # no date
_DIRECTIVE = re.compile(r"%(.)")
_KNOWN = frozenset("YymdBbeHIMSpfzjTDFR.%3 69")
_TIMED = re.compile(r"%(H|I|T|R)")
_NUMBER = re.compile(r"\d{1,17}(?:[.,]\d{1,12})?")
_FIRST_SERIAL, _LAST_SERIAL = 61, 2_958_466  # 1900-03-01; before it Excel counts a day too many
_SERIAL_0 = 25_569  # 1970-01-01
# The commonest forms of ISO 8601, at full speed.
_FORMS = tuple(
    (re.compile(form), format)
    for form, format in (
        (r"\d{4}-\d\d-\d\d", "%Y-%m-%d"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "%Y-%m-%dT%H:%M:%S"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "%Y-%m-%d %H:%M:%S"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d", "%Y-%m-%d %H:%M"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+", "%Y-%m-%dT%H:%M:%S%.f"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+", "%Y-%m-%d %H:%M:%S%.f"),
    )
)

Flags = npt.NDArray[np.bool_]
Micros = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Parsed:
    """One entry a cell: `local` in microseconds, or `NONE`; `whole` for a date without a time of day;
    `aware` where the cell names its offset, so that `local` is UTC already."""

    local: Micros
    whole: Flags
    aware: Flags


def mistake(format: str) -> str | None:
    """What is wrong with a format of the mapping; None if nothing is."""
    if format in WORDS:
        return None
    example = "such as %d.%m.%Y %H:%M, or one of the words iso, excel, unix, unix_ms"
    found = set(_DIRECTIVE.findall(format))
    if unknown := found - _KNOWN:
        return f"unknown %{min(unknown)}; {example}"
    if not found & set("YyFD"):
        return f"no year in it (%Y); {example}"
    if not (found & set("FDj") or (found & set("mBb") and found & set("de"))):
        return f"no month and day in it (%m, %d); {example}"
    try:
        pl.Series(["1"]).str.to_datetime(format, strict=False)
    except pl.exceptions.PolarsError:
        return f"it cannot be used; {example}"
    return None


def parsed(texts: pl.Series, formats: Sequence[str]) -> Parsed:
    """Parse a column of text; nulls stay without a date."""
    size = len(texts)
    found = Parsed(np.full(size, NONE, np.int64), np.zeros(size, np.bool_), np.zeros(size, np.bool_))
    todo = None if not texts.null_count() else texts.is_not_null().to_numpy()
    for stripped in (False, True):
        if stripped:
            texts = texts.str.strip_chars()
        for format in formats:
            todo = _try(texts, format, todo, found)
            if todo is not None and not todo.any():
                return found
    return found


def _try(texts: pl.Series, format: str, todo: Flags | None, found: Parsed) -> Flags:
    """Fill in what `format` fits; returns what is left."""
    rest = texts if todo is None else texts.filter(pl.Series(todo))
    if not len(rest):
        return np.zeros(len(texts), np.bool_)
    if format in WORDS:
        local, whole, aware = _words(rest, format)
    else:
        local = _strptime(rest, format)
        whole = np.full(len(rest), not _TIMED.search(format))
        aware = np.full(len(rest), "%z" in format)
    where = slice(None) if todo is None else todo
    found.local[where], found.whole[where], found.aware[where] = local, whole, aware
    left: Flags = found.local == NONE
    return left if todo is None else left & todo


def _strptime(texts: pl.Series, format: str) -> Micros:
    times = texts.str.to_datetime(format, time_unit="us", strict=False)
    return times.dt.replace_time_zone(None).to_physical().fill_null(NONE).to_numpy().copy()


def _words(texts: pl.Series, format: str) -> tuple[Micros, Flags, Flags]:
    local = np.full(len(texts), NONE, np.int64)
    whole, aware = np.zeros(len(texts), np.bool_), np.zeros(len(texts), np.bool_)
    left = texts
    if format == ISO and (fast := _form(texts[0])):
        local = _strptime(texts, fast)
        whole[:] = not _TIMED.search(fast)
        if not (local == NONE).any():
            return local, whole, aware
        left = texts.filter(pl.Series(local == NONE))
    # The rest cell by cell, each text once.
    ways: dict[str, Callable[[str], _One]] = {ISO: _iso, EXCEL: _excel, UNIX: _unix, UNIX_MS: _unix_ms}
    of = ways[format]
    each = {text: of(text) for text in left.unique().to_list()}
    several = np.array([each[text] for text in left.to_list()], np.int64).reshape(-1, 3)
    where = local == NONE
    local[where], whole[where], aware[where] = several[:, 0], several[:, 1], several[:, 2]
    return local, whole, aware


def _form(text: str) -> str | None:
    return next((format for form, format in _FORMS if form.fullmatch(text)), None)


_One = tuple[int, bool, bool]
_NOTHING: _One = (NONE, False, False)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a clock without a zone


@lru_cache(maxsize=1 << 14)
def _iso(text: str) -> _One:
    """A month or a year stands for its last day."""
    try:
        if re.fullmatch(r"\d{4}(-\d\d)?", text):
            year, month = int(text[:4]), int(text[5:] or 12)
            text = f"{year:04}-{month:02}-{monthrange(year, month)[1]}"
        at = datetime.fromisoformat(text)
    except ValueError:
        return _NOTHING
    whole = len(text) <= 10 and ":" not in text
    if at.tzinfo is not None:
        return (at.astimezone(UTC).replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1), False, True
    return (at - _EPOCH) // timedelta(microseconds=1), whole, False


def _excel(text: str) -> _One:
    if not _NUMBER.fullmatch(text):
        return _NOTHING
    serial = float(text.replace(",", "."))
    if not _FIRST_SERIAL <= serial < _LAST_SERIAL:
        return _NOTHING
    seconds = round((serial - _SERIAL_0) * 86_400)  # a serial number is exact to about a second
    return seconds * 1_000_000, serial == int(serial), False


def _unix(text: str) -> _One:
    return (round(float(text) * 1_000_000), False, True) if _stamp(text, 1e11) else _NOTHING


def _unix_ms(text: str) -> _One:
    return (round(float(text) * 1_000), False, True) if _stamp(text, 1e14) else _NOTHING


def _stamp(text: str, limit: float) -> bool:
    return bool(_NUMBER.fullmatch(text)) and "," not in text and float(text) < limit


@lru_cache(maxsize=1 << 14)
def _one(text: str, formats: tuple[str, ...]) -> int:
    return int(parsed(pl.Series([text], dtype=pl.String), formats).local[0])


def one(text: str, formats: Sequence[str]) -> int | None:
    """One cell on its writer's clock; None: no date. For few cells: a column goes through `parsed`."""
    found = _one(text, tuple(formats))
    return None if found == NONE else found
