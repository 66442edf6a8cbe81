"""Types beside the usual ones, what is contained, what a report says for its results."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from features.ingest import tape, walk
from features.ingest.concept import hashed
from features.ingest.fhir import document
from features.ingest.fhir.further import checked
from features.ingest.local_code import LocalCode, LocalCodes
from features.ingest.options import Options

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench, Records

ATC, LOINC, MKB = "http://www.whocc.no/atc", "http://loinc.org", "urn:oid:1.2.643.5.1.13.13.11.1005"
UCUM = "http://unitsofmeasure.org"
P1 = {"reference": "Patient/p1"}
STATIN = {"coding": [{"system": ATC, "code": "C10AA05"}]}


def drug(kind: str, **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "id": "x",
        "status": "completed",
        "subject": P1,
        "medicationCodeableConcept": STATIN,
        **changes,
    }


def test_a_drug_that_was_handed_over_or_given_is_an_event(bench: Bench) -> None:
    bench.take(
        drug("MedicationDispense", whenPrepared="2024-01-01", whenHandedOver="2024-01-03T10:00:00Z"),
        drug(
            "MedicationAdministration",
            effectivePeriod={"start": "2024-02-01T08:00:00Z", "end": "2024-02-01T09:00:00Z"},
        ),
    )

    rows = bench.events.select("code", "time", "known_at").rows()
    assert rows == [
        ("ATC//C10AA05", datetime(2024, 1, 3, 10), datetime(2024, 1, 3, 10)),
        ("ATC//C10AA05", datetime(2024, 2, 1, 8), datetime(2024, 2, 1, 9)),
    ]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("MedicationDispense", "declined"),
        ("MedicationDispense", "in-progress"),
        ("MedicationAdministration", "not-done"),
    ],
)
def test_a_drug_that_was_not_given_is_no_event(bench: Bench, kind: str, status: str) -> None:
    account = bench.take(
        drug(kind, status=status, whenHandedOver="2024-01-03", effectiveDateTime="2024-01-03")
    )

    assert account.reasons("ignored") == [("did not happen", kind, 1)]


def appointment(status: str, **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "id": "a1",
        "status": status,
        "start": "2024-05-06T10:00:00+03:00",
        "participant": [{"actor": {"reference": "Practitioner/d1"}}, {"actor": P1, "status": "accepted"}],
        **changes,
    }


@pytest.mark.parametrize("status", ["booked", "arrived", "fulfilled", "noshow"])
def test_an_appointment_is_an_event_at_its_start(bench: Bench, status: str) -> None:
    bench.take(appointment(status))

    assert bench.event(f"APPOINTMENT//{status}")["time"] == datetime(2024, 5, 6, 7)


def test_an_appointment_that_is_kept_takes_the_place_of_its_booking(bench: Bench) -> None:
    booked = appointment("booked", meta={"lastUpdated": "2024-05-01T00:00:00Z"})
    kept = appointment("fulfilled", meta={"lastUpdated": "2024-05-06T09:00:00Z"})
    bench.take(kept, booked)

    assert bench.seen(datetime(2024, 5, 6, 8)) == [("APPOINTMENT//booked", None)]
    assert bench.seen(datetime(2024, 5, 7)) == [("APPOINTMENT//fulfilled", None)]


def test_a_cancelled_appointment_counts_when_that_was_told(bench: Bench) -> None:
    bench.take(
        appointment("cancelled", start="2027-01-01T10:00:00Z", meta={"lastUpdated": "2024-05-02T00:00:00Z"})
    )

    assert bench.event("APPOINTMENT//cancelled")["time"] == datetime(2024, 5, 2)


def test_an_appointment_to_come_or_only_asked_for_is_no_event(bench: Bench, records: Records) -> None:
    account = bench.take(
        appointment("booked", start="2027-01-01T10:00:00Z"),
        appointment("booked", id="a2", start="2026-11-25T20:00:00Z"),  # today, but later
        appointment("pending", id="a3"),
        records.patient(),
    )

    assert sorted((why, count) for why, _, count in account.reasons("ignored")) == [
        ("an appointment that is still to come", 2),
        ("did not happen", 1),
    ]


def test_illnesses_in_the_family_are_none_of_the_patient(bench: Bench) -> None:
    bench.take(
        {
            "resourceType": "FamilyMemberHistory",
            "id": "f",
            "status": "completed",
            "patient": P1,
            "date": "2024-05-06",
            "relationship": {"text": "отец"},
            "condition": [
                {"code": {"coding": [{"system": MKB, "code": code}]}, "onsetAge": {"value": 50}}
                for code in ("I21.9", "E11.9")
            ],
        }
    )

    assert bench.codes() == ["FAMILY//ICD10//E11.9", "FAMILY//ICD10//I21.9"]


def answers(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "status": "completed",
        "subject": P1,
        "authored": "2024-05-06T10:00:00Z",
        "item": list(items),
        **changes,
    }


def test_answers_to_questions_that_loinc_has_are_events_however_deep(bench: Bench) -> None:
    deep = {"linkId": "/44250-9", "answer": [{"valueCoding": {"system": LOINC, "code": "LA6569-3"}}]}
    bench.take(
        answers(
            {"linkId": "8302-2", "answer": [{"valueQuantity": {"value": 172, "unit": "cm"}}]},
            {"linkId": "group", "item": [{"linkId": "1", "answer": [{"valueString": "да", "item": [deep]}]}]},
            {"linkId": "2", "definition": "http://loinc.org/vs/44261-6", "answer": [{"valueDecimal": 7}]},
            {"linkId": "1-1", "answer": [{"valueString": "5"}]},
            {"linkId": "29463-7", "answer": [{"valueString": "Иванов"}]},
        )
    )

    rows = bench.events.select("code", "numeric_value", "text_value", "unit").rows()
    assert rows == [
        ("LOINC//29463-7", None, None, None),
        ("LOINC//44250-9", None, "LA6569-3", None),
        ("LOINC//44261-6", 7, None, None),
        ("LOINC//8302-2", 172, None, "cm"),
    ]


def test_answers_without_a_code_are_counted_and_ignored(bench: Bench, records: Records) -> None:
    account = bench.take(answers({"linkId": "1", "answer": [{"valueString": "5"}]}), records.patient())

    assert account.reasons("ignored") == [("no part of it has a code", "QuestionnaireResponse", 1)]


@pytest.mark.parametrize(
    ("code", "good"), [("4548-4", True), ("8302-2", True), ("4548-5", False), ("1-1", False)]
)
def test_a_loinc_code_is_told_by_its_check_digit(code: str, good: bool) -> None:
    assert checked(code) is good


def study(**changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "ImagingStudy",
        "id": "i",
        "status": "available",
        "subject": P1,
        "started": "2024-05-06T10:00:00Z",
        **changes,
    }


def test_images_are_an_event_by_their_procedure_or_modality(bench: Bench) -> None:
    dicom = "http://dicom.nema.org/resources/ontology/DCM"
    service = {"system": "urn:oid:1.2.643.5.1.13.13.11.1070", "code": "A06.09.006"}
    bench.take(
        study(procedureCode=[{"coding": [service]}], modality=[{"system": dicom, "code": "DX"}]),
        study(id="j", series=[{"uid": "1", "modality": {"system": dicom, "code": "CT"}}]),
    )

    assert bench.codes() == sorted(["NMU//A06.09.006", f"OTHER//{hashed(dicom, 'CT')}"])


def test_images_of_a_procedure_are_said_by_the_procedure(bench: Bench, records: Records) -> None:
    account = bench.take(study(procedureReference={"reference": "Procedure/p"}), records.patient())

    assert account.reasons("ignored") == [("its procedure says it", "ImagingStudy", 1)]


def test_results_that_a_report_contains_are_read_at_its_time(bench: Bench, records: Records) -> None:
    inner = records.observation(id="r1", effectiveDateTime=None, issued=None, subject=None)
    gone = records.observation(
        id="r2", status="cancelled", code={"coding": [{"system": LOINC, "code": "1-8"}]}
    )
    bench.take(records.report(contained=[inner, gone], result=[{"reference": "#r1"}]))

    assert bench.codes() == ["LOINC//4548-4", "LOINC//58410-2"]
    event = bench.event("LOINC//4548-4")
    assert (event["time"], event["known_at"]) == (datetime(2023, 3, 1, 23, 59, 59), datetime(2023, 3, 3))


@pytest.mark.parametrize("streamed", [False, True])
def test_a_result_without_a_time_has_that_of_its_panel_and_report_in_the_bundle(
    bench: Bench, records: Records, streamed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if streamed:
        for module, name, size in ((document, "LIMIT", 64), (document, "CHUNK", 16), (tape, "CHUNK", 16)):
            monkeypatch.setattr(module, name, size)
        monkeypatch.setattr(walk, "HEAD", 16)
    result = records.observation(effectiveDateTime=None, issued=None, subject=None)
    own = records.observation(
        id="o2", code={"coding": [{"system": LOINC, "code": "718-7"}]}, valueQuantity=None
    )
    panel = records.observation(
        id="o3",
        code={"coding": [{"system": LOINC, "code": "58410-2"}]},
        subject=None,
        effectiveDateTime=None,
        valueQuantity=None,
        hasMember=[{"reference": "urn:uuid:o1"}],
    )
    report = records.report(result=[{"reference": "Observation/o3"}, {"reference": "urn:uuid:o2"}])
    bench.write("a.json", json.dumps(records.bundle(result, own, panel, report)))

    bench.ingest()

    assert bench.reasons == []
    assert bench.event("LOINC//4548-4")["time"] == datetime(2023, 3, 1, 23, 59, 59)
    assert bench.event("LOINC//718-7")["time"] == datetime(2024, 5, 6, 7)


def test_a_test_without_loinc_is_looked_up_in_the_clinics_table(
    bench: Bench, records: Records, tmp_path: Path
) -> None:
    lab = {"coding": [{"system": "urn:lab", "code": "HGB1", "display": "Проба 17"}]}
    text = {"text": "Проба 18"}
    bench.write(
        "a.ndjson",
        [
            records.observation(code=lab, meta={"source": "urn:lab"}),
            records.observation(id="o2", code=text, meta={"source": "urn:lab"}),
        ],
    )
    rows = [
        LocalCode("urn:lab", "HGB1", "", "", "LOINC//718-7", 1.0, "врач"),
        LocalCode("urn:lab", "", "Проба 18", "", "LOINC//4544-3", 1.0, "врач"),
    ]

    bench.ingest(options=Options(codes=LocalCodes(rows)))

    assert bench.codes() == ["LOINC//4544-3", "LOINC//718-7"]


@pytest.mark.parametrize(("kind", "code"), [("allergy", "716186003"), ("condition", "160245001")])
def test_none_known_is_no_allergy_and_no_illness(
    bench: Bench, records: Records, kind: str, code: str
) -> None:
    said = {"coding": [{"system": "http://snomed.info/sct", "code": code}]}
    resource = records.allergy(code=said) if kind == "allergy" else records.condition() | {"code": said}

    account = bench.take(resource, records.patient())

    assert [why for why, _, _ in account.reasons("ignored")] == [
        "the source says that there is none, or that it was not done"
    ]


RANGES = [
    ({"low": {"value": 3, "unit": "mg/L"}, "high": {"value": 5, "unit": "mg/L"}}, (None, "3-5", "mg/L")),
    ({"low": {"value": 60, "unit": "mL"}}, (60, ">=", "mL")),
    ({"high": {"value": 3, "unit": "mg/L"}}, (3, "<=", "mg/L")),
]


@pytest.mark.parametrize(("said", "expected"), RANGES)
def test_a_range_is_its_ends_and_never_a_middle(
    bench: Bench, records: Records, said: dict[str, Any], expected: tuple[object, ...]
) -> None:
    bench.take(records.observation(valueQuantity=None, valueRange=said))

    event = bench.event("LOINC//4548-4")
    assert (event["numeric_value"], event["text_value"], event["unit"]) == expected


def test_swapped_pressures_and_impossible_values_are_kept_aside(bench: Bench, records: Records) -> None:
    def pressure(code: str, value: float) -> dict[str, Any]:
        return {
            "code": {"coding": [{"system": LOINC, "code": code}]},
            "valueQuantity": {"value": value, "unit": "mm[Hg]", "system": UCUM, "code": "mm[Hg]"},
        }

    def panel(id: str, systolic: float, diastolic: float) -> dict[str, Any]:
        parts = [pressure("8480-6", systolic), pressure("8462-4", diastolic)]
        return records.observation(id=id, valueQuantity=None, component=parts)

    pulse = {"value": 0, "unit": "/min"}
    bench.take(
        panel("a", 120, 80),
        panel("b", 80, 120),
        records.observation(
            id="c", code={"coding": [{"system": LOINC, "code": "8867-4"}]}, valueQuantity=pulse
        ),
        records.observation(id="d", effectiveDateTime="1970-01-01T03:00:00+03:00"),
    )

    assert sorted(bench.reasons) == [
        "1 January 1970: the date of a clock that was not set or of an empty field",
        "heart rate outside 8–350 /min: an error of unit or entry",
        "systolic pressure not above diastolic: swapped or mistyped",
    ]
    assert bench.codes() == ["LOINC//8462-4", "LOINC//8480-6"]
