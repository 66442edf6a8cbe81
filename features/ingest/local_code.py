"""A laboratory's own names of its tests → event codes, by a table that the clinic edits.

A name that the table does not know is counted for the review queue, with the unit that came with it and
what it might be. It is used without a review only where there is nothing to guess: the whole name is a
known name of an analyte, leaves no specimen open, and its unit fits (`synonym.CERTAIN`). A row counts once
somebody has checked it (`checked_by`) and is sure enough (`confidence` at the threshold or above); a row
with `-` for its code says that the test is none of ours.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from features.error import Problem
from features.ingest import synonym
from features.vocabulary import FORMS

COLUMNS = ("sender", "code", "name", "unit", "loinc", "confidence", "checked_by", "comment")
QUEUE = ("seen", *COLUMNS)
THRESHOLD = 0.8
NEVER = "-"  # in the place of a code: the test is none of ours
GUESSES = 1_000  # of the most frequent unknown tests it is said what they might be
ANY = "*"  # a row for every sender
LIMIT = 20_000  # local tests that are kept apart in the queue; no laboratory has so many
_LONG = 80
USED = "used already: the name and the unit leave nothing open"
_DIGITS = re.compile(r"\d{5,}")  # a number so long is a person's, not a test's
_BLANK = re.compile(r"\s+")

Key = tuple[str, str, str, str]  # sender, code, name, unit: what finds a test


class TableError(Problem):
    """The table of local codes cannot be used; the message says which row and why."""


@dataclass(frozen=True)
class LocalCode:
    """One row: this sender's test is that code. Empty `code`, `name` or `unit` match anything."""

    sender: str
    code: str
    name: str
    unit: str
    event: str
    confidence: float
    checked_by: str

    def usable(self, threshold: float) -> bool:
        return bool(self.checked_by) and self.confidence >= threshold


def folded(text: str | None) -> str:
    """Text as it is compared: case, ё and runs of white space do not matter."""
    return _BLANK.sub(" ", text or "").strip().casefold().replace("ё", "е")


class LocalCodes:
    """The table in use, and what it did not know."""

    def __init__(self, rows: Iterable[LocalCode] = (), threshold: float = THRESHOLD) -> None:
        self._rows: dict[Key, str] = {}
        for row in rows:
            if row.usable(threshold):
                key = (folded(row.sender) or ANY, folded(row.code), folded(row.name), row.unit.strip())
                if self._rows.setdefault(key, row.event) != row.event:
                    said = row.code or row.name
                    raise TableError(f"local codes: {said!r} of one sender stands for two codes; leave one")
        self._unknown: Counter[Key] = Counter()
        self._known: dict[Key, str | None] = {}  # what a name alone tells
        self.others = 0  # seen beyond LIMIT

    @classmethod
    def load(cls, path: Path | None, threshold: float = THRESHOLD) -> "LocalCodes":
        """The table in a CSV or YAML file with `COLUMNS`; without a file, an empty table.

        Raises:
            TableError: the file cannot be read, a column is missing, or a row cannot be used.
        """
        if path is None:
            return cls((), threshold)
        return cls([_row(said, f"{path.name}, row {number}") for number, said in _read(path)], threshold)

    def find(
        self, sender: str | None, code: str | None, name: str | None, unit: str | None, times: int = 1
    ) -> str | None:
        """The event code (`LOINC//718-7`) of a sender's test; None, and queued, if the table is silent.
        `times`: in how many rows it stands."""
        who, what, called, measured = folded(sender), folded(code), folded(name), (unit or "").strip()
        for event in map(self._rows.get, _keys(who, what, called, measured)):
            if event is not None:
                return event or None
        if not (what or called):
            return None
        key = (sender or "", code or "", name or "", measured)
        self._note(key, times)
        if key not in self._known:
            if len(self._known) > LIMIT:
                self._known = {}
            self._known[key] = self._certain(called, measured)
        return self._known[key]

    def _certain(self, name: str, unit: str) -> str | None:
        found = synonym.exact(name, unit)
        sure = found is not None and found.confidence >= synonym.CERTAIN
        return f"LOINC//{found.loinc}" if found and sure else None

    def _note(self, key: Key, times: int) -> None:
        if key in self._unknown or len(self._unknown) < LIMIT:
            self._unknown[key] += times
        else:
            self.others += times

    def unknown(self) -> Mapping[Key, int]:
        """(sender, code, name, unit) → how often, the most frequent first."""
        return dict(sorted(self._unknown.items(), key=lambda item: (-item[1], item[0])))

    def queue(self, path: Path) -> int:
        """Write what is to be reviewed as CSV: a row can be checked and moved into the table as it is.

        Returns how many local tests it lists; none leaves the file as it was.
        """
        unknown = self.unknown()
        if not unknown:
            return 0
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8-sig", newline="") as file:  # Excel knows UTF-8 by the mark
            writer = csv.DictWriter(file, QUEUE, restval="")
            writer.writeheader()
            for number, ((sender, code, name, unit), seen) in enumerate(unknown.items()):
                said = {"sender": sender, "code": code, "name": name, "unit": unit}
                row: dict[str, object] = {"seen": seen} | {k: _plain(v) for k, v in said.items()}
                if number < GUESSES and (may_be := synonym.suggest(name, unit)):
                    row |= {"loinc": may_be.loinc, "confidence": may_be.confidence}
                    row["comment"] = USED if may_be.confidence >= synonym.CERTAIN else ""
                writer.writerow(row)
        return len(unknown)


def _keys(sender: str, code: str, name: str, unit: str) -> Iterable[Key]:
    """From the most to the least particular: this sender before any, code before name, unit before none."""
    for who in dict.fromkeys((sender or ANY, ANY)):
        for what, called in ((code, name), (code, ""), ("", name)):
            if what or called:
                yield who, what, called, unit
                yield who, what, called, ""


def _plain(text: str) -> str:
    """A cell that says a test and nobody: short, no long numbers, no formula of a spreadsheet."""
    text = _DIGITS.sub("…", _BLANK.sub(" ", text).strip())[:_LONG]
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _read(path: Path) -> list[tuple[int, Mapping[str, object]]]:
    try:
        if path.suffix.lower() in (".yaml", ".yml"):
            import yaml  # a table in CSV does not need it

            said = yaml.safe_load(path.read_text(encoding="utf-8")) or []
            if not isinstance(said, list) or not all(isinstance(row, dict) for row in said):
                raise TableError(f"{path.name}: a list of rows is expected, each with {', '.join(COLUMNS)}")
            return list(enumerate(said, 1))
        with path.open(encoding="utf-8-sig", newline="") as file:
            start = file.read(4096)
            file.seek(0)
            reader = csv.DictReader(file, delimiter=";" if start.count(";") > start.count(",") else ",")
            if missing := {"loinc"} - set(reader.fieldnames or ()):
                raise TableError(f"{path.name}: no column {', '.join(missing)}; it has {', '.join(COLUMNS)}")
            return list(enumerate(reader, 2))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path.name}: cannot be read as UTF-8 text ({type(error).__name__})") from error


def _row(said: Mapping[str, object], where: str) -> LocalCode:
    cell = {name: str(said.get(name) if said.get(name) is not None else "").strip() for name in COLUMNS}
    if not (cell["code"] or cell["name"]):
        raise TableError(f"{where}: say the sender's code or name of the test")
    keys = (cell["sender"], cell["code"], cell["name"], cell["unit"])
    if cell["loinc"] == NEVER:
        return LocalCode(*keys, "", 1.0, cell["checked_by"] or NEVER)
    vocabulary, _, code = cell["loinc"].rpartition("//")
    vocabulary = vocabulary or "LOINC"
    if vocabulary not in FORMS or not FORMS[vocabulary].fullmatch(code):
        raise TableError(f"{where}: {cell['loinc']!r} is no LOINC code, such as 718-7, nor -")
    try:
        confidence = float(cell["confidence"].replace(",", ".") or "0")
    except ValueError:
        confidence = -1.0
    if not 0 <= confidence <= 1:
        raise TableError(f"{where}: `confidence` is a number from 0 to 1")
    return LocalCode(*keys, f"{vocabulary}//{code}", confidence, cell["checked_by"])
