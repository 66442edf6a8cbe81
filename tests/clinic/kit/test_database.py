import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from clinic import state
from clinic.consent import service as consent
from clinic.consent.schemas import Decision
from clinic.identity import service as identity
from clinic.kit.database import DatabaseError, connect, instant, transaction


def test_every_file_of_the_state_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "clinic"
    with closing(state.connect(folder)) as connection, transaction(connection):
        connection.execute("INSERT INTO run (now) VALUES ('x')")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert modes == {"clinic.sqlite": 0o600, "clinic.sqlite-journal": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_and_a_file_that_stood_open_are_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "clinic.sqlite").touch(0o644)

    state.connect(tmp_path).close()

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "clinic.sqlite").stat().st_mode) == 0o600


def test_what_another_connection_committed_is_seen_and_what_it_did_not_is_not(tmp_path: Path) -> None:
    with closing(state.connect(tmp_path)) as one, closing(state.connect(tmp_path)) as other:
        with transaction(one):
            one.execute("INSERT INTO run (now) VALUES ('x')")
            assert other.execute("SELECT count(*) FROM run").fetchone() == (0,)
        assert other.execute("SELECT count(*) FROM run").fetchone() == (1,)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with closing(state.connect(tmp_path)) as connection:
        with pytest.raises(ZeroDivisionError), transaction(connection):
            connection.execute("INSERT INTO run (now) VALUES ('x')")
            raise ZeroDivisionError

        assert connection.execute("SELECT count(*) FROM run").fetchone() == (0,)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "clinic.sqlite").write_bytes(b"not a database at all, only some text" * 50)

    with pytest.raises(DatabaseError, match=r"clinic\.sqlite cannot be used"):
        state.connect(tmp_path)


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "clinic.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(DatabaseError, match="newer version"):
        connect(tmp_path, ())


VERSION_1 = """
CREATE TABLE person (
    subject_id INTEGER PRIMARY KEY, patient_id TEXT NOT NULL UNIQUE, family TEXT, given TEXT, patronymic TEXT,
    sex TEXT, birth_date TEXT, email TEXT, phone TEXT, language TEXT, organisation TEXT, deceased INTEGER NOT NULL
);
CREATE TABLE consent (
    subject_id INTEGER NOT NULL, purpose TEXT NOT NULL, time TEXT NOT NULL, permitted INTEGER NOT NULL,
    PRIMARY KEY (subject_id, purpose, time, permitted)
) WITHOUT ROWID;
CREATE INDEX consent_by_purpose ON consent (purpose, subject_id, time, permitted);
CREATE TRIGGER consent_is_not_changed BEFORE UPDATE ON consent BEGIN SELECT raise(ABORT, 'no'); END;
CREATE TRIGGER consent_is_not_deleted BEFORE DELETE ON consent BEGIN SELECT raise(ABORT, 'no'); END;
CREATE TABLE run (run INTEGER PRIMARY KEY, now TEXT NOT NULL, finished INTEGER NOT NULL DEFAULT 0);
CREATE TABLE letter (
    letter TEXT PRIMARY KEY, run INTEGER NOT NULL, subject_id INTEGER NOT NULL, written INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE reminded (
    subject_id INTEGER NOT NULL, examination TEXT NOT NULL, day TEXT NOT NULL,
    letter TEXT NOT NULL REFERENCES letter ON DELETE CASCADE, PRIMARY KEY (subject_id, examination, day)
) WITHOUT ROWID;
CREATE TABLE suppression (run INTEGER NOT NULL, subject_id INTEGER NOT NULL, reason TEXT NOT NULL);
INSERT INTO person VALUES (7, 'p7', 'Соловьёв', NULL, NULL, 'M', '1970-03-14', 'a@b.example', NULL, 'ru', NULL, 0);
INSERT INTO consent VALUES (7, 'reminder', '2026-01-01T00:00:00.000000+00:00', 1);
INSERT INTO consent VALUES (7, 'reminder', '2026-03-01T00:00:00.000000+00:00', 0);
INSERT INTO letter VALUES ('aa', 1, 7, 1);
INSERT INTO reminded VALUES (7, 'ecg', '2026-02-01', 'aa');
PRAGMA user_version = 1;
"""


def test_a_database_of_version_1_keeps_what_it_says(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "clinic.sqlite")) as connection:
        connection.executescript(VERSION_1)

    connect(tmp_path).close()  # without tables: looked at, not touched
    for _ in range(2):
        with closing(state.connect(tmp_path)) as connection:
            person = identity.person(connection, 7)
            assert person is not None
            assert (person.email, person.updated) == ("a@b.example", None)
            for month, said in {1: Decision.PERMITTED, 2: Decision.PERMITTED, 3: Decision.REFUSED}.items():
                assert consent.decision(connection, 7, "reminder", datetime(2026, month, 1)) is said
            assert connection.execute("SELECT examination, named FROM reminded").fetchall() == [("ecg", 1)]
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                connection.execute("DELETE FROM consent")


def test_a_database_brought_up_to_date_has_the_tables_of_a_new_one(tmp_path: Path) -> None:
    def columns(folder: Path) -> dict[str, list[str]]:
        with closing(state.connect(folder)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return {
                table: sorted(
                    name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
                )
                for (table,) in tables
            }

    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    with closing(sqlite3.connect(old / "clinic.sqlite")) as connection:
        connection.executescript(VERSION_1)

    assert columns(old) == columns(new)


def test_two_processes_bring_a_database_up_to_date_once(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "clinic.sqlite")) as connection:
        connection.executescript(VERSION_1)

    with ThreadPoolExecutor(4) as pool:
        for opened in [pool.submit(lambda: state.connect(tmp_path).close()) for _ in range(8)]:
            opened.result()

    with closing(state.connect(tmp_path)) as connection:
        assert consent.version(connection) == 2


def test_moments_are_utc_and_sort_by_time() -> None:
    moscow = datetime(2026, 11, 25, 2, 30, tzinfo=timezone(timedelta(hours=3)))
    naive = datetime(2026, 11, 24, 23, 30, 0, 1)

    assert instant(moscow) == "2026-11-24T23:30:00.000000+00:00"
    assert instant(moscow) < instant(naive)
    assert instant(naive) == instant(naive.replace(tzinfo=UTC))
