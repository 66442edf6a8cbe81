"""The reminder run: asks serving what is due and writes the letters."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog

from clinic.identity import service as identity
from clinic.kit.database import instant, transaction
from clinic.kit.folder import private_folder, sweep
from clinic.notification import repository, service
from clinic.notification.schemas import Ask, Clinic, Outcome, Progress, Suppression
from clinic.notification.wording import language
from features.ingest.person import Person
from serving.schemas import Recommendations

log = structlog.get_logger(__name__)


def _clock() -> datetime:
    return datetime.now(UTC)


def remind(
    connection: sqlite3.Connection,
    mailbox: Path,
    ask: Ask,
    *,
    now: datetime,
    clinic: Clinic,
    within_days: int = 30,
    english: Ask | None = None,
    progress: Progress | None = None,
    clock: Callable[[], datetime] = _clock,
) -> Outcome:
    """Write one letter to each person who has agreed to it and for whom something is due.

    Each page of people is two transactions of its own: the letters are entered in the ledger, then
    written and marked. A run that is cut off at any point is made up for by the next one, and two
    runs at once share the work.

    Args:
        mailbox: folder of the letters, `<number>.eml`; made if it lacks, readable by the owner alone.
        ask: serving: what is due for these subjects at this time. It is asked only about people who
            may get a letter.
        now: the day in the clinic's zone; without a zone: UTC.
        within_days: how far ahead an examination is worth a letter.
        english: the same question with an answer in English, for people whose language is English;
            without it their letter is in English with the titles as `ask` gives them.
        progress: called after each page with people done and people in all.
        clock: the real time, at which consent is checked once more before each letter.

    Raises:
        AnswerError: serving answered about somebody else.
    """
    now = now if now.tzinfo is not None else now.replace(tzinfo=UTC)
    private_folder(mailbox)
    with transaction(connection):
        sweep(mailbox)
        service.settle(connection, mailbox)
        run = repository.begin_run(connection, instant(now))
    total, done = identity.count(connection), 0
    letters: list[Path] = []
    suppressed: Counter[Suppression] = Counter()
    for page in identity.pages(connection):
        against, planned = _plan(connection, page, ask, english, run=run, now=now, within_days=within_days)
        with transaction(connection):
            files, late = service.deliver(connection, mailbox, planned, now=now, clock=clock, clinic=clinic)
            against |= late
            repository.suppress(connection, run, against.items())
        letters += files
        suppressed.update(against.values())
        done += len(page)
        if progress is not None:
            progress(done, total)
    with transaction(connection):
        repository.finish_run(connection, run)
    log.info(
        "reminders.finished",
        run=run,
        written=len(letters),
        suppressed={reason.value: number for reason, number in sorted(suppressed.items())},
    )
    return Outcome(run, tuple(letters), dict(sorted(suppressed.items())))


def _plan(
    connection: sqlite3.Connection,
    page: Sequence[Person],
    ask: Ask,
    english: Ask | None,
    *,
    run: int,
    now: datetime,
    within_days: int,
) -> tuple[dict[int, Suppression], list[service.Planned]]:
    """Who of a page gets nothing and why, and the letters for the others, entered in the ledger."""
    against = {person.subject_id: service.objection(connection, person, now) for person in page}
    fit = [person for person in page if against[person.subject_id] is None]
    answers: dict[int, Recommendations] = {}
    for question, asked in _questions(fit, ask, english):
        if asked:
            answers |= service.by_subject(question(asked, now), asked)
    suppressed = {subject_id: reason for subject_id, reason in against.items() if reason is not None}
    planned = []
    with transaction(connection):
        for person in fit:
            answer = answers.get(person.subject_id)
            found = service.plan(connection, person, answer, run=run, now=now, within_days=within_days)
            if isinstance(found, service.Planned):
                planned.append(found)
            else:
                suppressed[person.subject_id] = found
    return suppressed, planned


def _questions(people: list[Person], ask: Ask, english: Ask | None) -> list[tuple[Ask, list[int]]]:
    """Which question for which subjects."""
    if english is None:
        return [(ask, [p.subject_id for p in people])]
    return [
        (ask, [p.subject_id for p in people if language(p.language) != "en"]),
        (english, [p.subject_id for p in people if language(p.language) == "en"]),
    ]
