"""What did not happen is no event, and what was withdrawn is taken back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench, Records


def verified(code: str) -> dict[str, Any]:
    return {"verificationStatus": {"coding": [{"code": code}]}}


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("encounter", {"status": "planned"}),
        ("encounter", {"status": "cancelled"}),
        ("observation", {"status": "registered"}),
        ("observation", {"status": "cancelled"}),
        ("report", {"status": "registered"}),
        ("report", {"status": "cancelled"}),
        ("request", {"status": "draft"}),
        ("request", {"status": "cancelled"}),
        ("request", {"intent": "plan"}),
        ("request", {"intent": "proposal"}),
        ("request", {"doNotPerform": True}),
        ("statement", {"status": "intended"}),
        ("statement", {"status": "not-taken"}),
        ("procedure", {"status": "preparation"}),
        ("procedure", {"status": "in-progress"}),
        ("procedure", {"status": "not-done"}),
        ("procedure", {"status": "stopped"}),
        ("immunization", {"status": "not-done"}),
        ("condition", verified("refuted")),
        ("condition", {"verificationStatus": "refuted"}),
        ("allergy", verified("refuted")),
    ],
)
def test_what_did_not_happen_is_no_event(
    bench: Bench, records: Records, kind: str, changes: dict[str, Any]
) -> None:
    account = bench.take(records.patient(gender=None, birthDate=None), getattr(records, kind)(**changes))

    assert bench.codes() == []
    assert [(why, n) for why, _, n in account.reasons("ignored")] == [("did not happen", 1)]


@pytest.mark.parametrize("status", ["unconfirmed", "provisional", "differential"])
def test_a_diagnosis_that_is_only_thought_of_is_no_event(bench: Bench, records: Records, status: str) -> None:
    account = bench.take(records.condition(**verified(status)))

    assert bench.codes() == []
    assert account.reasons("ignored") == [("diagnosis not confirmed", "Condition", 1)]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("encounter", {"status": "in-progress"}),
        ("observation", {"status": "preliminary"}),
        ("observation", {"status": "corrected"}),
        ("observation", {"status": None}),
        ("request", {"status": "stopped"}),
        ("condition", verified("confirmed")),
        ("allergy", verified("unconfirmed")),
        ("procedure", {"status": "unknown"}),
    ],
)
def test_what_happened_is_an_event(
    bench: Bench, records: Records, kind: str, changes: dict[str, Any]
) -> None:
    bench.take(getattr(records, kind)(**changes))

    assert len(bench.codes()) == 1


def test_a_correction_is_a_second_event_of_the_same_record(bench: Bench, records: Records) -> None:
    bench.take(records.observation())
    bench.take(
        records.observation(
            status="corrected",
            issued="2024-06-01T00:00:00Z",
            valueQuantity={"value": 5.6, "code": "%", "system": "http://unitsofmeasure.org"},
        )
    )

    rows = bench.events.sort("known_at").select("source_id", "known_at", "numeric_value").rows()
    record = bench.record("Observation", "o1")
    assert rows == [
        (record, datetime(2024, 5, 7, 6, 30), 6.5),
        (record, datetime(2024, 6, 1), pytest.approx(5.6)),
    ]


@pytest.mark.parametrize(
    ("kind", "changes", "known"),
    [
        ("observation", {"status": "entered-in-error"}, datetime(2025, 1, 2)),
        ("condition", verified("entered-in-error"), datetime(2025, 1, 2)),
        ("observation", {"status": "entered-in-error", "meta": None}, datetime(2024, 5, 7, 6, 30)),
        ("encounter", {"status": "entered-in-error", "meta": None}, datetime(2024, 5, 6, 7)),
        ("observation", {"status": "entered-in-error", "code": {"text": "ошибка"}}, datetime(2025, 1, 2)),
    ],
)
def test_an_error_is_withdrawn_when_that_became_known(
    bench: Bench, records: Records, kind: str, changes: dict[str, Any], known: datetime
) -> None:
    changes = {"meta": {"lastUpdated": "2025-01-02T00:00:00Z"}, **changes}
    right = getattr(records, kind)()
    bench.take(right)
    account = bench.take(getattr(records, kind)(**changes))

    withdrawn = bench.event("WITHDRAWN")
    assert withdrawn["known_at"] == known
    assert withdrawn["source_id"] == bench.record(right["resourceType"], right["id"])
    assert bench.events.height == 2
    assert account.mapped == 1


def test_a_refuted_diagnosis_takes_an_earlier_version_back(bench: Bench, records: Records) -> None:
    bench.take(records.condition())
    account = bench.take(
        records.condition(meta={"lastUpdated": "2025-01-02T00:00:00Z"}, **verified("refuted"))
    )

    assert account.ignored == 1
    assert bench.event("WITHDRAWN")["known_at"] == datetime(2025, 1, 2)
    assert bench.events.filter(pl.col("code") == "ICD10//E11.9").height == 1


def test_an_error_without_any_time_is_quarantined(bench: Bench, records: Records) -> None:
    bench.take(
        records.patient(),
        records.observation(status="entered-in-error", effectiveDateTime=None, issued=None),
    )

    assert bench.reasons == ["no usable time"]


@pytest.mark.parametrize(
    ("kind", "changes", "element"),
    [
        ("encounter", {"actualPeriod": {"start": "2024-01-01"}}, "Encounter.actualPeriod"),
        ("encounter", {"class": [{"coding": [{"code": "AMB"}]}]}, "Encounter.class as a list"),
        ("encounter", {"status": "completed"}, "Encounter.status completed"),
        ("request", {"medication": {"concept": {}}}, "MedicationRequest.medication"),
        ("statement", {"status": "recorded"}, "MedicationStatement.status recorded"),
        ("procedure", {"occurrenceDateTime": "2024-01-01"}, "Procedure.occurrenceDateTime"),
        ("immunization", {"informationSource": {}}, "Immunization.informationSource"),
        ("allergy", {"type": {"coding": []}}, "AllergyIntolerance.type as a concept"),
        ("consent", {"provision": [{"purpose": []}]}, "Consent.provision as a list"),
    ],
)
def test_a_later_release_is_named_by_its_element(
    bench: Bench, records: Records, kind: str, changes: dict[str, Any], element: str
) -> None:
    bench.take(records.patient(), getattr(records, kind)(**changes))

    assert bench.reasons == [f"FHIR R5 element {element}; this reads R4: export as R4"]
