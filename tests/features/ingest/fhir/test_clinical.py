"""Each mapped type: what it becomes, when it happened and when it was known."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from features.ingest.concept import hashed

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench, Records


def test_a_patient_becomes_sex_birth_and_death(bench: Bench, records: Records) -> None:
    bench.take(records.patient(deceasedDateTime="2025-02-03T04:05:06+03:00"))

    assert bench.codes() == ["MEDS_BIRTH", "MEDS_DEATH", "SEX//F"]
    assert bench.event("SEX//F")["time"] is None
    assert bench.event("SEX//F")["known_at"] is None
    assert bench.event("MEDS_BIRTH")["time"] == datetime(1970, 3, 2)
    assert bench.event("MEDS_DEATH")["time"] == datetime(2025, 2, 3, 1, 5, 6)


def test_the_record_number_of_a_patient_is_in_no_event(bench: Bench, records: Records) -> None:
    bench.take(records.patient("karta-77123"))

    assert not bench.events.filter(pl.col("source_id").str.contains("77123")).height


@pytest.mark.parametrize(("gender", "code"), [("male", ["SEX//M"]), ("other", []), (None, [])])
def test_only_a_known_sex_is_an_event(
    bench: Bench, records: Records, gender: str | None, code: list[str]
) -> None:
    account = bench.take(records.patient(gender=gender, birthDate=None))

    assert bench.codes() == code
    assert account.mapped == 1


@pytest.mark.parametrize(
    ("written", "day"), [("1970", (1970, 7, 1)), ("1970-02", (1970, 2, 15)), ("1970-02-03", (1970, 2, 3))]
)
def test_a_birth_date_in_part_is_the_middle(
    bench: Bench, records: Records, written: str, day: tuple[int, int, int]
) -> None:
    bench.take(records.patient(birthDate=written))

    assert bench.event("MEDS_BIRTH")["time"] == datetime(*day)


def test_an_observation_keeps_number_unit_time_and_when_it_was_issued(bench: Bench, records: Records) -> None:
    bench.take(records.observation())

    event = bench.event("LOINC//4548-4")
    assert event["numeric_value"] == 6.5
    assert event["unit"] == "%"
    assert event["time"] == datetime(2024, 5, 6, 7)
    assert event["known_at"] == datetime(2024, 5, 7, 6, 30)
    assert event["source"] == "fhir"
    assert event["source_id"] == bench.record("Observation", "o1")


def test_the_unit_is_what_the_source_said(bench: Bench, records: Records) -> None:
    bench.take(
        records.observation("a", valueQuantity={"value": 96, "unit": "мг/дл"}),
        records.observation("b", valueQuantity={"value": 5.3}),
        records.observation(
            "c", valueQuantity={"value": 5, "unit": "ммоль/л", "code": "x", "system": "local"}
        ),
    )

    assert sorted(bench.events["unit"].to_list(), key=str) == [None, "мг/дл", "ммоль/л"]
    assert sorted(bench.events["numeric_value"].to_list()) == pytest.approx([5, 5.3, 96])


def test_a_panel_is_one_event_a_component(bench: Bench, records: Records) -> None:
    def part(code: str, value: int) -> dict[str, Any]:
        return {
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "valueQuantity": {
                "value": value,
                "unit": "mmHg",
                "code": "mm[Hg]",
                "system": "http://unitsofmeasure.org",
            },
        }

    bench.take(
        records.observation(
            code={"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
            valueQuantity=None,
            component=[part("8480-6", 142), part("8462-4", 91)],
        )
    )

    assert bench.codes() == ["LOINC//8462-4", "LOINC//8480-6"]
    assert bench.event("LOINC//8480-6")["numeric_value"] == 142
    assert bench.event("LOINC//8480-6")["unit"] == "mm[Hg]"
    assert set(bench.events["source_id"]) == {bench.record("Observation", "o1")}


def test_a_component_without_a_code_goes_when_another_has_one(bench: Bench, records: Records) -> None:
    named = {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}, "valueInteger": 142}
    bare = {"code": {"text": "на глаз"}, "valueInteger": 3}
    bench.take(
        records.observation("a", valueQuantity=None, component=[named, bare]),
        records.observation("b", valueQuantity=None, component=[bare]),
    )

    assert bench.codes() == ["LOINC//8480-6"]
    assert bench.reasons == ["no code, only text"]


def test_an_examination_without_a_value_was_done_and_an_absent_value_was_not(
    bench: Bench, records: Records
) -> None:
    account = bench.take(
        records.observation("done", valueQuantity=None),
        records.observation("absent", valueQuantity=None, dataAbsentReason={"text": "не взят"}),
        records.observation("empty", valueQuantity={"unit": "%"}),
        records.observation(
            "parts", valueQuantity=None, component=[{"code": {}, "dataAbsentReason": {"text": "нет"}}]
        ),
    )

    done = bench.record("Observation", "done")
    assert bench.events.select("source_id", "numeric_value").rows() == [(done, None)]
    assert account.reasons("ignored") == [("no value: the source says that it is absent", "Observation", 3)]


def test_a_smoking_status_is_the_code_of_the_answer(bench: Bench, records: Records) -> None:
    bench.take(
        records.observation(
            code={"coding": [{"system": "http://loinc.org", "code": "72166-2"}]},
            valueQuantity=None,
            valueCodeableConcept={
                "coding": [
                    {"system": "urn:local", "code": "kurit"},
                    {"system": "http://snomed.info/sct", "code": "449868002", "display": "курит"},
                ]
            },
        )
    )

    assert bench.event("LOINC//72166-2")["text_value"] == "449868002"


def test_a_value_over_a_period_counts_at_its_end(bench: Bench, records: Records) -> None:
    bench.take(
        records.observation(
            effectiveDateTime=None, effectivePeriod={"start": "2024-05-01", "end": "2024-05-02"}, issued=None
        )
    )

    assert bench.event("LOINC//4548-4")["time"] == datetime(2024, 5, 2, 23, 59, 59)


def test_an_observation_without_its_own_time_has_that_of_its_issue(bench: Bench, records: Records) -> None:
    bench.take(records.observation(effectiveDateTime=None))

    assert bench.event("LOINC//4548-4")["time"] == datetime(2024, 5, 7, 6, 30)


def test_a_diagnosis_is_known_when_it_was_recorded(bench: Bench, records: Records) -> None:
    bench.take(records.condition())

    event = bench.event("ICD10//E11.9")
    assert event["time"] == datetime(2020, 1, 10, 23, 59, 59)
    assert event["known_at"] == datetime(2020, 2, 3, 23, 59, 59)
    assert event["text_value"] == "Инсулиннезависимый сахарный диабет без осложнений"  # not the sender's


@pytest.mark.parametrize("written", ["Е11.9", " е11.9 ", "E11.9*", "E11.9†", "Е11,9", "e 11.9."])
def test_icd_10_is_folded_to_latin_without_marks(bench: Bench, records: Records, written: str) -> None:
    bench.take(records.condition(code=written))

    assert bench.codes() == ["ICD10//E11.9"]


def test_each_other_type_has_its_time_and_when_it_was_known(bench: Bench, records: Records) -> None:
    account = bench.take(
        records.encounter(),
        records.request(),
        records.statement(),
        records.procedure(),
        records.immunization(),
        records.report(),
        records.allergy(),
    )

    assert account.mapped == 7
    found = {row["code"]: (row["time"], row["known_at"]) for row in bench.events.rows(named=True)}
    assert found == {
        "ENCOUNTER//AMB": (datetime(2024, 5, 6, 7), datetime(2024, 5, 6, 7)),
        "ATC//C10AA05": (last_second(2021, 4, 5), last_second(2021, 4, 5)),
        "ATC//A10BA02": (last_second(2020, 6, 1), last_second(2021, 4, 5)),
        "NMU//A05.10.006": (datetime(2022, 1, 2, 9), datetime(2022, 1, 2, 9)),
        "CVX//140": (last_second(2023, 10, 1), last_second(2023, 10, 2)),
        "LOINC//58410-2": (last_second(2023, 3, 1), datetime(2023, 3, 3)),
        "ALLERGY//ATC//C10AA05": (last_second(2019, 9, 9), last_second(2019, 9, 9)),
    }


def last_second(year: int, month: int, day: int) -> datetime:
    """Of a day of which no more is known."""
    return datetime(year, month, day, 23, 59, 59)


def test_an_allergy_to_a_drug_is_not_taken_for_its_prescription(bench: Bench, records: Records) -> None:
    bench.take(records.allergy())

    assert bench.codes() == ["ALLERGY//ATC//C10AA05"]


def test_the_preferred_vocabulary_speaks_and_an_unknown_one_is_other(bench: Bench, records: Records) -> None:
    def codings(*pairs: tuple[str, str]) -> dict[str, Any]:
        return {"coding": [{"system": system, "code": code} for system, code in pairs]}

    snomed, loinc = "http://snomed.info/sct", "http://loinc.org"
    bench.take(
        records.observation("o", code=codings((snomed, "43396009"), (loinc, "4548-4"))),
        records.condition("c")
        | {"code": codings((snomed, "44054006"), ("1.2.643.5.1.13.13.11.1005", "E11"))},
        records.request(
            "m", medicationCodeableConcept=codings(("urn:x", "1"), ("http://www.whocc.no/atc/", "A10"))
        ),
        records.procedure("p", code=codings(("urn:x", "own 1"))),
    )

    assert bench.codes() == ["ATC//A10", "ICD10//E11", "LOINC//4548-4", f"OTHER//{hashed('urn:x', 'own 1')}"]


def test_a_drug_may_be_a_reference_to_a_medication_read_before_after_or_inside(
    bench: Bench, records: Records
) -> None:
    atc = {"coding": [{"system": "http://www.whocc.no/atc", "code": "C09AA02"}]}
    medication = {"resourceType": "Medication", "id": "med", "code": atc}
    inside = records.request(
        "inside", medicationCodeableConcept=None, medicationReference={"reference": "#m"}
    ) | {"contained": [{"resourceType": "Medication", "id": "m", "code": atc}]}
    outside = records.request(
        "outside", medicationCodeableConcept=None, medicationReference={"reference": "Medication/med"}
    )
    lost = records.request(
        "lost", medicationCodeableConcept=None, medicationReference={"reference": "Medication/none"}
    )
    bench.write("a.ndjson", [outside, inside, lost])
    bench.write("b.ndjson", [medication, outside | {"id": "late"}])

    account = bench.ingest()

    assert set(bench.events["source_id"]) == {
        bench.record("MedicationRequest", id) for id in ("inside", "late", "outside")
    }
    assert set(bench.codes()) == {"ATC//C09AA02"}
    assert bench.reasons == ["the medication points to nothing that was read"]
    assert bench.items[0]["line"] == 3
    assert account.resources == 5


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("2024-05-06", datetime(2024, 5, 6, 23, 59, 59)),
        ("2024-02", datetime(2024, 2, 29, 23, 59, 59)),
        ("2023", datetime(2023, 12, 31, 23, 59, 59)),
        ("2026-11-25", datetime(2026, 11, 25, 12)),
        ("2026-11", datetime(2026, 11, 25, 12)),
        ("2026", datetime(2026, 11, 25, 12)),
        ("2024-05-06T10:00:00.1234567Z", datetime(2024, 5, 6, 10, 0, 0, 123456)),
        ("2024-05-06T01:30:00+12:00", datetime(2024, 5, 5, 13, 30)),
        ("2024-05-06T10:00:00", datetime(2024, 5, 6, 10)),
    ],
)
def test_a_date_is_over_at_its_last_second_or_now_and_zones_become_utc(
    bench: Bench, records: Records, written: str, time: datetime
) -> None:
    bench.take(records.procedure(performedPeriod=None, performedDateTime=written))

    assert bench.events["time"].to_list() == [time]


@pytest.mark.parametrize(
    ("onset", "recorded", "time"),
    [
        ("2024-05-06", "2024-05-06T08:00:00Z", datetime(2024, 5, 6, 8)),
        ("2024-05", "2024-05-06T08:00:00Z", datetime(2024, 5, 6, 8)),
        ("2026", "2026-03-04", datetime(2026, 3, 4, 23, 59, 59)),
        ("2024-05-06", "2023-01-01", datetime(2024, 5, 6, 23, 59, 59)),
    ],
)
def test_what_was_written_down_had_begun(
    bench: Bench, records: Records, onset: str, recorded: str, time: datetime
) -> None:
    bench.take(records.condition(onsetDateTime=onset, recordedDate=recorded))

    assert bench.events["time"].to_list() == [time]


def test_a_date_alone_is_not_seen_at_the_beginning_of_its_day(bench: Bench, records: Records) -> None:
    bench.take(records.observation(effectiveDateTime="2026-03-01", issued=None))

    assert [bench.feature("hba1c_count_2y", datetime(2026, 3, day)) for day in (1, 2)] == [0, 1]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2023-02-30", "a date that does not exist"),
        ("20230230", "a date that does not exist"),
        ("2023-13", "a date that does not exist"),
        ("вчера", "a date that does not exist"),
        ("2023-02-03T25:00:00Z", "a date that does not exist"),
        ("1899-12-31", "a date before 1900"),
        ("2026-11-27", "a date in the future"),
        ("2026-12", "a date in the future"),
        ("2027", "a date in the future"),
    ],
)
def test_an_impossible_date_is_quarantined(bench: Bench, records: Records, written: str, why: str) -> None:
    bench.take(records.patient(), records.condition(onsetDateTime=written))

    assert bench.reasons == [why]


def test_a_date_of_tomorrow_is_a_clock_ahead(bench: Bench, records: Records) -> None:
    bench.take(records.condition(onsetDateTime="2026-11-26", recordedDate=None))

    assert bench.reasons == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"subject": None}, "no subject"),
        ({"subject": {"display": "Иван Петров"}}, "the subject has no reference"),
        ({"subject": {"reference": "#p"}}, "the subject is contained: it has no record of its own"),
        ({"subject": {"reference": "Group/3"}}, "the subject is not a patient"),
        ({"subject": {"reference": "urn:uuid:nowhere"}}, "the subject points to nothing in this bundle"),
        ({"effectiveDateTime": None, "issued": None}, "no usable time"),
        ({"code": None}, "no code"),
        ({"code": {"coding": [{"system": "http://loinc.org"}]}}, "no code"),
        ({"code": {"text": "сахар крови"}}, "no code, only text"),
        ({"status": "nope"}, "a status that FHIR R4 does not have"),
        ({"subject": "Patient/p1"}, "an element has another shape than FHIR R4 gives it"),
        ({"code": [1]}, "an element has another shape than FHIR R4 gives it"),
        ({"component": [{"valueInteger": 1}, 5]}, "an element has another shape than FHIR R4 gives it"),
        ({"effectiveDateTime": 20240506}, "a date that does not exist"),
        ({"resourceType": "Observatoin"}, "resourceType is not one of FHIR R4"),
        ({"resourceType": None}, "JSON without resourceType"),
    ],
)
def test_what_cannot_be_an_event_is_quarantined_with_the_reason(
    bench: Bench, records: Records, changes: dict[str, Any], why: str
) -> None:
    bench.take(records.patient(gender=None, birthDate=None), records.observation(**changes))

    assert bench.reasons == [why]
    assert bench.codes() == []
    assert bench.items[0]["line"] == 2
    assert bench.items[0]["id"] == "o1"


def test_a_resource_without_an_id_is_known_by_its_content(bench: Bench, records: Records) -> None:
    first = records.observation() | {"id": None}
    bench.take(first, first, first | {"id": "имя с пробелом"})

    ids = bench.events["source_id"].to_list()
    assert len(ids) == 2  # the same content twice is one record; another content is another
    assert all(id.startswith("Observation/") and len(id) == len("Observation/") + 16 for id in ids)
