"""Queries over the consent ledger."""

import sqlite3
from collections.abc import Iterable

from clinic.consent.schemas import Purpose
from clinic.kit.database import instant
from features.ingest.person import ConsentRecord

# Of each consent the latest record, then of those that still say something the latest; at one time
# the refusal, then the end that comes first. `permitted` is NULL where nothing says anything any more.
_SAID = """
    SELECT subject_id, permitted FROM (
        SELECT subject_id, iif(over, NULL, permitted) AS permitted, row_number() OVER (
            PARTITION BY subject_id ORDER BY over, time DESC, permitted
        ) AS place
        FROM (
            SELECT subject_id, permitted, time, until IS NOT NULL AND until <= :at AS over, row_number() OVER (
                PARTITION BY subject_id, consent ORDER BY time DESC, permitted, until IS NULL, until
            ) AS version
            FROM consent WHERE purpose = :purpose AND time <= :at {subjects}
        ) WHERE version = 1
    ) WHERE place = 1
"""
_ALL = _SAID.format(subjects="")
_ONE = _SAID.format(subjects="AND subject_id = :subject_id")


def add(connection: sqlite3.Connection, records: Iterable[ConsentRecord]) -> int:
    """Rows that were new."""
    before = connection.total_changes
    connection.executemany(
        "INSERT INTO consent (subject_id, purpose, consent, time, until, permitted) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (
            (r.subject_id, r.purpose, r.consent, instant(r.time), r.until and instant(r.until), r.permitted)
            for r in records
        ),
    )
    return connection.total_changes - before


def permitted(connection: sqlite3.Connection, purpose: Purpose, at: str) -> set[int]:
    """Subjects that permit at `at`."""
    rows = connection.execute(f"{_ALL} AND permitted = 1", {"purpose": purpose, "at": at})
    return {subject_id for subject_id, _ in rows}


def said(connection: sqlite3.Connection, subject_id: int, purpose: Purpose, at: str) -> bool | None:
    """Whether the subject permits at `at`; None: nothing was said until then."""
    row = connection.execute(_ONE, {"subject_id": subject_id, "purpose": purpose, "at": at}).fetchone()
    return None if row is None else bool(row[1])


def count(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute("SELECT count(*) FROM consent").fetchone()
    return int(number)
