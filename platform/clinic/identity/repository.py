"""Queries over the people behind the subjects."""

import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any

from clinic.kit.database import instant
from features.ingest.person import Person

COLUMNS = tuple(field.name for field in fields(Person))
_REPLACED = tuple(name for name in COLUMNS if name not in ("subject_id", "patient_id", "deceased", "updated"))

# Of two undated versions the one that comes later counts as newer: nothing else is known.
_NEWER = "(updated IS NULL OR excluded.updated > updated)"
# patient_id is set so that the table's trigger sees a second patient and refuses.
_UPSERT = f"""
    INSERT INTO person ({", ".join(COLUMNS)}) VALUES ({", ".join("?" * len(COLUMNS))})
    ON CONFLICT (subject_id) DO UPDATE SET
        patient_id = excluded.patient_id, deceased = max(deceased, excluded.deceased),
        updated = iif({_NEWER}, excluded.updated, updated),
        {", ".join(f"{n} = iif({_NEWER}, coalesce(excluded.{n}, {n}), coalesce({n}, excluded.{n}))" for n in _REPLACED)}
"""
_values = attrgetter(*COLUMNS)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM person"


def upsert(connection: sqlite3.Connection, people: Iterable[Person]) -> int:
    """Rows handed over. Raises sqlite3.IntegrityError where a patient or a subject has another pair."""
    return connection.executemany(_UPSERT, (_row(person) for person in people)).rowcount


def count(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute("SELECT count(*) FROM person").fetchone()
    return int(number)


def anybody(connection: sqlite3.Connection) -> bool:
    """Whether people are stored; also where the tables are not made yet."""
    made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'person'").fetchone()
    return made is not None and count(connection) > 0


def page(connection: sqlite3.Connection, after: int, size: int) -> list[Person]:
    """The next people by subject number after `after`; 0 is before all of them."""
    rows = connection.execute(f"{_SELECT} WHERE subject_id > ? ORDER BY subject_id LIMIT ?", (after, size))
    return [_person(row) for row in rows]


def person(connection: sqlite3.Connection, subject_id: int) -> Person | None:
    row = connection.execute(f"{_SELECT} WHERE subject_id = ?", (subject_id,)).fetchone()
    return None if row is None else _person(row)


def subject(connection: sqlite3.Connection, patient_id: str) -> int | None:
    row = connection.execute("SELECT subject_id FROM person WHERE patient_id = ?", (patient_id,)).fetchone()
    return None if row is None else int(row[0])


def _row(person: Person) -> tuple[Any, ...]:
    """Values for SQLite; an empty text is nothing, so it wipes nothing."""
    return tuple(_value(value) for value in _values(person))


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return None if value == "" else value


def _person(row: tuple[Any, ...]) -> Person:
    values = dict(zip(COLUMNS, row, strict=True))
    if values["birth_date"] is not None:
        values["birth_date"] = date.fromisoformat(values["birth_date"])
    if values["updated"] is not None:
        values["updated"] = datetime.fromisoformat(values["updated"]).astimezone(UTC).replace(tzinfo=None)
    values["deceased"] = bool(values["deceased"])
    return Person(**values)
