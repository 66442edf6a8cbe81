"""People and consents go to the clinic, whole, and only there."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from features.ingest import ConsentRecord, Person

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench, Records

PURPOSE = "https://smartclinic.example/consent-purpose"


def test_a_person_has_name_patronymic_and_contacts(bench: Bench, records: Records) -> None:
    bench.take(
        records.patient(
            name=[
                {"use": "old", "family": "Девичья", "given": ["Мария"]},
                {"use": "usual", "given": ["Маша"]},
                {"use": "official", "family": "Соловьёва", "given": ["Мария", "Петровна"]},
            ],
            telecom=[
                {"system": "phone", "value": "+7 900 000-00-02", "rank": 2},
                {"system": "phone", "value": "+7 900 000-00-01", "rank": 1},
                {"system": "email", "value": "old@example.org", "use": "old"},
                {"system": "email", "value": "gone@example.org", "period": {"end": "2020-01-01"}},
                {"system": "email", "value": "maria@example.org"},
            ],
            communication=[
                {"language": {"coding": [{"code": "en"}]}},
                {"language": {"coding": [{"code": "ru"}]}, "preferred": True},
            ],
            managingOrganization={"reference": "Organization/north"},
        )
    )

    [person] = bench.people
    assert person == Person(
        subject_id=person.subject_id,
        patient_id="p1",
        family="Соловьёва",
        given="Мария",
        patronymic="Петровна",
        sex="F",
        birth_date=date(1970, 3, 2),
        email="maria@example.org",
        phone="+7 900 000-00-01",
        language="ru",
        organisation="north",
        deceased=False,
    )
    assert person.subject_id == bench.events["subject_id"][0]


def test_a_person_may_be_nearly_unknown(bench: Bench, records: Records) -> None:
    bench.take(
        records.patient(gender=None, birthDate=None, name=[{"text": "Ким Ир Сен"}], deceasedBoolean=True)
    )

    [person] = bench.people
    assert (person.family, person.given, person.patronymic) == ("Ким", "Ир", "Сен")
    assert (person.sex, person.birth_date, person.email, person.phone) == (None, None, None, None)
    assert person.deceased


def test_a_person_whose_record_is_refused_is_not_handed_on(bench: Bench, records: Records) -> None:
    bench.take(records.patient("good"), records.patient("bad", birthDate="1970-02-30"))

    assert [p.patient_id for p in bench.people] == ["good"]
    assert bench.items[0]["raw"]["id"] == "bad"


def consent_of(bench: Bench) -> list[tuple[str, bool, datetime, datetime | None]]:
    return [(c.purpose, c.permitted, c.time, c.until) for c in bench.consents]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("reminder", True, datetime(2023, 1, 1), None)]),
        (
            {"status": "inactive", "meta": {"lastUpdated": "2024-02-03T00:00:00Z"}},
            [("reminder", False, datetime(2024, 2, 3), datetime(2024, 2, 3))],
        ),
        ({"status": "rejected"}, [("reminder", False, datetime(2023, 1, 1), datetime(2023, 1, 1))]),
        ({"status": "entered-in-error"}, [("reminder", False, datetime(2023, 1, 1), datetime(2023, 1, 1))]),
        (
            {
                "provision": {
                    "type": "permit",
                    "period": {"end": "2023-06-01"},
                    "purpose": [{"system": PURPOSE, "code": "reminder"}],
                    "provision": [{"type": "deny", "purpose": [{"system": PURPOSE, "code": "marketing"}]}],
                }
            },
            [
                ("reminder", True, datetime(2023, 1, 1), datetime(2023, 6, 1)),
                ("marketing", False, datetime(2023, 1, 1), None),
            ],
        ),
        (
            {
                "provision": {
                    "type": "permit",
                    "period": {"end": "2035-01-01"},
                    "purpose": [{"system": PURPOSE, "code": "reminder"}],
                }
            },
            [("reminder", True, datetime(2023, 1, 1), datetime(2035, 1, 1))],
        ),
        (
            {
                "provision": {"type": "deny"},
                "category": [{"coding": [{"system": PURPOSE, "code": "research"}]}],
            },
            [("research", False, datetime(2023, 1, 1), None)],
        ),
    ],
)
def test_a_consent_permits_or_not_from_a_time_on(
    bench: Bench,
    records: Records,
    changes: dict[str, Any],
    expected: list[tuple[str, bool, datetime, datetime | None]],
) -> None:
    account = bench.take(records.consent(**changes))

    assert consent_of(bench) == expected
    assert account.mapped == 1
    assert account.consents == len(expected)


def test_a_consent_belongs_to_the_subject_of_the_events(bench: Bench, records: Records) -> None:
    bench.take(records.observation(), records.consent())

    (found,) = bench.consents
    subject = bench.events["subject_id"][0]
    assert found == ConsentRecord(subject, "reminder", True, datetime(2023, 1, 1), found.consent)


def test_every_version_of_a_consent_has_its_mark_and_another_consent_another(
    bench: Bench, records: Records
) -> None:
    one, other = records.consent(id="one"), records.consent(id="other")
    bench.take(one, {**one, "status": "inactive"}, other, {**other, "id": None})

    marks = [c.consent for c in bench.consents]
    assert marks[0] == marks[1] != marks[2]
    assert marks[3] == ""
    assert "one" not in marks[0]


def test_a_consent_to_something_else_is_ignored(bench: Bench, records: Records) -> None:
    other = {"type": "permit", "purpose": [{"system": "urn:x", "code": "reminder"}]}
    account = bench.take(records.consent(provision=other), records.consent(provision=None))

    assert account.reasons("ignored") == [("purpose not ours", "Consent", 2)]
    assert bench.consents == []


def test_a_consent_that_is_not_given_yet_is_ignored(bench: Bench, records: Records) -> None:
    account = bench.take(records.consent(status="proposed"))

    assert account.reasons("ignored") == [("did not happen", "Consent", 1)]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"dateTime": None}, "no usable time"),
        ({"dateTime": "2030-01-01"}, "a date in the future"),
        ({"patient": None}, "no subject"),
        (
            {"provision": {"purpose": [{"system": PURPOSE, "code": "reminder"}]}},
            "the consent neither permits nor denies",
        ),
    ],
)
def test_a_consent_that_cannot_be_read_is_quarantined(
    bench: Bench, records: Records, changes: dict[str, Any], why: str
) -> None:
    bench.take(records.patient(), records.consent(**changes))

    assert bench.reasons == [why]
    assert bench.consents == []
