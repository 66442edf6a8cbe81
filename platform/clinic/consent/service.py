"""Record what patients allowed and refused, and say what holds at a moment.

The ledger is only added to. The latest time decides; where a permission and a refusal have one
time, the refusal does. Who never decided has not permitted.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from clinic.consent import repository
from clinic.consent.schemas import Decision, Purpose
from clinic.kit.database import instant
from features.ingest.person import ConsentRecord


def record(connection: sqlite3.Connection, records: Iterable[ConsentRecord]) -> int:
    """Add decisions; returns how many were new. The caller commits."""
    return repository.add(connection, records)


def permitted(connection: sqlite3.Connection, purpose: Purpose, at: datetime) -> set[int]:
    """Subjects who permit the purpose at `at`."""
    return repository.permitted(connection, purpose, instant(at))


def decision(connection: sqlite3.Connection, subject_id: int, purpose: Purpose, at: datetime) -> Decision:
    """What one subject decided about the purpose, as of `at`."""
    latest = repository.latest(connection, subject_id, purpose, instant(at))
    if latest is None:
        return Decision.NEVER_ASKED
    return Decision.PERMITTED if latest else Decision.REFUSED
