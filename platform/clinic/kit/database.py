"""The clinic's state: one SQLite file, readable by its owner alone."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from clinic.kit.folder import private_file, private_folder
from features.error import Problem

NAME = "clinic.sqlite"
VERSION = 2  # of the tables; raised by each change that older code cannot read
WAIT_SECONDS = 30.0  # for another process to end its transaction


class DatabaseError(Problem):
    """The clinic's database cannot be used."""


def connect(
    folder: Path, tables: Iterable[str] = (), upgrades: Mapping[int, Iterable[str]] | None = None
) -> sqlite3.Connection:
    """Open `clinic.sqlite` in the clinic's folder; make both, and the tables, where they lack.

    SQLite gives its journal the mode of the database file, so making that file 0600 first closes
    all of them. What is deleted is overwritten, and nothing is spilt into the system's temporary
    folder. The caller commits: one task is one transaction.

    Args:
        tables: scripts that make every slice's tables; without them the file is opened as it is.
        upgrades: by the version that a file has, the scripts that lead from it to this one.

    Raises:
        DatabaseError: the file is not a database, is held by another process, or was written by a
            newer version.
    """
    path = private_file(private_folder(folder) / NAME)
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level="IMMEDIATE")
    try:
        for pragma in ("foreign_keys = ON", "secure_delete = ON", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        _prepare(connection, path, tuple(tables), upgrades or {})
    except sqlite3.OperationalError as error:
        connection.close()
        raise DatabaseError(
            f"{path} cannot be used now: {error}. Look whether another command is running and the disk full."
        ) from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise DatabaseError(f"{path} cannot be used: {error}. Restore it from a backup.") from error
    except DatabaseError:
        connection.close()
        raise
    return connection


def _prepare(
    connection: sqlite3.Connection,
    path: Path,
    tables: tuple[str, ...],
    upgrades: Mapping[int, Iterable[str]],
) -> None:
    version = _version(connection)
    if version > VERSION:
        raise DatabaseError(f"{path} was written by a newer version of SmartClinic+: update the program.")
    if version == VERSION or not tables:
        return
    with transaction(connection):  # of two processes at once the second finds the work done
        version = _version(connection)
        if version < VERSION:
            for script in upgrades[version] if version else tables:
                for statement in _statements(script):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """One by one: Python's `executescript` would end the transaction that it is called in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Hold the right to write from the first read on; commit at the end, or undo all of it."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        yield connection


def instant(time: datetime) -> str:
    """A moment as text that sorts by time: UTC, always with microseconds. Without a zone: UTC."""
    aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")
