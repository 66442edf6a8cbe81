"""Keep and look up the people behind the subjects."""

import sqlite3
from collections.abc import Iterable, Iterator

from clinic.identity import repository
from features.error import Problem
from features.ingest.person import Person

PAGE = 500


class IdentityError(Problem):
    """Two patients would become one subject, or one patient two."""


def upsert(connection: sqlite3.Connection, people: Iterable[Person]) -> int:
    """Store people; returns how many were handed over. The caller commits.

    Of what was stored before, a newer version of the record replaces only the fields that it gives,
    and one that is as old or older, or of unknown age, only fills what lacks. Where neither says how
    old it is, the one that comes later is newer. Nothing that is empty wipes anything, and a death
    once known stays. The same input again changes nothing.

    Raises:
        IdentityError: two patient ids have one subject number, or one patient id two. Nothing of
            this call may be committed then.
    """
    try:
        return repository.upsert(connection, people)
    except sqlite3.IntegrityError as error:
        raise IdentityError(
            "A patient and a subject number do not belong together: either two patients have one number, or "
            "the key in pseudonym.key is not the one that the stored people were numbered with. Nothing "
            "was stored. Restore the key from a backup, or begin with an empty home."
        ) from error


def count(connection: sqlite3.Connection) -> int:
    """How many people are stored."""
    return repository.count(connection)


def pages(connection: sqlite3.Connection, size: int = PAGE) -> Iterator[list[Person]]:
    """Everybody, in pages by subject number; memory holds one page. Writing in between is safe."""
    after = 0
    while page := repository.page(connection, after, size):
        yield page
        after = page[-1].subject_id


def person(connection: sqlite3.Connection, subject_id: int) -> Person | None:
    """Who a subject is; None: not stored."""
    return repository.person(connection, subject_id)


def subject(connection: sqlite3.Connection, patient_id: str) -> int | None:
    """The subject number of a patient; None: not stored."""
    return repository.subject(connection, patient_id)
