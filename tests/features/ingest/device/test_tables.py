"""Tables of device clouds: Fitbit's CSV, glucose sensors in three languages, workbooks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from features.ingest import NothingReadable, Options, reason

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench

DAILY = "Id,ActivityDate,TotalSteps,TotalDistance,TrackerDistance,Calories"
HOURLY = "Id,ActivityHour,StepTotal"
STEPS = "LOINC//41950-7"


def csv(*lines: str) -> str:
    return "\r\n".join([*lines, ""])


def test_the_total_of_the_day_stands_and_its_hours_are_not_added(bench: Bench) -> None:
    bench.write("dailyActivity_merged.csv", csv(DAILY, "77,4/12/2016,900,1.2,1.2,2000"))
    bench.write(
        "hourlySteps_merged.csv",
        csv(
            HOURLY, "77,4/12/2016 11:00:00 AM,500", "77,4/12/2016 1:00:00 PM,400", "77,4/13/2016 1:00:00 PM,5"
        ),
    )
    account = bench.ingest()

    steps = bench.events.filter(bench.events["code"] == STEPS)
    assert steps.select("time", "numeric_value").rows() == [
        (datetime(2016, 4, 12, 23, 59, 59), 900.0),
        (datetime(2016, 4, 13, 23, 59, 59), 5.0),
    ]
    assert (reason.SAMPLE_TOTAL, "Fitbit hourly steps", 2) in account.reasons("ignored")


def test_hours_and_minutes_of_one_wristband_are_not_added(bench: Bench) -> None:
    bench.write("hourly.csv", csv(HOURLY, "77,4/12/2016 11:00:00 AM,500"))
    bench.write(
        "minutes.csv",
        csv("Id,ActivityMinute,Steps", "77,4/12/2016 11:00:00 AM,300", "77,4/12/2016 11:01:00 AM,200"),
    )
    bench.ingest()

    assert bench.event(STEPS)["numeric_value"] == 500


def test_a_day_without_a_step_is_no_day_worn(bench: Bench) -> None:
    bench.write("daily.csv", csv(DAILY, "77,4/12/2016,0,0,0,1500", "77,4/13/2016,10,0.01,0.01,1500"))
    account = bench.ingest()

    assert bench.event(STEPS)["numeric_value"] == 10
    assert account.reasons("ignored") == [(reason.NOTHING_MEASURED, "Fitbit daily activity", 1)]


def test_the_same_night_twice_is_one(bench: Bench) -> None:
    row = "77,4/12/2016 12:00:00 AM,1,327,346"
    bench.write(
        "sleepDay_merged.csv",
        csv("Id,SleepDay,TotalSleepRecords,TotalMinutesAsleep,TotalTimeInBed", row, row),
    )
    account = bench.ingest()

    assert bench.event("LOINC//93832-4")["numeric_value"] == 327
    assert account.reasons("ignored") == [(reason.SAMPLE_TWICE, "Fitbit sleep", 1)]


def test_local_days_are_of_the_zone_that_the_user_names(bench: Bench) -> None:
    bench.write("daily.csv", csv(DAILY, "77,4/12/2016,900,1.2,1.2,2000"))
    bench.ingest(options=Options(zone=ZoneInfo("Asia/Kamchatka")))

    assert bench.event(STEPS)["time"] == datetime(2016, 4, 12, 11, 59, 59)


def test_rows_of_nobody_and_of_a_wrong_width_are_kept_aside(bench: Bench) -> None:
    bench.write(
        "hourly.csv", csv(HOURLY, ",4/12/2016 1:00:00 PM,5", "77,4/12/2016", "77,4/12/2016 2:00:00 PM,6")
    )
    bench.ingest()

    assert sorted(bench.reasons) == sorted([reason.WHOSE_DATA, reason.CELLS])
    assert bench.event(STEPS)["numeric_value"] == 6


def test_several_people_in_a_file_are_not_made_one(bench: Bench) -> None:
    bench.write("hourly.csv", csv(HOURLY, "77,4/12/2016 1:00:00 PM,5", "78,4/12/2016 1:00:00 PM,600"))
    bench.ingest(options=Options(patient="p1"))

    assert bench.reasons == [reason.SEVERAL_PEOPLE]
    assert bench.event(STEPS)["numeric_value"] == 5


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("77,4/31/2016 1:00:00 PM,5", reason.SAMPLE_NO_TIME),
        ("77,4/12/1970 1:00:00 PM,5", reason.SAMPLE_CLOCK),
        ("77,4/12/2036 1:00:00 PM,5", reason.FUTURE),
        ("77,4/12/2016 1:00:00 PM,many", reason.SAMPLE_VALUE),
        ("77,4/12/2016 1:00:00 PM,-3", reason.SAMPLE_IMPLAUSIBLE.format("steps", 0, 100_000, "")),
    ],
)
def test_bad_rows_are_kept_aside(bench: Bench, row: str, why: str) -> None:
    bench.write("hourly.csv", csv(HOURLY, row, "77,4/12/2016 2:00:00 PM,6"))
    bench.ingest()

    assert bench.reasons == [why]
    assert bench.event(STEPS)["numeric_value"] == 6


def sensor(header: str, values: list[float], patient: str = "") -> str:
    rows = [f"2026-03-04 {n // 4:02}:{n % 4 * 15:02},{value}{patient}" for n, value in enumerate(values)]
    return "\n".join([header, *rows, ""])


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("Date,CGM (mg / dl)", "utf-8-sig"),
        ("时间,动态血糖 (mg/dL)", "gb18030"),
        ("Дата,Глюкоза (мг/дл)", "windows-1251"),
    ],
)
def test_a_day_of_a_sensor_is_told_by_four_numbers(bench: Bench, header: str, encoding: str) -> None:
    bench.write("cgm.csv", sensor(header, [69, 70, 180, 181] * 24).encode(encoding))
    bench.ingest(options=Options(patient="p1"))

    found = dict(bench.events.select("code", "numeric_value").rows())
    assert found["WEARABLE//glucose_mean"] == pytest.approx(125 / 18.016)
    assert found["WEARABLE//glucose_in_range"] == 50  # 70 and 180 mg/dL are within, 69 and 181 are not
    assert found["WEARABLE//glucose_readings"] == 96
    assert found["WEARABLE//glucose_cv"] == pytest.approx(44.63, abs=0.05)


def test_mmol_of_the_header_is_taken_as_it_is(bench: Bench) -> None:
    bench.write(
        "cgm.csv", sensor("time;Historic Glucose mmol/L", [3.8, 3.9, 10.0, 10.1] * 24).replace(",", ";")
    )
    bench.ingest(options=Options(patient="p1"))

    found = dict(bench.events.select("code", "numeric_value").rows())
    assert found["WEARABLE//glucose_mean"] == pytest.approx(6.95)
    assert found["WEARABLE//glucose_in_range"] == 50


def test_a_header_without_a_unit_is_not_guessed(bench: Bench) -> None:
    bench.write("cgm.csv", sensor("Date,CGM", [100.0]))

    with pytest.raises(NothingReadable):
        bench.ingest(options=Options(patient="p1"))
    assert bench.reasons == [reason.SAMPLE_UNIT]


def test_blood_of_the_finger_is_no_reading_of_the_sensor(bench: Bench) -> None:
    bench.write("cgm.csv", "file,Date,CGM (mg / dl),CBG (mg / dl)\na,2026-03-04 10:00:00,100,108.096\n")
    bench.ingest()

    assert bench.event("LOINC//14743-9")["numeric_value"] == pytest.approx(6)
    assert bench.event("WEARABLE//glucose_readings")["numeric_value"] == 1


def test_a_damaged_workbook_is_named(bench: Bench) -> None:
    bench.write("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)

    with pytest.raises(NothingReadable):
        bench.ingest(options=Options(patient="p1"))
    assert bench.reasons == [reason.SHEET_BROKEN]
