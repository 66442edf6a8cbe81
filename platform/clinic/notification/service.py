"""Who is reminded of what: the rules, each in the transaction of its caller.

One letter is about all that is due: it names five examinations and counts the others. None of them
is a reason for another letter for 30 days; if something new falls due in between, a new letter is
about the new alone. The next letter about the same first names what none has named yet. A letter is
entered in the ledger before its file is written and marked after, so a run that is cut off
leaves a trace from which the next one knows whether the letter is there.
"""

import re
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from clinic.consent import service as consent
from clinic.consent.schemas import Decision
from clinic.identity import service as identity
from clinic.kit.folder import sync_folder, write_all_private
from clinic.notification import repository, wording
from clinic.notification.address import usable_address
from clinic.notification.choice import arranged, due_items
from clinic.notification.letter import LISTED, compose
from clinic.notification.schemas import Clinic, Item, Suppressed, Suppression
from features.age import age
from features.error import Problem
from features.ingest.person import ConsentRecord, Person
from serving.schemas import Recommendations

ADULT = 18  # order 404н is about adults; a child's reminder would go to a representative
AGAIN_AFTER = timedelta(days=30)


class LetterUnknownError(Problem):
    """No letter has this number."""


class AnswerError(Problem):
    """Serving answered about somebody that it was not asked about."""


@dataclass(frozen=True)
class Planned:
    """A letter that the ledger knows and the mailbox does not have yet."""

    letter: str
    subject_id: int
    items: tuple[Item, ...]  # the first are named


def objection(connection: sqlite3.Connection, person: Person, *times: datetime) -> Suppression | None:
    """Why this person may get no letter; None: nothing speaks against it.

    Consent must hold at each of `times`; the first of them is also the day that counts for the age.
    """
    if person.deceased:
        return Suppression.DECEASED
    if person.birth_date is None:
        return Suppression.NO_BIRTH_DATE
    if age(person.birth_date, times[0].date()) < ADULT:
        return Suppression.MINOR
    for time in times:
        match consent.decision(connection, person.subject_id, "reminder", time):
            case Decision.NEVER_ASKED:
                return Suppression.NO_CONSENT
            case Decision.REFUSED:
                return Suppression.REFUSED
    if not person.email:
        return Suppression.NO_EMAIL
    return Suppression.BAD_ADDRESS if usable_address(person.email) is None else None


def by_subject(answers: Iterable[Recommendations], asked: Sequence[int]) -> dict[int, Recommendations]:
    """Answers by subject.

    Raises:
        AnswerError: an answer is about nobody that was asked about; no letter may follow from it.
    """
    wanted = set(asked)
    found: dict[int, Recommendations] = {}
    for answer in answers:
        if answer.subject_id is None or answer.subject_id not in wanted:
            raise AnswerError("Serving answered about somebody else than was asked; no letter was written.")
        found[answer.subject_id] = answer
    return found


def plan(
    connection: sqlite3.Connection,
    person: Person,
    answer: Recommendations | None,
    *,
    run: int,
    now: datetime,
    within_days: int,
) -> Planned | Suppression:
    """Enter the letter about what is due and was not said in the last 30 days, or say why there is none."""
    if answer is None:
        return Suppression.NOT_ANSWERED
    today = now.date()
    items = due_items(
        answer, today=today, within_days=within_days, language=wording.language(person.language)
    )
    if not items:
        return Suppression.NOTHING_DUE
    known = repository.reminded_since(connection, person.subject_id, (today - AGAIN_AFTER).isoformat())
    items = tuple(item for item in items if item.examination not in known)
    if not items:
        return Suppression.ALREADY_REMINDED
    items = arranged(items, repository.named_on(connection, person.subject_id), LISTED)
    planned = Planned(secrets.token_hex(16), person.subject_id, items)
    repository.plan(
        connection,
        letter=planned.letter,
        run=run,
        subject_id=person.subject_id,
        named=[item.examination for item in items[:LISTED]],
        counted=[item.examination for item in items[LISTED:]],
        day=today.isoformat(),
    )
    return planned


def deliver(
    connection: sqlite3.Connection,
    mailbox: Path,
    planned: Sequence[Planned],
    *,
    now: datetime,
    clock: Callable[[], datetime],
    clinic: Clinic,
) -> tuple[list[Path], dict[int, Suppression]]:
    """Write the letters, but those that something speaks against at this very moment.

    The caller holds the right to write, so nobody can refuse between the question and the file.

    Returns:
        The files, and by subject why there is none.
    """
    files: dict[Path, bytes] = {}
    against: dict[int, Suppression] = {}
    for entry in planned:
        written = _written(connection, entry, now=now, clock=clock, clinic=clinic)
        if isinstance(written, Suppression):
            repository.drop(connection, entry.letter)
            against[entry.subject_id] = written
        else:
            repository.mark_written(connection, entry.letter)
            files[mailbox / f"{entry.letter}.eml"] = written
    write_all_private(files)
    sync_folder(mailbox)
    return list(files), against


def _written(
    connection: sqlite3.Connection,
    planned: Planned,
    *,
    now: datetime,
    clock: Callable[[], datetime],
    clinic: Clinic,
) -> bytes | Suppression:
    """The letter's file, or what speaks against it."""
    if not repository.is_planned(connection, planned.letter):
        return Suppression.ALREADY_REMINDED  # another run began meanwhile and has taken it over
    person = identity.person(connection, planned.subject_id)
    if person is None:
        return Suppression.NO_EMAIL
    against = objection(connection, person, now, max(now, clock()))
    address = usable_address(person.email or "")
    if against is not None or address is None:
        return against or Suppression.BAD_ADDRESS
    return compose(person, address, planned.items, letter=planned.letter, now=now, clinic=clinic).as_bytes()


def settle(connection: sqlite3.Connection, mailbox: Path) -> None:
    """Make up the ledger after a run that was cut off: a letter that is there was written, one
    that is not was never sent and is planned anew."""
    for letter in repository.planned(connection):
        if (mailbox / f"{letter}.eml").exists():
            repository.mark_written(connection, letter)
        else:
            repository.drop(connection, letter)
    sync_folder(mailbox)


def reasons(connection: sqlite3.Connection, run: int | None = None) -> list[Suppressed]:
    """Who got no letter and why, by subject, in one run; None: in the latest."""
    return repository.suppressions(connection, run)


def decline(connection: sqlite3.Connection, letter: str, at: datetime) -> int:
    """Record that the receiver of a letter wants no reminders; returns the subject. The caller commits.

    Args:
        letter: its number, bare or as a Message-ID, a file name or the subject line of the answer has it.

    Raises:
        LetterUnknownError: no letter of this clinic has such a number.
    """
    number = re.search(r"[0-9a-f]{32}", unquote(letter))
    subject_id = repository.addressee(connection, number[0]) if number else None
    if subject_id is None:
        raise LetterUnknownError("No letter has this number; look it up in the answer's In-Reply-To line.")
    consent.record(connection, [ConsentRecord(subject_id, "reminder", False, at)])
    return subject_id
