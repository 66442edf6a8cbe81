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


BEGUN = datetime(2023, 1, 1)


def provision(kind: str | None = "permit", purpose: str | None = "reminder", **more: Any) -> dict[str, Any]:
    purposes = [{"system": PURPOSE, "code": purpose}] if purpose else None
    return {k: v for k, v in {"type": kind, "purpose": purposes, **more}.items() if v is not None}


def policy(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code}]}


def consent_of(bench: Bench) -> list[tuple[str, bool, datetime, datetime | None]]:
    return [(c.purpose, c.permitted, c.time, c.until) for c in bench.consents]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("reminder", True, BEGUN, None)]),
        (
            {"status": "inactive", "meta": {"lastUpdated": "2024-02-03T00:00:00Z"}},
            [("reminder", False, datetime(2024, 2, 3), datetime(2024, 2, 3))],
        ),
        ({"status": "rejected"}, [("reminder", False, BEGUN, BEGUN)]),
        ({"status": "entered-in-error"}, [("reminder", False, BEGUN, BEGUN)]),
        (
            {
                "provision": provision(
                    period={"end": "2023-06-01"}, provision=[provision("deny", "marketing")]
                )
            },
            [("reminder", True, BEGUN, datetime(2023, 6, 1)), ("marketing", False, BEGUN, None)],
        ),
        (
            {"provision": provision(period={"end": "2035-01-01"})},
            [("reminder", True, BEGUN, datetime(2035, 1, 1))],
        ),
        (
            {"provision": provision(period={"start": "2027-06-01", "end": "2028-01-01"})},
            [("reminder", True, datetime(2027, 6, 1), datetime(2028, 1, 1))],
        ),
        ({"provision": provision(period={"start": "2020-06-01"})}, [("reminder", True, BEGUN, None)]),
        (
            {"provision": provision(period={"end": "2022-01-01"})},
            [("reminder", True, BEGUN, BEGUN)],  # over before it was signed
        ),
        (
            {"provision": provision("deny", period={"start": "2023-02-01", "end": "2023-03-01"})},
            [("reminder", False, datetime(2023, 2, 1), None)],
        ),
        (
            {"provision": provision(provision=[provision("deny", None, period={"start": "2026-06-01"})])},
            [("reminder", True, BEGUN, None), ("reminder", False, datetime(2026, 6, 1), None)],
        ),
        (
            {
                "provision": provision(
                    period={"end": "2025-01-01"}, provision=[provision("permit", "research")]
                )
            },
            [
                ("reminder", True, BEGUN, datetime(2025, 1, 1)),
                ("research", True, BEGUN, datetime(2025, 1, 1)),
            ],
        ),
        ({"policyRule": policy("OPTOUT")}, [("reminder", False, BEGUN, None)]),
        ({"policyRule": policy("OPTOUT"), "provision": provision(None)}, [("reminder", False, BEGUN, None)]),
        ({"policyRule": policy("OPTIN")}, [("reminder", True, BEGUN, None)]),
        ({"provision": provision("deny", actor=[{"role": {}}])}, [("reminder", False, BEGUN, None)]),
        (
            {
                "provision": {"type": "deny"},
                "category": [{"coding": [{"system": PURPOSE, "code": "research"}]}],
            },
            [("research", False, BEGUN, None)],
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


@pytest.mark.parametrize("element", ["actor", "action", "data", "code", "dataPeriod"])
def test_a_permission_in_part_is_quarantined(bench: Bench, records: Records, element: str) -> None:
    narrowed = provision(provision=[provision("permit", None, **{element: [{"role": {}}]})])
    bench.take(records.patient(), records.consent(provision=narrowed))

    assert bench.reasons == [
        "the consent permits only to some people, acts or data, which cannot be kept to here"
    ]
    assert bench.consents == []


def test_a_consent_belongs_to_the_subject_of_the_events(bench: Bench, records: Records) -> None:
    bench.take(records.observation(), records.consent())

    [consent] = bench.consents
    assert consent == ConsentRecord(bench.events["subject_id"][0], "reminder", True, BEGUN, consent.consent)


def test_every_version_of_a_consent_has_one_name_which_does_not_say_its_id(
    bench: Bench, records: Records
) -> None:
    other = records.consent("k2")
    elsewhere = records.consent(patient={"reference": "Patient/p2"})
    bench.take(records.consent(), records.consent(status="inactive"), other, elsewhere)

    names = [consent.consent for consent in bench.consents]
    assert names[0] == names[1]
    assert len({*names}) == 3
    assert not [name for name in names if not name or "k1" in name]


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


def test_equal_ids_of_two_sources_are_two_people(bench: Bench, records: Records) -> None:
    bench.take(records.patient(), records.observation())
    bench.write("records.ndjson", [records.patient(), records.observation(valueInteger=9)])
    bench.ingest(namespace="north")

    assert bench.events["subject_id"].n_unique() == 2
    assert [person.patient_id for person in bench.people] == ["p1", "north|p1"]
    assert bench.people[1].subject_id in bench.events["subject_id"]
    assert bench.ingest(namespace="north").new_events == 0


def test_a_feed_of_a_source_joins_the_records_of_that_source(bench: Bench, records: Records) -> None:
    header = "patient_id,date,device,resting_heart_rate,rmssd,steps,sleep_minutes,wear_minutes,synced_at"
    bench.write("feed.csv", f"{header}\np1,2026-03-04,W,61,,,,,2026-03-05T06:00:00Z\n")
    bench.write("records.ndjson", [records.patient()])
    bench.ingest(namespace="north")

    assert bench.events["subject_id"].n_unique() == 1


@pytest.mark.parametrize("absolute", ["reference", "fullUrl"])
def test_two_servers_in_one_read_are_not_made_one(bench: Bench, records: Records, absolute: str) -> None:
    servers = ("https://a.example/fhir", "http://A.example/fhir", "https://b.example/fhir")
    for number, server in enumerate(servers):
        observation = records.observation(str(number))
        entry: dict[str, Any] = {"resource": observation}
        if absolute == "reference":
            observation["subject"] = {"reference": f"{server}/Patient/p1"}
        else:
            entry["fullUrl"] = f"{server}/Observation/{number}"
        bench.write(f"{number}.json", {"resourceType": "Bundle", "entry": [entry]})
    account = bench.ingest()

    assert account.mapped == 2
    assert bench.reasons == [
        "a record of another server: read each server's records apart, with a name of their source"
    ]
