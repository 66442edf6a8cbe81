import sqlite3
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
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


def test_a_permission_renewed_before_its_end_goes_on(connection: sqlite3.Connection) -> None:
    record(
        connection,
        ConsentRecord(1, "reminder", True, datetime(2025, 6, 30), "old", datetime(2026, 6, 30)),
        ConsentRecord(1, "reminder", True, datetime(2026, 5, 1), "new", datetime(2027, 1, 1)),
    )

    for time in (datetime(2026, 4, 1), datetime(2026, 6, 29), datetime(2026, 6, 30), datetime(2026, 12, 31)):
        assert service.decision(connection, 1, "reminder", time) is Decision.PERMITTED
    assert service.decision(connection, 1, "reminder", datetime(2027, 1, 1)) is Decision.REFUSED
    assert service.permitted(connection, "reminder", datetime(2027, 1, 1)) == set()


@pytest.mark.parametrize("known_before", [True, False])
def test_a_withdrawal_ends_its_own_consent_alone(
    connection: sqlite3.Connection, now: datetime, known_before: bool
) -> None:
    given = ConsentRecord(1, "reminder", True, now - timedelta(days=900), "old")
    withdrawn = ConsentRecord(1, "reminder", False, now, "old", now)
    newer = ConsentRecord(1, "reminder", True, now - timedelta(days=9), "new")
    record(connection, *([given] if known_before else []), withdrawn, newer)
    record(connection, ConsentRecord(2, "reminder", True, now - timedelta(days=9), "only"))
    record(connection, ConsentRecord(2, "reminder", False, now, "only", now))

    assert service.decision(connection, 1, "reminder", now) is Decision.PERMITTED
    assert service.decision(connection, 2, "reminder", now) is Decision.REFUSED
    assert service.permitted(connection, "reminder", now) == {1}


def test_a_refusal_given_later_outweighs_every_other_consent(
    connection: sqlite3.Connection, now: datetime
) -> None:
    record(
        connection,
        ConsentRecord(1, "reminder", True, now - timedelta(days=2), "a"),
        ConsentRecord(1, "reminder", False, now - timedelta(days=1), "b"),
    )

    assert service.decision(connection, 1, "reminder", now) is Decision.REFUSED


def test_the_version_changes_with_each_new_record_alone(
    connection: sqlite3.Connection, now: datetime
) -> None:
    empty = service.version(connection)
    record(connection, ConsentRecord(1, "research", True, now, "a"))
    one = service.version(connection)
    record(connection, ConsentRecord(1, "research", True, now, "a"))
    same = service.version(connection)
    record(connection, ConsentRecord(1, "research", True, now, "a", now + timedelta(days=1)))

    assert empty < one == same < service.version(connection)


BASE = datetime(2026, 1, 1)
DAYS = st.integers(0, 5)
RECORDS = st.lists(
    st.builds(
        lambda subject, consent, day, days, permitted: ConsentRecord(
            subject,
            "reminder",
            permitted,
            BASE + timedelta(days=day),
            consent,
            None if days is None else BASE + timedelta(days=day + days),
        ),
        st.integers(1, 2),
        st.sampled_from(["", "a", "b"]),
        DAYS,
        st.none() | DAYS,
        st.booleans(),
    ),
    max_size=12,
)


def plain(records: list[ConsentRecord], at: datetime) -> bool | None:
    """The rule in plain words for one subject: True permits, False does not, None never said anything."""
    heard = [r for r in records if r.time <= at]
    speaking = []
    for name in {r.consent for r in heard}:
        own = [r for r in heard if r.consent == name]
        last = [r for r in own if r.time == max(r.time for r in own)]
        if any(not r.permitted for r in last):
            last = [r for r in last if not r.permitted]
        ends = [r.until for r in last if r.until is not None]
        if not ends or min(ends) > at:
            speaking.append(last[0])
    if not speaking:
        return False if heard else None
    latest = max(r.time for r in speaking)
    return all(r.permitted for r in speaking if r.time == latest)


@settings(max_examples=300)
@given(records=RECORDS, day=st.integers(0, 11))
def test_one_by_one_and_all_together_agree_with_the_plain_rule(
    records: list[ConsentRecord], day: int
) -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLES)
    service.record(connection, records)
    at = BASE + timedelta(days=day)

    said = {subject: plain([r for r in records if r.subject_id == subject], at) for subject in (1, 2, 3)}

    assert service.permitted(connection, "reminder", at) == {s for s in said if said[s]}
    words = {True: Decision.PERMITTED, False: Decision.REFUSED, None: Decision.NEVER_ASKED}
    for subject, answer in said.items():
        assert service.decision(connection, subject, "reminder", at) is words[answer]
    connection.close()


@given(records=RECORDS, data=st.data())
def test_the_order_of_arrival_changes_nothing(records: list[ConsentRecord], data: st.DataObject) -> None:
    answers = []
    for arriving in (records, data.draw(st.permutations(records))):
        connection = sqlite3.connect(":memory:")
        connection.executescript(TABLES)
        service.record(connection, arriving)
        answers.append(
            [service.permitted(connection, "reminder", BASE + timedelta(days=d)) for d in range(11)]
        )
        connection.close()

    assert answers[0] == answers[1]
