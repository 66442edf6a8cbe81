"""docs/reminders.md says what the code does."""

import json
import re
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clinic.consent import service as consent
from clinic.consent.schemas import Decision, Purpose
from clinic.identity import service as identity
from clinic.identity.pseudonym import pseudonym
from clinic.notification.schemas import Suppression
from clinic.settings import Settings
from features.ingest import PURPOSES, ConsentRecord, Person, read

PAGE = (Path(__file__).parents[2] / "docs" / "reminders.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("reason", Suppression)
def test_every_reason_is_explained(reason: Suppression) -> None:
    assert f"`{reason}`" in PAGE


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_named_with_its_default(name: str) -> None:
    default = Settings.model_fields[name].default

    assert re.search(rf"\| `SMARTCLINIC_CLINIC_{name.upper()}` \| {default or 'none'}", PAGE)


def test_the_example_of_a_refusal_compiles() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    compile(example, "reminders.md", "exec")


(SAMPLE,) = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
SAID, END = (
    datetime.fromisoformat(text) for text in (SAMPLE["dateTime"], SAMPLE["provision"]["period"]["end"])
)


def take(connection: sqlite3.Connection, folder: Path, *resources: dict[str, Any]) -> int:
    """Read the resources as `ingest` does; the subject of the only patient among them."""
    records = folder / "records"
    records.mkdir(parents=True)
    for number, resource in enumerate(resources):
        (records / f"{number}.json").write_text(json.dumps(resource), encoding="utf-8")

    def people(batch: Sequence[Person]) -> None:
        identity.upsert(connection, batch)

    def consents(batch: Sequence[ConsentRecord]) -> None:
        consent.record(connection, batch)

    account = read(
        records,
        staging=folder / "staging",
        shards=1,
        subject=pseudonym(folder / "clinic"),
        people=people,
        consents=consents,
        quarantine=folder / "quarantine",
        now=datetime(2026, 11, 25, 9),
    )
    assert (account.resources, account.mapped) == (len(resources), len(resources))
    ((person,),) = identity.pages(connection)
    return person.subject_id


PATIENT = {"resourceType": "Patient", "id": SAMPLE["patient"]["reference"].split("/")[1], "gender": "male"}


def test_the_sample_consent_permits_reminders_until_its_end_and_nothing_else(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    subject = take(connection, tmp_path, PATIENT, SAMPLE)

    def decision(at: datetime) -> Decision:
        return consent.decision(connection, subject, "reminder", at)

    moment = timedelta(microseconds=1)
    assert decision(SAID - moment) is Decision.NEVER_ASKED
    assert decision(SAID) is decision(END - moment) is Decision.PERMITTED
    assert decision(END) is Decision.REFUSED
    assert consent.decision(connection, subject, "research", SAID) is Decision.NEVER_ASKED
    assert consent.decision(connection, subject, "marketing", SAID) is Decision.NEVER_ASKED


@pytest.mark.parametrize("status", ["inactive", "rejected", "entered-in-error"])
def test_a_withdrawn_sample_permits_nothing(
    connection: sqlite3.Connection, tmp_path: Path, status: str
) -> None:
    subject = take(connection, tmp_path, PATIENT, SAMPLE | {"status": status})

    assert consent.decision(connection, subject, "reminder", SAID) is Decision.REFUSED


def test_a_later_denial_like_the_sample_outweighs_it(connection: sqlite3.Connection, tmp_path: Path) -> None:
    later = SAID + timedelta(days=1)
    denial = SAMPLE | {
        "id": "no-reminders",
        "dateTime": later.isoformat(),
        "provision": SAMPLE["provision"] | {"type": "deny", "period": {}},
    }
    subject = take(connection, tmp_path, PATIENT, SAMPLE, denial)

    assert consent.decision(connection, subject, "reminder", SAID) is Decision.PERMITTED
    assert consent.decision(connection, subject, "reminder", later) is Decision.REFUSED


@pytest.mark.parametrize("code", sorted(PURPOSES))
def test_each_purpose_on_the_page_is_taken(
    connection: sqlite3.Connection, tmp_path: Path, code: Purpose
) -> None:
    assert f"`{code}` (" in PAGE
    purpose = SAMPLE["provision"]["purpose"][0] | {"code": code}
    subject = take(
        connection, tmp_path, PATIENT, SAMPLE | {"provision": {"type": "permit", "purpose": [purpose]}}
    )

    assert consent.permitted(connection, code, SAID) == {subject}


def test_a_permission_renewed_before_its_end_goes_on(connection: sqlite3.Connection, tmp_path: Path) -> None:
    renewed = SAMPLE | {
        "id": "reminders-2",
        "dateTime": (SAID + timedelta(days=10)).isoformat(),
        "provision": SAMPLE["provision"] | {"period": {}},
    }
    short = SAMPLE | {
        "provision": SAMPLE["provision"] | {"period": {"end": (SAID + timedelta(days=20)).isoformat()}}
    }
    subject = take(connection, tmp_path, PATIENT, short, renewed)

    for days in (0, 10, 20, 30):
        at = SAID + timedelta(days=days)
        assert consent.decision(connection, subject, "reminder", at) is Decision.PERMITTED


def test_an_old_consent_that_an_export_stamps_today_ends_no_newer_one(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    old = SAMPLE | {
        "id": "reminders-0",
        "status": "inactive",
        "dateTime": "2020-01-01T00:00:00Z",
        "meta": {"lastUpdated": "2026-11-25T08:00:00Z"},
    }
    subject = take(connection, tmp_path, PATIENT, SAMPLE, old)

    at = datetime(2026, 11, 25, 9)
    assert consent.decision(connection, subject, "reminder", at) is Decision.PERMITTED
