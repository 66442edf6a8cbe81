"""Record what patients allowed and refused, and say what holds at a moment.

The ledger is only added to. Of each consent the latest record counts, from its time on and until
its end. Among a subject's consents that still say something the latest decides; where a permission
and a refusal have one time, the refusal does. A withdrawal is a record that ends as it begins: its
consent says nothing more, another one still may. Who never decided has not permitted, and neither has
one whose consents have all ended.
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
    said = repository.said(connection, subject_id, purpose, instant(at))
    if said is None:
        return Decision.NEVER_ASKED
    return Decision.PERMITTED if said else Decision.REFUSED


def version(connection: sqlite3.Connection) -> int:
    """Records in the ledger: as long as this number is the same, nobody has said anything new.

    Time alone changes answers too, where a permission ends.
    """
    return repository.count(connection)
