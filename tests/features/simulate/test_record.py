"""The records are valid FHIR R4 and agree with each other."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from features import codes

# What R4 asks of each type beyond id (cardinality 1 in the base resource).
REQUIRED = {
    "Appointment": ("status", "participant"),
    "Condition": ("subject", "code", "clinicalStatus", "verificationStatus", "recordedDate"),
    "Consent": ("status", "scope", "category", "policyRule", "patient", "dateTime", "provision"),
    "Encounter": ("status", "class", "subject", "period"),
    "Immunization": ("status", "vaccineCode", "patient", "occurrenceDateTime"),
    "Invoice": ("status", "subject", "date", "totalNet"),
    "MedicationRequest": ("status", "intent", "medicationCodeableConcept", "subject", "authoredOn"),
    "Observation": ("status", "code", "subject", "effectiveDateTime", "issued"),
    "Organization": ("name",),
    "Patient": ("name", "gender", "birthDate", "telecom", "managingOrganization"),
    "Procedure": ("status", "subject", "code", "performedDateTime"),
}
STATUSES = {
    "Appointment": {"booked", "fulfilled", "noshow", "cancelled"},
    "Consent": {"active"},
    "Encounter": {"finished"},
    "Invoice": {"balanced"},
    "Observation": {"final"},
}
KINDS = sorted(REQUIRED)
FOREIGN_SYSTEMS = {
    "http://snomed.info/sct",
    "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "http://terminology.hl7.org/CodeSystem/observation-category",
    "http://terminology.hl7.org/CodeSystem/condition-clinical",
    "http://terminology.hl7.org/CodeSystem/condition-ver-status",
    "http://terminology.hl7.org/CodeSystem/consentscope",
    "https://smartclinic.example/consent-purpose",
    "urn:ietf:bcp:47",
}


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_is_a_resource_with_an_id_of_its_own(cohort: Any, kind: str) -> None:
    resources = cohort.read(kind)

    assert resources
    assert {resource["resourceType"] for resource in resources} == {kind}
    assert all(re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", resource["id"]) for resource in resources)
    assert len({resource["id"] for resource in resources}) == len(resources)


@pytest.mark.parametrize("kind", KINDS)
def test_what_r4_requires_is_there_and_nothing_is_empty(cohort: Any, kind: str) -> None:
    for resource in cohort.read(kind):
        assert not [name for name in REQUIRED[kind] if name not in resource]
        assert resource.get("status", "none") in STATUSES.get(kind, {resource.get("status", "none")})
        assert all(value not in (None, "", [], {}) for _, value in walk(resource))


def test_references_lead_to_resources_that_exist(cohort: Any) -> None:
    known = {f"{kind}/{resource['id']}" for kind in KINDS for resource in cohort.read(kind)}
    named = {
        value
        for kind in KINDS
        for resource in cohort.read(kind)
        for key, value in walk(resource)
        if key == "reference"
    }

    assert named <= known


def test_codes_come_from_vocabularies_that_the_product_knows(cohort: Any) -> None:
    systems = {
        coding["system"]
        for kind in KINDS
        for resource in cohort.read(kind)
        for key, value in walk(resource)
        if key in ("coding", "purpose")
        for coding in value
    }

    assert systems <= set(codes.VOCABULARIES) | FOREIGN_SYSTEMS
    assert len(systems & set(codes.VOCABULARIES)) >= 6


def test_quantities_have_the_units_that_features_speak(cohort: Any) -> None:
    unit = {
        member.removeprefix("LOINC//"): group.unit
        for group in vars(codes).values()
        if isinstance(group, codes.CodeGroup) and group.unit
        for member in group.codes
        if member.startswith("LOINC//")
    }
    seen = set()
    for resource in cohort.read("Observation"):
        for part in (resource, *resource.get("component", ())):
            if "valueQuantity" in part:
                code, quantity = part["code"]["coding"][0]["code"], part["valueQuantity"]
                assert quantity["system"] == "http://unitsofmeasure.org"
                assert isinstance(quantity["value"], int | float)
                assert quantity["code"] == unit.get(code, quantity["code"])
                seen.add(code)

    assert {"4548-4", "14771-0", "22748-8", "8480-6", "39156-5"} <= seen


def test_blood_pressure_is_one_panel_of_two_components(cohort: Any) -> None:
    panels = [o for o in cohort.read("Observation") if o["code"]["coding"][0]["code"] == "85354-9"]

    for panel in panels:
        high, low = panel["component"]
        assert [high["code"]["coding"][0]["code"], low["code"]["coding"][0]["code"]] == ["8480-6", "8462-4"]
        assert high["valueQuantity"]["value"] > low["valueQuantity"]["value"]


def test_every_examination_of_the_calendar_is_sometimes_done(cohort: Any) -> None:
    done = {p["code"]["coding"][0]["code"] for p in cohort.read("Procedure")}
    done |= {o["code"]["coding"][0]["code"] for o in cohort.read("Observation")}
    for group in (
        codes.PREVENTIVE_EXAMINATION,
        codes.FLUOROGRAPHY,
        codes.ECG,
        codes.INTRAOCULAR_PRESSURE,
        codes.GYNAECOLOGICAL_EXAMINATION,
        codes.CERVICAL_CYTOLOGY,
        codes.FULL_BLOOD_COUNT,
        codes.FAECAL_OCCULT_BLOOD,
        codes.MAMMOGRAPHY,
        codes.PSA,
        codes.GASTROSCOPY,
        codes.ANTI_HCV,
    ):
        members = {member.split("//")[1].removesuffix("*") for member in group.codes}
        assert done & members, group.name


def test_a_quarter_to_nine_tenths_of_women_of_that_age_had_mammography(cohort: Any) -> None:
    women = {
        p["id"]
        for p in cohort.read("Patient")
        if p["gender"] == "female" and "1955" < p["birthDate"] < "1980" and "deceasedDateTime" not in p
    }
    had = {
        p["subject"]["reference"].removeprefix("Patient/")
        for p in cohort.read("Procedure")
        if p["code"]["coding"][0]["code"] == "A06.20.004" and p["performedDateTime"] > "2024-11"
    }

    assert 0.25 < len(women & had) / len(women) < 0.9


def test_nothing_is_known_before_it_happens_or_after_the_window(cohort: Any) -> None:
    end = "2026-11-25T03:00:00+03:00"
    for o in cohort.read("Observation"):
        assert o["effectiveDateTime"] < o["issued"] < end
    for c in cohort.read("Condition"):
        assert c["onsetDateTime"] <= c["recordedDate"][:10] and c["recordedDate"] < end
    for e in cohort.read("Encounter"):
        assert "2021-11-25" <= e["period"]["start"] < e["period"]["end"] < end


def test_nobody_comes_after_death(cohort: Any) -> None:
    death = {p["id"]: p["deceasedDateTime"] for p in cohort.read("Patient") if "deceasedDateTime" in p}
    assert 10 < len(death) < 80  # about 1.4 % a year of 600 people

    for e in cohort.read("Encounter"):
        died = death.get(e["subject"]["reference"].removeprefix("Patient/"))
        assert died is None or e["period"]["end"] < died


def test_only_the_living_have_appointments_ahead(cohort: Any) -> None:
    dead = {p["id"] for p in cohort.read("Patient") if "deceasedDateTime" in p}
    ahead = [a for a in cohort.read("Appointment") if a["status"] == "booked"]

    assert len(ahead) > 40
    for a in ahead:
        assert a["start"] > "2026-11-25" > a["created"]
        assert a["participant"][0]["actor"]["reference"].removeprefix("Patient/") not in dead


def test_about_one_appointment_in_eight_is_missed(cohort: Any) -> None:
    number = Counter(a["status"] for a in cohort.read("Appointment"))

    assert 0.08 < number["noshow"] / (number["noshow"] + number["fulfilled"]) < 0.18


def test_payments_are_whole_roubles_and_name_no_diagnosis(cohort: Any) -> None:
    for invoice in cohort.read("Invoice"):
        assert invoice["totalNet"]["currency"] == "RUB"
        assert 1000 <= invoice["totalNet"]["value"] <= 20_000
        assert invoice["lineItem"][0]["chargeItemCodeableConcept"] == {
            "text": "Медицинская услуга по договору"
        }


def test_consents_hold_one_purpose_and_the_latest_word_can_differ(cohort: Any) -> None:
    words: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for c in cohort.read("Consent"):
        (purpose,) = c["provision"]["purpose"]
        assert purpose["system"] == "https://smartclinic.example/consent-purpose"
        words.setdefault((c["patient"]["reference"], purpose["code"]), []).append(
            (c["dateTime"], c["provision"]["type"])
        )
    latest = {key: max(said)[1] for key, said in words.items()}
    patients = len(cohort.read("Patient"))

    share = {
        purpose: sum(said == "permit" for (_, p), said in latest.items() if p == purpose) / patients
        for purpose in ("reminder", "research", "marketing")
    }
    assert share == pytest.approx({"reminder": 0.85, "research": 0.60, "marketing": 0.40}, abs=0.05)
    assert len({who for who, _ in words}) < patients  # some were never asked
    withdrawn = [said for said in words.values() if len(said) > 1]
    assert len(withdrawn) > 20
    assert all([kind for _, kind in sorted(said)] == ["permit", "deny"] for said in withdrawn)


def test_the_diagnosis_of_diabetes_is_recorded_once_and_on_the_true_day(cohort: Any) -> None:
    recorded: dict[str, datetime] = {}
    for c in cohort.read("Condition"):
        if c["code"]["coding"][0]["code"] == "E11.9":
            who = c["subject"]["reference"].removeprefix("Patient/")
            assert who not in recorded
            recorded[who] = datetime.fromisoformat(c["recordedDate"]).astimezone(UTC)
    true = cohort.table("subjects").filter(
        pl.col("t2d_diagnosis").is_not_null() & ((pl.col("t2d_diagnosis") < pl.col("death")).fill_null(True))
    )

    assert set(recorded) == set(true["patient_id"])
    for who, day in true.select("patient_id", "t2d_diagnosis").iter_rows():
        assert recorded[who].date() == day.date()


def test_a_new_diagnosis_rests_on_a_glucose_of_seven_reported_before_it(cohort: Any) -> None:
    high = {
        (o["encounter"]["reference"], o["issued"])
        for o in cohort.read("Observation")
        if o["code"]["coding"][0]["code"] == "14771-0" and o["valueQuantity"]["value"] >= 7.0
    }
    when = dict(high)
    new = [
        c for c in cohort.read("Condition") if c["code"]["coding"][0]["code"] == "E11.9" and "encounter" in c
    ]

    assert len(new) > 20
    for c in new:
        assert when[c["encounter"]["reference"]] < c["recordedDate"]


def test_statins_lower_ldl_by_about_a_third(cohort: Any) -> None:
    first: dict[str, str] = {}
    for m in cohort.read("MedicationRequest"):
        if m["medicationCodeableConcept"]["coding"][0]["code"].startswith("C10AA"):
            who = m["subject"]["reference"]
            first[who] = min(first.get(who, "9"), m["authoredOn"])
    before: dict[str, list[float]] = {}
    after: dict[str, list[float]] = {}
    for o in cohort.read("Observation"):
        who = o["subject"]["reference"]
        if o["code"]["coding"][0]["code"] == "22748-8" and who in first:
            side = before if o["effectiveDateTime"] < first[who] else after
            side.setdefault(who, []).append(o["valueQuantity"]["value"])
    both = [who for who in before if who in after]
    ratio = sum(sum(after[w]) / len(after[w]) for w in both) / sum(
        sum(before[w]) / len(before[w]) for w in both
    )

    assert len(both) > 25
    assert 0.58 < ratio < 0.80  # some stop taking them
