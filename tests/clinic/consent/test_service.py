import sqlite3
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import state
from clinic.consent import service
from clinic.consent.schemas import Decision
from clinic.consent.tables import TABLES
from features.ingest.person import ConsentRecord


def record(connection: sqlite3.Connection, *records: ConsentRecord) -> int:
    with state.transaction(connection):
        return service.record(connection, records)


def test_who_never_decided_has_not_permitted(connection: sqlite3.Connection, now: datetime) -> None:
    assert service.decision(connection, 1, "reminder", now) is Decision.NEVER_ASKED
    assert service.permitted(connection, "reminder", now) == set()


def test_the_latest_decision_holds_whatever_the_order_of_arrival(
    connection: sqlite3.Connection, now: datetime
) -> None:
    earlier, later = now - timedelta(days=2), now - timedelta(days=1)
    record(
        connection,
        ConsentRecord(1, "reminder", False, later),
        ConsentRecord(1, "reminder", True, earlier),
        ConsentRecord(2, "reminder", True, later),
        ConsentRecord(2, "reminder", False, earlier),
    )

    assert service.permitted(connection, "reminder", now) == {2}
    assert service.decision(connection, 1, "reminder", now) is Decision.REFUSED
    assert service.decision(connection, 2, "reminder", now) is Decision.PERMITTED
    assert service.permitted(connection, "reminder", earlier) == {1}


def test_of_two_decisions_at_one_time_the_refusal_holds(
    connection: sqlite3.Connection, now: datetime
) -> None:
    record(connection, ConsentRecord(1, "reminder", False, now), ConsentRecord(1, "reminder", True, now))

    assert service.decision(connection, 1, "reminder", now) is Decision.REFUSED
    assert service.permitted(connection, "reminder", now) == set()


def test_a_decision_holds_from_its_own_moment_on(connection: sqlite3.Connection, now: datetime) -> None:
    record(connection, ConsentRecord(1, "reminder", True, now))

    just_before = now - timedelta(microseconds=1)
    assert service.decision(connection, 1, "reminder", just_before) is Decision.NEVER_ASKED
    assert service.decision(connection, 1, "reminder", now) is Decision.PERMITTED


def test_consent_to_one_purpose_says_nothing_of_another(
    connection: sqlite3.Connection, now: datetime
) -> None:
    record(connection, ConsentRecord(1, "marketing", True, now), ConsentRecord(1, "research", False, now))

    assert service.decision(connection, 1, "reminder", now) is Decision.NEVER_ASKED
    assert service.permitted(connection, "marketing", now) == {1}


def test_the_same_records_again_change_nothing(connection: sqlite3.Connection, now: datetime) -> None:
    one = ConsentRecord(1, "reminder", True, now)

    assert record(connection, one, one) == 1
    assert record(connection, one) == 0


@pytest.mark.parametrize("statement", ["UPDATE consent SET permitted = 0", "DELETE FROM consent"])
def test_the_ledger_is_only_added_to(connection: sqlite3.Connection, now: datetime, statement: str) -> None:
    record(connection, ConsentRecord(1, "reminder", True, now))

    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        connection.execute(statement)


def test_an_unknown_purpose_is_refused(connection: sqlite3.Connection, now: datetime) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        record(connection, ConsentRecord(1, "anything", True, now))


BASE = datetime(2026, 1, 1)
RECORDS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 4), st.booleans()), max_size=12)


@given(records=RECORDS, day=st.integers(0, 5))
def test_one_by_one_and_all_together_agree_with_the_plain_rule(
    records: list[tuple[int, int, bool]], day: int
) -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLES)
    service.record(
        connection,
        [ConsentRecord(s, "reminder", permitted, BASE + timedelta(days=d)) for s, d, permitted in records],
    )
    at = BASE + timedelta(days=day)

    expected = set()
    for subject in (1, 2, 3):
        said = [(d, not permitted) for s, d, permitted in records if s == subject and d <= day]
        if said and not max(said)[1]:
            expected.add(subject)
    assert service.permitted(connection, "reminder", at) == expected
    one_by_one = {
        s for s in (1, 2, 3) if service.decision(connection, s, "reminder", at) is Decision.PERMITTED
    }
    assert one_by_one == expected
    connection.close()
