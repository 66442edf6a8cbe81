"""Queries over the consent ledger."""

import sqlite3
from collections.abc import Iterable

from clinic.consent.schemas import Purpose
from clinic.kit.database import instant
from features.ingest.person import ConsentRecord

_LATEST = """
    SELECT subject_id, permitted FROM (
        SELECT subject_id, permitted, row_number() OVER (
            PARTITION BY subject_id ORDER BY time DESC, permitted
        ) AS place
        FROM consent WHERE purpose = :purpose AND time <= :at
    ) WHERE place = 1
"""


def add(connection: sqlite3.Connection, records: Iterable[ConsentRecord]) -> int:
    """Rows that were new."""
    before = connection.total_changes
    connection.executemany(
        "INSERT INTO consent (subject_id, purpose, time, permitted) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ((r.subject_id, r.purpose, instant(r.time), r.permitted) for r in records),
    )
    return connection.total_changes - before


def permitted(connection: sqlite3.Connection, purpose: Purpose, at: str) -> set[int]:
    """Subjects whose latest decision up to `at` permits."""
    rows = connection.execute(f"{_LATEST} AND permitted = 1", {"purpose": purpose, "at": at})
    return {subject_id for subject_id, _ in rows}


def latest(connection: sqlite3.Connection, subject_id: int, purpose: Purpose, at: str) -> bool | None:
    """The subject's latest decision up to `at`; where two have one time, the refusal."""
    row = connection.execute(
        "SELECT permitted FROM consent WHERE subject_id = ? AND purpose = ? AND time <= ?"
        " ORDER BY time DESC, permitted LIMIT 1",
        (subject_id, purpose, at),
    ).fetchone()
    return None if row is None else bool(row[0])
