"""People, consents and answers of serving for the tests of the clinic."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import pytest

from clinic import state
from clinic.consent import service as consent
from clinic.identity import service as identity
from clinic.notification.schemas import Clinic
from features.ingest.person import ConsentRecord, Person
from serving.schemas import Reason, Recommendation, Recommendations

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """A folder in memory where the system has one: for tests that sync to disk hundreds of times."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def connection(quick_folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(state.connect(quick_folder / "clinic")) as opened:
        yield opened


@pytest.fixture
def mailbox(quick_folder: Path) -> Path:
    return quick_folder / "clinic" / "mailbox"


@pytest.fixture
def clinic() -> Clinic:
    return Clinic("Клиника", "+7 495 000-00-00", "https://clinic.example", "reminders@clinic.example")


@pytest.fixture
def make_person() -> Callable[..., Person]:
    def make(subject_id: int = 1, **given: Any) -> Person:
        values: dict[str, Any] = {
            "subject_id": subject_id,
            "patient_id": f"patient-{subject_id}",
            "family": "Соловьёв",
            "given": "Пётр",
            "patronymic": "Ильич",
            "sex": "M",
            "birth_date": date(1970, 3, 14),
            "email": f"p{subject_id}@mail.example",
            "phone": None,
            "language": "ru",
            "organisation": None,
            "deceased": False,
        }
        return Person(**(values | given))

    return make


@pytest.fixture
def make_recommendation() -> Callable[..., Recommendation]:
    def make(examination: str = "fluorography", **given: Any) -> Recommendation:
        values: dict[str, Any] = {
            "examination": examination,
            "title": "Флюорография",
            "due": date(2026, 12, 14),
            "overdue": False,
            "basis": "rule",
            "reasons": [Reason(text="Снимок лёгких положен раз в два года")],
        }
        return Recommendation(**(values | given))

    return make


@dataclass
class Serving:
    """A serving of the contract: answers from a table and remembers whom it was asked about."""

    due: dict[int, list[Recommendation]] = field(default_factory=dict)
    language: Literal["ru", "en"] = "ru"
    asked: list[int] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None

    def __call__(self, subjects: Sequence[int], at: datetime) -> Iterable[Recommendations]:
        self.asked.extend(subjects)
        for subject in subjects:
            yield Recommendations(
                subject_id=subject,
                prediction_time=at,
                data_as_of=None,
                language=self.language,
                recommendations=self.due.get(subject, []),
            )
        if self.meanwhile is not None:
            self.meanwhile()


@pytest.fixture
def serving() -> Serving:
    return Serving()


@pytest.fixture
def register(connection: sqlite3.Connection) -> Callable[..., None]:
    """Store people and let them agree to reminders."""

    def store(*people: Person, permitted: bool | None = True) -> None:
        with state.transaction(connection):
            identity.upsert(connection, people)
            if permitted is not None:
                said = NOW - timedelta(days=100)
                consent.record(
                    connection, [ConsentRecord(p.subject_id, "reminder", permitted, said) for p in people]
                )

    return store
