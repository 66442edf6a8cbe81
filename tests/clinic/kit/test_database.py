import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from clinic import state
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


def test_moments_are_utc_and_sort_by_time() -> None:
    moscow = datetime(2026, 11, 25, 2, 30, tzinfo=timezone(timedelta(hours=3)))
    naive = datetime(2026, 11, 24, 23, 30, 0, 1)

    assert instant(moscow) == "2026-11-24T23:30:00.000000+00:00"
    assert instant(moscow) < instant(naive)
    assert instant(naive) == instant(naive.replace(tzinfo=UTC))
