"""Queries over runs, letters, what was reminded of, and suppressions."""

import sqlite3
from collections.abc import Iterable, Sequence

from clinic.notification.schemas import Suppressed, Suppression


def begin_run(connection: sqlite3.Connection, now: str) -> int:
    """The number of the new run."""
    number = connection.execute("INSERT INTO run (now) VALUES (?)", (now,)).lastrowid
    assert number is not None  # an INSERT always has one
    return number


def finish_run(connection: sqlite3.Connection, run: int) -> None:
    connection.execute("UPDATE run SET finished = 1 WHERE run = ?", (run,))


def reminded_since(connection: sqlite3.Connection, subject_id: int, day: str) -> set[str]:
    """Examinations that letters after `day` named to the subject or counted."""
    rows = connection.execute(
        "SELECT examination FROM reminded WHERE subject_id = ? AND day > ?", (subject_id, day)
    )
    return {name for (name,) in rows}


def named_on(connection: sqlite3.Connection, subject_id: int) -> dict[str, str]:
    """By examination, the last day on which a letter named it to the subject."""
    rows = connection.execute(
        "SELECT examination, max(day) FROM reminded WHERE subject_id = ? AND named = 1 GROUP BY examination",
        (subject_id,),
    )
    return dict(rows.fetchall())


def plan(
    connection: sqlite3.Connection,
    *,
    letter: str,
    run: int,
    subject_id: int,
    named: Sequence[str],
    counted: Sequence[str],
    day: str,
) -> None:
    """Enter a letter that is about to be written, what it names and what it only counts."""
    connection.execute(
        "INSERT INTO letter (letter, run, subject_id) VALUES (?, ?, ?)", (letter, run, subject_id)
    )
    connection.executemany(
        "INSERT INTO reminded (subject_id, examination, day, letter, named) VALUES (?, ?, ?, ?, ?)",
        [(subject_id, examination, day, letter, True) for examination in named]
        + [(subject_id, examination, day, letter, False) for examination in counted],
    )


def is_planned(connection: sqlite3.Connection, letter: str) -> bool:
    """Whether the letter is still to be written."""
    query = "SELECT 1 FROM letter WHERE letter = ? AND written = 0"
    return connection.execute(query, (letter,)).fetchone() is not None


def planned(connection: sqlite3.Connection) -> list[str]:
    """Letters entered and not known to be written."""
    return [letter for (letter,) in connection.execute("SELECT letter FROM letter WHERE written = 0")]


def mark_written(connection: sqlite3.Connection, letter: str) -> None:
    connection.execute("UPDATE letter SET written = 1 WHERE letter = ?", (letter,))


def drop(connection: sqlite3.Connection, letter: str) -> None:
    """Forget a letter that was not written, and so what it would have reminded of."""
    connection.execute("DELETE FROM letter WHERE letter = ? AND written = 0", (letter,))


def suppress(connection: sqlite3.Connection, run: int, suppressed: Iterable[tuple[int, Suppression]]) -> None:
    connection.executemany(
        "INSERT INTO suppression (run, subject_id, reason) VALUES (?, ?, ?)",
        ((run, subject_id, reason.value) for subject_id, reason in suppressed),
    )


def suppressions(connection: sqlite3.Connection, run: int | None) -> list[Suppressed]:
    """Of one run; None: of the latest."""
    rows = connection.execute(
        "SELECT run, subject_id, reason FROM suppression"
        " WHERE run = coalesce(?, (SELECT max(run) FROM run)) ORDER BY subject_id",
        (run,),
    )
    return [Suppressed(number, subject_id, Suppression(reason)) for number, subject_id, reason in rows]


def addressee(connection: sqlite3.Connection, letter: str) -> int | None:
    row = connection.execute("SELECT subject_id FROM letter WHERE letter = ?", (letter,)).fetchone()
    return None if row is None else int(row[0])
