import re
import secrets
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from clinic import state
from clinic.consent import service as consent
from clinic.consent.schemas import Decision
from clinic.identity import service as identity
from clinic.notification import service
from clinic.notification.schemas import Clinic, Outcome, Suppression
from clinic.notification.service import AnswerError, LetterUnknownError
from clinic.notification.tasks import remind
from features.ingest.person import ConsentRecord, Person
from serving.schemas import Reason, Recommendation

Make = Callable[..., Person]
Due = Callable[..., Recommendation]
Run = Callable[..., Outcome]


@pytest.fixture
def run(connection: sqlite3.Connection, mailbox: Path, serving: Any, now: datetime, clinic: Clinic) -> Run:
    def start(**given: Any) -> Outcome:
        values: dict[str, Any] = {"now": now, "clinic": clinic, "clock": lambda: now} | given
        return remind(connection, mailbox, serving, **values)

    return start


def letter(path: Path) -> EmailMessage:
    parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def text(path: Path) -> str:
    part = letter(path).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def say(connection: sqlite3.Connection, subject_id: int, permitted: bool, time: datetime) -> None:
    with state.transaction(connection):
        consent.record(connection, [ConsentRecord(subject_id, "reminder", permitted, time)])


def test_who_agreed_and_has_something_due_gets_one_private_letter(
    run: Run,
    register: Callable[..., None],
    serving: Any,
    mailbox: Path,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    register(make_person(1))
    serving.due = {1: [make_recommendation("ecg", title="ЭКГ"), make_recommendation()]}

    outcome = run()

    assert outcome.written == 1
    assert outcome.suppressed == {}
    assert list(mailbox.iterdir()) == list(outcome.letters)
    assert "— ЭКГ: до 14 декабря 2026 г." in text(outcome.letters[0])
    assert "— Флюорография: до 14 декабря 2026 г." in text(outcome.letters[0])
    assert letter(outcome.letters[0])["To"].addresses[0].addr_spec == "p1@mail.example"
    assert stat.S_IMODE(mailbox.stat().st_mode) == 0o700
    assert stat.S_IMODE(outcome.letters[0].stat().st_mode) == 0o600


def test_everybody_else_gets_none_and_the_reason_is_kept(
    connection: sqlite3.Connection,
    run: Run,
    register: Callable[..., None],
    serving: Any,
    mailbox: Path,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    register(make_person(1), permitted=None)
    register(make_person(2), permitted=False)
    register(
        make_person(3, email=None),
        make_person(4, email="a@b.example, c@d.example"),
        make_person(5, deceased=True),
        make_person(6, birth_date=date(2008, 11, 26)),
        make_person(7, birth_date=None),
        make_person(8),
        make_person(9, email="a@b.example\r\nBcc: x@evil.example"),
    )
    serving.due = {s: [make_recommendation()] for s in (1, 2, 3, 4, 5, 6, 7, 9)}
    serving.due[8] = [make_recommendation(due=date(2027, 5, 1))]

    outcome = run()

    assert outcome.written == 0
    assert not list(mailbox.iterdir())
    assert {(s.subject_id, s.reason) for s in service.reasons(connection)} == {
        (1, Suppression.NO_CONSENT),
        (2, Suppression.REFUSED),
        (3, Suppression.NO_EMAIL),
        (4, Suppression.BAD_ADDRESS),
        (5, Suppression.DECEASED),
        (6, Suppression.MINOR),
        (7, Suppression.NO_BIRTH_DATE),
        (8, Suppression.NOTHING_DUE),
        (9, Suppression.BAD_ADDRESS),
    }
    assert sum(outcome.suppressed.values()) == 9
    assert outcome.suppressed[Suppression.BAD_ADDRESS] == 2


def test_serving_is_asked_only_about_people_who_may_get_a_letter(
    run: Run, register: Callable[..., None], serving: Any, make_person: Make
) -> None:
    register(make_person(1), make_person(2, email=None), make_person(3, deceased=True))
    register(make_person(4), permitted=False)

    run()

    assert serving.asked == [1]


def test_a_person_is_an_adult_on_the_eighteenth_birthday(
    run: Run, register: Callable[..., None], serving: Any, make_person: Make, make_recommendation: Due
) -> None:
    register(make_person(1, birth_date=date(2008, 11, 25)))
    serving.due = {1: [make_recommendation()]}

    assert run().written == 1


def test_an_answer_that_does_not_come_is_counted(
    connection: sqlite3.Connection,
    register: Callable[..., None],
    mailbox: Path,
    now: datetime,
    clinic: Clinic,
    make_person: Make,
) -> None:
    register(make_person(1))

    outcome = remind(connection, mailbox, lambda subjects, at: [], now=now, clinic=clinic)

    assert outcome.suppressed == {Suppression.NOT_ANSWERED: 1}


def test_an_answer_about_somebody_else_stops_the_run(
    connection: sqlite3.Connection,
    register: Callable[..., None],
    serving: Any,
    mailbox: Path,
    now: datetime,
    clinic: Clinic,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    register(make_person(1))
    serving.due = {2: [make_recommendation()]}

    with pytest.raises(AnswerError):
        remind(connection, mailbox, lambda subjects, at: serving([2], at), now=now, clinic=clinic)
    assert not list(mailbox.iterdir())


def test_a_second_run_writes_no_second_letter(
    run: Run,
    register: Callable[..., None],
    serving: Any,
    mailbox: Path,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    register(make_person(1), make_person(2))
    serving.due = {1: [make_recommendation(str(i)) for i in range(8)], 2: [make_recommendation()]}
    first = run()
    before = {path: path.read_bytes() for path in mailbox.iterdir()}

    second = run()

    assert first.written == 2
    assert second.written == 0
    assert second.suppressed == {Suppression.ALREADY_REMINDED: 2}
    assert {path: path.read_bytes() for path in mailbox.iterdir()} == before


def test_letters_that_a_mail_program_took_away_are_not_written_again(
    run: Run,
    register: Callable[..., None],
    serving: Any,
    mailbox: Path,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    register(make_person(1))
    serving.due = {1: [make_recommendation()]}
    run().letters[0].unlink()

    assert run().written == 0


def test_what_falls_due_later_makes_a_letter_with_the_new_alone(
    run: Run,
    register: Callable[..., None],
    serving: Any,
    now: datetime,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    register(make_person(1))
    serving.due = {1: [make_recommendation()]}
    run()
    serving.due[1].append(make_recommendation("ecg", title="ЭКГ"))

    second = run(now=now + timedelta(days=1))

    assert "ЭКГ" in text(second.letters[0])
    assert "Флюорография" not in text(second.letters[0])


def test_the_same_examination_is_named_again_after_thirty_days(
    run: Run,
    register: Callable[..., None],
    serving: Any,
    now: datetime,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    register(make_person(1))
    serving.due = {1: [make_recommendation()]}
    run()

    assert run(now=now + timedelta(days=29)).written == 0
    assert run(now=now + timedelta(days=30)).written == 1


@pytest.mark.parametrize("spread", ["equal", "by priority", "five are always overdue"])
def test_every_examination_of_many_is_named_within_four_monthly_letters(
    run: Run,
    register: Callable[..., None],
    serving: Any,
    now: datetime,
    make_person: Make,
    make_recommendation: Due,
    spread: str,
) -> None:
    register(make_person(1))
    serving.due = {
        1: [
            make_recommendation(
                f"e{i}",
                title=f"Обследование №{i:02}",
                priority=100 if spread == "equal" else i,
                overdue=spread == "five are always overdue" and i < 5,
            )
            for i in range(12)
        ]
    }

    named = []
    for month in range(4):
        outcome = run(now=now + timedelta(days=31 * month), within_days=365)
        named.append(re.findall(r"— Обследование №(\d\d)", text(outcome.letters[0])))

    assert [len(letter) for letter in named] == [5, 5, 5, 5]
    assert {int(i) for letter in named for i in letter} == set(range(12))
    assert named[0] == ["00", "01", "02", "03", "04"]
    assert named[1] == ["05", "06", "07", "08", "09"]
    assert sorted(named[2]) == ["00", "01", "02", "10", "11"], "the rest, then what was named longest ago"


def test_what_a_letter_only_counted_is_no_reason_for_another_within_thirty_days(
    run: Run,
    register: Callable[..., None],
    serving: Any,
    now: datetime,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    register(make_person(1))
    serving.due = {1: [make_recommendation(f"e{i}", title=f"Обследование {i}") for i in range(8)]}
    (first,) = run().letters

    assert "и ещё 3 обследования" in text(first)
    assert run(now=now + timedelta(days=1)).suppressed == {Suppression.ALREADY_REMINDED: 1}
    serving.due[1].append(make_recommendation("new", title="ЭКГ"))
    (second,) = run(now=now + timedelta(days=2)).letters
    assert re.findall("— ([^:]*):", text(second)) == ["ЭКГ"]


def test_a_refusal_between_the_question_and_the_letter_is_obeyed(
    connection: sqlite3.Connection,
    run: Run,
    register: Callable[..., None],
    serving: Any,
    mailbox: Path,
    now: datetime,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    register(make_person(1), make_person(2))
    serving.due = {1: [make_recommendation()], 2: [make_recommendation()]}
    later = now + timedelta(seconds=5)
    serving.meanwhile = lambda: say(connection, 1, False, later)

    outcome = run(clock=lambda: later + timedelta(seconds=1))

    assert outcome.written == 1
    assert outcome.suppressed == {Suppression.REFUSED: 1}
    assert letter(next(mailbox.iterdir()))["To"].addresses[0].addr_spec == "p2@mail.example"

    serving.meanwhile = None
    say(connection, 1, True, now + timedelta(days=1))
    assert run(now=now + timedelta(days=2)).written == 1, "nothing was remembered of the unwritten letter"


def test_a_refusal_by_another_process_waits_for_no_letter_or_stops_it(
    quick_folder: Path,
    connection: sqlite3.Connection,
    run: Run,
    register: Callable[..., None],
    serving: Any,
    now: datetime,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    register(make_person(1))
    serving.due = {1: [make_recommendation()]}

    def refuse() -> None:
        with closing(state.connect(quick_folder / "clinic")) as other:
            say(other, 1, False, now)

    serving.meanwhile = refuse

    assert run().suppressed == {Suppression.REFUSED: 1}


def test_two_runs_at_once_write_each_letter_once(
    quick_folder: Path,
    register: Callable[..., None],
    mailbox: Path,
    serving: Any,
    now: datetime,
    clinic: Clinic,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    subjects = range(1, 41)
    register(*map(make_person, subjects))
    serving.due = {s: [make_recommendation()] for s in subjects}
    barrier = threading.Barrier(2)
    serving.meanwhile = lambda: barrier.wait(20) and None
    outcomes: list[Outcome] = []

    def start() -> None:
        with closing(state.connect(quick_folder / "clinic")) as own:
            outcomes.append(remind(own, mailbox, serving, now=now, clinic=clinic))

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    receivers = [letter(path)["To"].addresses[0].addr_spec for path in mailbox.iterdir()]
    assert sorted(receivers) == sorted(f"p{s}@mail.example" for s in subjects)
    assert sum(outcome.written for outcome in outcomes) == 40
    assert sum(o.suppressed.get(Suppression.ALREADY_REMINDED, 0) for o in outcomes) == 40


def test_english_speakers_are_asked_about_in_english(
    connection: sqlite3.Connection,
    register: Callable[..., None],
    serving: Any,
    mailbox: Path,
    now: datetime,
    clinic: Clinic,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    register(make_person(1), make_person(2, language="en-US"))
    serving.due = {1: [make_recommendation()]}
    english = type(serving)(due={2: [make_recommendation(title="Chest X-ray")]}, language="en")

    outcome = remind(connection, mailbox, serving, now=now, clinic=clinic, english=english)

    assert (serving.asked, english.asked) == ([1], [2])
    assert "Флюорография" in text(outcome.letters[0])
    assert "Chest X-ray: by 14 December 2026." in text(outcome.letters[1])


def test_no_value_and_no_probability_of_the_patient_is_in_the_file(
    run: Run, register: Callable[..., None], serving: Any, make_person: Make, make_recommendation: Due
) -> None:
    register(make_person(1))
    cause = Reason(text="ЛПНП: 4,9 ммоль/л — повышает", feature="ldl_last", value=4.9, contribution=0.8)
    dated = Reason(text="Вероятность отклонения достигнет 73 %")
    serving.due = {
        1: [
            make_recommendation("lipid_panel", basis="model", probability=0.73, reasons=[dated, cause]),
            make_recommendation("glucose", probability=0.73, reasons=[cause]),
        ]
    }
    (path,) = run().letters
    file = letter(path)
    said = [file["From"], file["To"], file["Subject"]]
    said += [part.get_content() for part in file.walk() if not part.is_multipart()]
    whole = "\n".join(said)

    assert whole.count("Флюорография") == 4
    assert not re.search("4,9|4.9|ЛПНП|73|0,7|вероятност|lipid|glucose|patient-1", whole, re.IGNORECASE)


def test_progress_is_told_up_to_everybody(run: Run, register: Callable[..., None], make_person: Make) -> None:
    register(*map(make_person, range(1, identity.PAGE + 2)))
    told: list[tuple[int, int]] = []

    run(progress=lambda done, total: told.append((done, total)))

    assert told == [(500, 501), (501, 501)]


def test_the_log_holds_counts_alone(
    run: Run, register: Callable[..., None], serving: Any, make_person: Make, make_recommendation: Due
) -> None:
    register(make_person(11111), make_person(22222))
    serving.due = {11111: [make_recommendation()]}

    with capture_logs() as logs:
        run()

    assert logs == [
        {
            "event": "reminders.finished",
            "log_level": "info",
            "run": 1,
            "written": 1,
            "suppressed": {"nothing due": 1},
        }
    ]


def test_reasons_of_each_run_are_kept(
    connection: sqlite3.Connection, run: Run, register: Callable[..., None], make_person: Make, now: datetime
) -> None:
    register(make_person(1))
    first = run()
    say(connection, 1, False, now + timedelta(hours=1))
    second = run(now=now + timedelta(hours=2))

    assert [s.reason for s in service.reasons(connection, first.run)] == [Suppression.NOTHING_DUE]
    assert [s.reason for s in service.reasons(connection, second.run)] == [Suppression.REFUSED]
    assert service.reasons(connection) == service.reasons(connection, second.run)


def test_who_answers_that_they_decline_gets_no_further_letter(
    connection: sqlite3.Connection,
    run: Run,
    register: Callable[..., None],
    serving: Any,
    now: datetime,
    make_person: Make,
    make_recommendation: Due,
) -> None:
    register(make_person(7))
    serving.due = {7: [make_recommendation()]}
    sent = letter(run().letters[0])

    with state.transaction(connection):
        assert service.decline(connection, sent["Message-ID"], now + timedelta(days=1)) == 7

    assert run(now=now + timedelta(days=60)).suppressed == {Suppression.REFUSED: 1}
    unsubscribe = re.search("subject=(.*)>", sent["List-Unsubscribe"])
    assert unsubscribe is not None
    with state.transaction(connection):
        assert service.decline(connection, unsubscribe[1], now) == 7


@pytest.mark.parametrize("number", ["", "отказ", "0" * 32])
def test_a_refusal_that_names_no_letter_of_ours_is_told(
    connection: sqlite3.Connection, now: datetime, number: str
) -> None:
    with pytest.raises(LetterUnknownError):
        service.decline(connection, number, now)


HOURS = st.integers(-3, 3)
SAID = st.lists(st.tuples(HOURS, st.booleans()), max_size=4)
PEOPLE = st.lists(st.tuples(st.none() | st.text(max_size=20), SAID, SAID), min_size=1, max_size=4)


# The fixtures are values and makers of values; the state is made anew for each example.
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE)
def test_no_letter_without_consent_at_the_time_of_the_run(
    people: list[tuple[str | None, list[tuple[int, bool]], list[tuple[int, bool]]]],
    quick_folder: Path,
    now: datetime,
    clinic: Clinic,
    make_person: Make,
    make_recommendation: Due,
    serving: Any,
) -> None:
    folder = quick_folder / secrets.token_hex(8)
    names, before, meanwhile = zip(*people, strict=True)
    subjects = range(1, len(people) + 1)
    serving.due = {s: [make_recommendation()] for s in subjects}

    with closing(state.connect(folder)) as connection:

        def record(said: tuple[list[tuple[int, bool]], ...]) -> None:
            with state.transaction(connection):
                consent.record(
                    connection,
                    [
                        ConsentRecord(s, "reminder", permitted, now + timedelta(hours=hours))
                        for s, own in zip(subjects, said, strict=True)
                        for hours, permitted in own
                    ],
                )

        with state.transaction(connection):
            identity.upsert(
                connection, [make_person(s, given=n) for s, n in zip(subjects, names, strict=True)]
            )
        record(before)
        serving.meanwhile = lambda: record(meanwhile)
        outcome = remind(
            connection,
            folder / "mailbox",
            serving,
            now=now,
            clinic=clinic,
            clock=lambda: now + timedelta(hours=1),
        )

        receivers = {letter(path)["To"].addresses[0].addr_spec for path in outcome.letters}
        for s in subjects:
            permitted = all(
                consent.decision(connection, s, "reminder", time) is Decision.PERMITTED
                for time in (now, now + timedelta(hours=1))
            )
            assert permitted or f"p{s}@mail.example" not in receivers
        assert outcome.written + sum(outcome.suppressed.values()) == len(people)
