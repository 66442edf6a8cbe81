"""A corrected record takes the place of what it corrects, from the time on when that was known."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import schema
from features.ingest.version import UNDATED, settle
from features.shards import META, NoEvents

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench, Records

NOW = datetime(2026, 11, 25, 12)
HBA1C = "LOINC//4548-4"


def percent(value: float) -> dict[str, Any]:
    return {"value": value, "code": "%", "system": "http://unitsofmeasure.org"}


def stamped(day: str) -> dict[str, str]:
    return {"lastUpdated": f"{day}T00:00:00Z"}


def test_a_corrected_value_of_the_same_issue_takes_the_place_of_the_first(
    bench: Bench, records: Records
) -> None:
    first = records.observation(valueQuantity=percent(14))
    second = records.observation(status="corrected", valueQuantity=percent(5.4), meta=stamped("2024-06-01"))
    bench.take(second, first)

    assert bench.seen(datetime(2024, 5, 31)) == [(HBA1C, 14)]
    assert bench.seen(datetime(2024, 6, 1)) == [(HBA1C, pytest.approx(5.4))]
    assert bench.feature("hba1c_mean_5y", NOW) == pytest.approx(5.4)


@pytest.mark.parametrize("meta", [stamped("2024-06-01"), None])
def test_a_corrected_diagnosis_of_the_same_date_takes_the_place_of_the_first(
    bench: Bench, records: Records, meta: dict[str, str] | None
) -> None:
    bench.take(records.condition())
    bench.take(records.condition(code="R73.0", meta=meta))

    known = datetime(2024, 6, 1) if meta else NOW
    assert bench.seen(known - timedelta(seconds=1)) == [("ICD10//E11.9", None)]
    assert bench.seen(known) == [("ICD10//R73.0", None)]
    assert (bench.feature("diabetes_ever", NOW), bench.feature("prediabetes_ever", NOW)) == (0, 1)


def test_two_versions_in_one_file_are_told_apart_by_their_stamps(bench: Bench, records: Records) -> None:
    old = records.condition(code="E11.9", meta=stamped("2024-01-01"))
    new = records.condition(code="R73.0", meta=stamped("2024-06-01"))
    bench.take(new, old)

    assert bench.seen(NOW) == [("ICD10//R73.0", None)]


def test_reading_a_correction_again_makes_no_other_version(bench: Bench, records: Records) -> None:
    old, new = records.condition(), records.condition(code="R73.0")
    bench.write("a.ndjson", [old])
    bench.ingest()
    bench.write("b.ndjson", [new])
    bench.ingest()
    before = bench.events

    for day in range(1, 4):
        assert bench.ingest(now=NOW + timedelta(days=day)).new_events == 0
    assert bench.events.equals(before)


def test_a_correction_that_is_exported_again_with_a_new_stamp_is_none(bench: Bench, records: Records) -> None:
    for day in ("2024-06-01", "2024-07-01", "2024-08-01"):
        bench.take(records.observation(status="amended", meta=stamped(day)))

    assert bench.events["known_at"].to_list() == [datetime(2024, 6, 1)]


def test_many_corrections_without_a_date_keep_their_order(bench: Bench, records: Records) -> None:
    bench.take(*(records.condition(code=code) for code in ("E11.9", "R73.0", "E11.2", "I10")))

    assert bench.seen(NOW + timedelta(seconds=1)) == [("ICD10//I10", None)]
    assert bench.events["known_at"].n_unique() == 4


def test_the_parts_of_a_corrected_panel_stay_together(bench: Bench, records: Records) -> None:
    def panel(*values: int) -> dict[str, Any]:
        parts = [
            {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueInteger": value}
            for code, value in zip(("8480-6", "8462-4"), values, strict=False)
        ]
        return records.observation(valueQuantity=None, component=parts)

    bench.take(panel(142, 91))
    bench.take(panel(124, 91))
    assert bench.seen(NOW) == [("LOINC//8462-4", 91), ("LOINC//8480-6", 124)]

    bench.ingest()
    bench.write("records.ndjson", [panel(124)])
    bench.ingest(now=NOW + timedelta(days=1))
    assert bench.seen(NOW + timedelta(days=1)) == [("LOINC//8480-6", 124)]


def test_an_error_without_a_date_takes_back_the_correction_too(bench: Bench, records: Records) -> None:
    bench.take(records.condition())
    bench.take(records.condition(code="R73.0"))
    wrong: dict[str, Any] = {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}
    bench.take(records.condition(**wrong))

    assert bench.seen(NOW + timedelta(days=1)) == []
    assert bench.ingest(now=NOW + timedelta(days=1)).new_events == 0


def test_a_corrected_wearable_day_of_the_same_synchronisation_is_a_correction(bench: Bench) -> None:
    header = "patient_id,date,device,resting_heart_rate,rmssd,steps,sleep_minutes,wear_minutes,synced_at"
    row = "p1,2026-03-04,W,61,,,,,2026-03-05T06:00:00Z"
    bench.write("a.csv", f"{header}\n{row}\n{row.replace('61', '66')}\n")
    bench.ingest()

    assert bench.seen(NOW) == [("LOINC//40443-4", 66)]
    assert bench.ingest(now=NOW + timedelta(days=1)).new_events == 0


def test_a_corrected_sex_and_birth_date_replace_the_first(bench: Bench, records: Records) -> None:
    bench.take(records.patient(gender="male", birthDate="1980-03-02"))
    bench.take(records.patient(meta=stamped("2026-02-03")))

    assert bench.seen(datetime(2026, 2, 2)) == [("MEDS_BIRTH", None), ("SEX//M", None)]
    assert bench.seen(datetime(2026, 2, 3)) == [("MEDS_BIRTH", None), ("SEX//F", None)]
    assert (bench.feature("male", datetime(2026, 2, 2)), bench.feature("male", NOW)) == (1, 0)
    assert bench.feature("age", NOW) == pytest.approx(56.7, abs=0.1)


def test_a_patient_may_become_again_what_was_said_first(bench: Bench, records: Records) -> None:
    versions = [
        records.patient(gender=sex, meta=stamped(day))
        for sex, day in (("female", "2026-01-01"), ("male", "2026-02-01"), ("female", "2026-03-01"))
    ]
    for version in versions:
        bench.take(version)

    months = [datetime(2026, month, 15) for month in (1, 2, 3)]
    assert [bench.feature("male", month) for month in months] == [0, 1, 0]
    bench.write("records.ndjson", versions)
    assert bench.ingest().new_events == 0


def test_a_death_that_is_told_later_is_known_later_and_one_told_in_error_goes(
    bench: Bench, records: Records
) -> None:
    bench.take(records.patient())
    bench.take(records.patient(deceasedDateTime="2026-02-03T04:00:00Z", meta=stamped("2026-03-01")))
    bench.take(records.patient(meta=stamped("2026-04-01")))

    dead = [("MEDS_DEATH", None) in bench.seen(datetime(2026, month, 15)) for month in (2, 3, 4)]
    assert dead == [False, True, False]


@pytest.mark.parametrize(
    ("changes", "time"),
    [
        ({"deceasedBoolean": True}, NOW),
        ({"deceasedBoolean": True, "meta": stamped("2026-02-03")}, datetime(2026, 2, 3)),
        ({"deceasedDateTime": "2026-02-30"}, NOW),
        ({"deceasedDateTime": "2031-01-01"}, NOW),
    ],
)
def test_a_death_without_a_usable_date_is_a_death_all_the_same(
    bench: Bench, records: Records, changes: dict[str, Any], time: datetime
) -> None:
    bench.take(records.patient(**changes))

    death = bench.event("MEDS_DEATH")
    assert (death["time"], death["text_value"]) == (time, UNDATED)
    assert bench.codes() == ["MEDS_BIRTH", "MEDS_DEATH", "SEX//F"]
    assert bench.people[0].deceased
    assert bench.ingest(now=NOW + timedelta(days=1)).new_events == 0


def test_the_date_of_a_death_may_come_later(bench: Bench, records: Records) -> None:
    bench.take(records.patient(deceasedBoolean=True))
    bench.take(records.patient(deceasedDateTime="2026-11-20T00:00:00Z"))

    deaths = bench.events.filter(pl.col("code") == "MEDS_DEATH").sort("known_at", nulls_last=False)
    assert deaths.select("time", "text_value", "known_at").rows() == [
        (NOW, UNDATED, None),
        (datetime(2026, 11, 20), None, NOW),
    ]


@pytest.mark.parametrize("written", ["2026-11", "2026", "2026-11-25"])
def test_a_date_of_these_days_is_accepted_and_the_same_on_the_same_day(
    bench: Bench, records: Records, written: str
) -> None:
    bench.take(records.patient(deceasedDateTime=written))
    assert bench.event("MEDS_DEATH")["time"] == NOW
    bench.write("records.ndjson", [records.condition(onsetDateTime=written, recordedDate=None)])
    bench.ingest()

    assert bench.event("ICD10//E11.9")["time"] == NOW
    assert bench.ingest(now=NOW + timedelta(hours=2)).new_events == 0


@pytest.mark.parametrize(("written", "day"), [("2026", (2026, 7, 1)), ("2026-11", (2026, 11, 15))])
def test_a_birth_of_these_days_is_accepted(
    bench: Bench, records: Records, written: str, day: tuple[int, int, int]
) -> None:
    bench.take(records.patient(birthDate=written))
    assert bench.event("MEDS_BIRTH")["time"] == datetime(*day)


def test_a_birth_whose_middle_is_to_come_is_today(bench: Bench, records: Records) -> None:
    bench.write("records.ndjson", [records.patient(birthDate="2026")])
    bench.ingest(now=datetime(2026, 3, 4, 5))

    assert bench.event("MEDS_BIRTH")["time"] == datetime(2026, 3, 4)


def test_a_store_of_an_earlier_form_is_not_added_to(bench: Bench, records: Records) -> None:
    bench.take(records.patient())
    (bench.store / META).write_text(json.dumps({"format": 1, "shards": 4}))

    with pytest.raises(NoEvents, match="another release"):
        bench.ingest()


days = st.integers(0, 4).map(lambda day: datetime(2024, 1, 1) + timedelta(days=day))
diagnoses = st.sampled_from(["ICD10//A", "ICD10//B", "ICD10//C", "WITHDRAWN"])
of_a_record = st.lists(st.tuples(days, st.none() | days, diagnoses), max_size=6)
of_a_patient = st.lists(
    st.tuples(st.none(), st.none() | days, st.sampled_from(["SEX//F", "SEX//M"])), max_size=6
)


def staged(versions: list[tuple[datetime | None, datetime | None, str]]) -> pl.DataFrame:
    rows = [
        {
            "subject_id": 1,
            "time": datetime(2023, 1, 1),
            "code": code,
            "known_at": max(known, updated) if known and updated and corrected else known,
            "source": "fhir",
            "source_id": "Condition/1",
            "updated": updated,
            "version": number,
        }
        for number, (known, updated, code) in enumerate(versions)
        for corrected in [number % 2]
    ]
    shape = pl.Schema([*schema.EVENT.items(), ("updated", schema.INSTANT), ("version", pl.Int64())])
    return pl.DataFrame(rows, schema=shape)


@given(versions=of_a_record | of_a_patient)
@settings(max_examples=200, deadline=None)
def test_whatever_came_reading_it_again_changes_nothing(
    versions: list[tuple[datetime | None, datetime | None, str]],
) -> None:
    came = staged(versions)
    stored = settle(schema.EVENT.to_frame(), came, NOW)
    again = settle(stored, came, NOW + timedelta(days=1))

    assert pl.concat([stored, again]).unique().height == stored.unique().height
    kept = stored.filter(pl.col("code") != "WITHDRAWN")
    assert kept["known_at"].n_unique() == kept.height  # never two versions at one instant
