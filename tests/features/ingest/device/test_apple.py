"""Apple Health exports: each record used, left out or kept aside; days by the recorded offset."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from features.ingest import NothingReadable, Options, reason

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench

WATCH = (
    "&lt;&lt;HKDevice: 0x{:x}&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch, "
    "hardware:Watch6,7, software:{}&gt;"
)
PHONE = "&lt;&lt;HKDevice: 0x1&gt;, name:iPhone, manufacturer:Apple Inc., model:iPhone, software:17.1&gt;"
ME = Options(patient="p1")
QUANTITY = "HKQuantityTypeIdentifier"


def watch(pointer: int = 1, software: str = "10.1") -> str:
    return WATCH.format(pointer, software)


def record(
    type: str,
    value: object,
    start: str,
    end: str = "",
    *,
    unit: str | None = "count",
    device: str = "",
    source: str = "Watch of Анна &amp; Пётр",
    created: str = "",
    inner: str = "",
) -> str:
    name = type if type.startswith("HK") else QUANTITY + type
    said = {
        "type": name,
        "sourceName": source,
        "unit": unit,
        "device": device or watch(),
        "creationDate": created or end or start,
        "startDate": start,
        "endDate": end or start,
        "value": value,
    }
    text = " ".join(f'{key}="{value}"' for key, value in said.items() if value is not None)
    return f"<Record {text}>{inner}</Record>" if inner else f"<Record {text}/>"


def export(*elements: str, doctype: str = "") -> str:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}<HealthData locale="ru_RU">\n'
    return (
        f'{head}<ExportDate value="2026-05-01 12:00:00 +0300"/>\n' + "\n".join(elements) + "\n</HealthData>"
    )


def take(bench: Bench, *elements: str, **changes: Any) -> dict[str, float]:
    """Ingest one export of p1: code → value."""
    bench.write("export.xml", export(*elements))
    bench.ingest(options=ME, **changes)
    return dict(bench.events.select("code", "numeric_value").rows())


def test_steps_of_watch_and_phone_at_the_same_time_are_one_total(bench: Bench) -> None:
    span = ("2026-03-04 10:00:00 +0300", "2026-03-04 10:05:00 +0300")
    found = take(
        bench,
        record("StepCount", 480, *span, device=PHONE, source="Phone"),
        record("StepCount", 500, *span),
        record(
            "StepCount",
            70,
            "2026-03-04 18:00:00 +0300",
            "2026-03-04 18:05:00 +0300",
            device=PHONE,
            source="Phone",
        ),
    )

    assert found == {"LOINC//41950-7": 570}


def test_the_same_watch_after_an_update_is_the_same_watch(bench: Bench) -> None:
    span = ("2026-03-04 10:00:00 +0300", "2026-03-04 10:05:00 +0300")
    found = take(
        bench,
        record("StepCount", 500, *span, device=watch(0x55, "10.1")),
        record("StepCount", 500, *span, device=watch(0x77, "11.0"), created="2026-04-01 08:00:00 +0300"),
    )

    assert found == {"LOINC//41950-7": 500}


def test_a_day_is_that_of_the_recorded_offset(bench: Bench) -> None:
    take(bench, record("StepCount", 10, "2026-03-05 00:10:00 +1200", "2026-03-05 00:12:00 +1200"))

    assert bench.event("LOINC//41950-7")["time"] == datetime(2026, 3, 5, 11, 59, 59)


def test_steps_across_midnight_are_shared_by_the_days(bench: Bench) -> None:
    take(bench, record("StepCount", 100, "2026-03-04 23:45:00 +0000", "2026-03-05 00:15:00 +0000"))

    assert bench.events.select("time", "numeric_value").rows() == [
        (datetime(2026, 3, 4, 23, 59, 59), 50.0),
        (datetime(2026, 3, 5, 23, 59, 59), 50.0),
    ]


def test_reading_twice_adds_nothing(bench: Bench) -> None:
    take(bench, record("StepCount", 100, "2026-03-04 09:00:00 +0000", "2026-03-04 09:05:00 +0000"))
    account = bench.ingest(options=ME)

    assert account.new_events == 0


def test_late_data_of_last_week_corrects_that_day(bench: Bench) -> None:
    early = record("StepCount", 100, "2026-03-04 09:00:00 +0000", "2026-03-04 09:05:00 +0000")
    late = record(
        "StepCount",
        50,
        "2026-03-04 11:00:00 +0000",
        "2026-03-04 11:05:00 +0000",
        created="2026-03-11 08:00:00 +0000",
    )
    take(bench, early)
    take(bench, early, late)

    assert bench.seen(datetime(2026, 3, 6)) == [("LOINC//41950-7", 100.0)]
    assert bench.seen(datetime(2026, 3, 12)) == [("LOINC//41950-7", 150.0)]


def test_sdnn_is_never_taken_for_rmssd(bench: Bench) -> None:
    found = take(bench, record("HeartRateVariabilitySDNN", 45.5, "2026-03-04 03:00:00 +0000", unit="ms"))

    assert found == {"WEARABLE//sdnn": 45.5, "WEARABLE//wear_minutes": 15}


def test_a_pressure_is_one_record_of_two_values(bench: Bench) -> None:
    when = "2026-03-04 08:00:00 +0300"
    inner = record("BloodPressureSystolic", 136, when, unit="mmHg") + record(
        "BloodPressureDiastolic", 69, when, unit="mmHg"
    )
    found = take(
        bench,
        f'<Correlation type="HKCorrelationTypeIdentifierBloodPressure" startDate="{when}">{inner}</Correlation>',
        inner,  # exports hold them again beside the correlation
    )

    assert found == {"LOINC//8480-6": 136, "LOINC//8462-4": 69}
    assert bench.events["source_id"].n_unique() == 1


def test_attributes_in_another_order_and_nested_metadata_change_nothing(bench: Bench) -> None:
    bench.write(
        "export.xml",
        export(
            record(
                "StepCount", 5, "2026-03-04 08:00:00 +0300", inner='<MetadataEntry key="a" value="&lt;"/>'
            ),
            f'<Record value="7" endDate="2026-03-04 08:07:00 +0300" startDate="2026-03-04 08:06:00 +0300" '
            f'unit="count" type="{QUANTITY}StepCount" sourceName="Watch of Анна &#38; Пётр" device="{watch()}"/>',
        ),
    )
    bench.ingest(options=ME)

    assert bench.event("LOINC//41950-7")["numeric_value"] == 12


SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
STAGE = "HKCategoryValueSleepAnalysis"


def test_a_night_is_of_the_day_on_which_it_ends(bench: Bench) -> None:
    found = take(
        bench,
        record(SLEEP, f"{STAGE}InBed", "2026-03-03 22:30:00 +0300", "2026-03-04 07:00:00 +0300", unit=None),
        record(
            SLEEP, f"{STAGE}AsleepCore", "2026-03-03 23:00:00 +0300", "2026-03-04 03:00:00 +0300", unit=None
        ),
        record(SLEEP, f"{STAGE}Awake", "2026-03-04 03:00:00 +0300", "2026-03-04 03:10:00 +0300", unit=None),
        record(
            SLEEP, f"{STAGE}AsleepREM", "2026-03-04 03:10:00 +0300", "2026-03-04 06:30:00 +0300", unit=None
        ),
    )

    assert found == {
        "LOINC//93832-4": 440,
        "WEARABLE//time_in_bed": 510,
        "WEARABLE//sleep_rem": 200,
        "WEARABLE//sleep_onset": -60,
        "WEARABLE//sleep_offset": 390,
    }
    assert bench.event("LOINC//93832-4")["time"] == datetime(2026, 3, 4, 20, 59, 59)


@pytest.mark.parametrize(
    ("type", "value", "unit", "why"),
    [
        ("OxygenSaturation", 970, "%", "saturation"),
        ("HeartRate", 0, "count/min", "pulse"),
        ("BodyTemperature", 98.6, None, reason.SAMPLE_UNIT),
        ("BodyTemperature", 98.6, "degC", "temperature"),
        ("BodyMass", "heavy", "kg", reason.SAMPLE_VALUE),
        ("BodyMass", 80, "furlong", reason.SAMPLE_UNIT),
        ("StepCount", -5, "count", "steps"),
        (SLEEP, "HKCategoryValueSleepAnalysisDreaming", None, reason.SAMPLE_VALUE),
    ],
)
def test_what_cannot_be_true_is_kept_aside(
    bench: Bench, type: str, value: object, unit: str | None, why: str
) -> None:
    found = take(
        bench,
        record(type, value, "2026-03-04 08:00:00 +0300", unit=unit),
        record("StepCount", 12, "2026-03-04 08:00:00 +0300"),
    )

    assert found == {"LOINC//41950-7": 12}
    assert bench.reasons[0].startswith(why)
    assert bench.items[0]["entry"] == 1


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("1970-01-01 00:00:00 +0000", "", reason.SAMPLE_CLOCK),
        ("2031-01-01 00:00:00 +0000", "", reason.FUTURE),
        ("2026-02-30 00:00:00 +0000", "", reason.SAMPLE_NO_TIME),
        ("2026-03-04 00:00:00", "", reason.SAMPLE_NO_TIME),
        ("2026-03-04 09:00:00 +0000", "2026-03-04 08:00:00 +0000", reason.SAMPLE_BACKWARDS),
        ("2026-03-04 09:00:00 +0000", "2026-03-08 08:00:00 +0000", reason.SAMPLE_LONG),
    ],
)
def test_what_has_no_true_time_is_kept_aside(bench: Bench, start: str, end: str, why: str) -> None:
    bench.write(
        "export.xml",
        export(record("StepCount", 5, start, end), record("StepCount", 6, "2026-03-04 08:00:00 +0300")),
    )
    bench.ingest(options=ME)

    assert bench.reasons == [why]
    assert bench.event("LOINC//41950-7")["numeric_value"] == 6


def test_swapped_pressures_are_kept_aside(bench: Bench) -> None:
    when = "2026-03-04 08:00:00 +0300"
    bench.write(
        "export.xml",
        export(
            record("BloodPressureSystolic", 80, when, unit="mmHg"),
            record("BloodPressureDiastolic", 120, when, unit="mmHg"),
            record("BodyMass", 80, when, unit="kg"),
        ),
    )
    bench.ingest(options=ME)

    assert bench.reasons == [reason.SAMPLE_SWAPPED] * 2
    assert bench.codes() == ["LOINC//29463-7"]


def test_without_a_patient_the_file_is_kept_aside(bench: Bench) -> None:
    bench.write("export.xml", export(record("StepCount", 5, "2026-03-04 08:00:00 +0300")))

    with pytest.raises(NothingReadable, match="--patient"):
        bench.ingest()


BOMB = '<!DOCTYPE HealthData [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>\n'
OUTSIDE = '<!DOCTYPE HealthData [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE])
def test_entities_are_refused(bench: Bench, doctype: str) -> None:
    bench.write("export.xml", export(record("StepCount", 5, "2026-03-04 08:00:00 +0300"), doctype=doctype))

    with pytest.raises(NothingReadable, match="entities"):
        bench.ingest(options=ME)


def test_a_document_type_written_wrongly_does_no_harm(bench: Bench) -> None:
    doctype = (
        "<!DOCTYPE HealthData [\n<!ATTLIST Record type CDATA #REQUIRED unit CDATA #IMPLIED <!ELEMENT]>\n"
    )
    bench.write("export.xml", export(record("StepCount", 5, "2026-03-04 08:00:00 +0300"), doctype=doctype))
    bench.ingest(options=ME)

    assert bench.event("LOINC//41950-7")["numeric_value"] == 5


def test_an_export_that_is_cut_off_is_named_and_what_came_before_is_read(bench: Bench) -> None:
    whole = export(
        record("StepCount", 5, "2026-03-04 08:00:00 +0300"),
        record("StepCount", 6, "2026-03-05 08:00:00 +0300"),
    )
    bench.write("export.xml", whole[: whole.index("2026-03-05")])
    bench.ingest(options=ME)

    assert bench.reasons == [reason.EXPORT_BROKEN]
    assert bench.event("LOINC//41950-7")["numeric_value"] == 5


def test_a_zip_is_read_as_the_phone_writes_it(bench: Bench) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "apple_health_export/экспорт.xml", export(record("StepCount", 5, "2026-03-04 08:00:00 +0300"))
        )
        archive.writestr(
            "apple_health_export/export_cda.xml",
            '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><id extension="Health Export CDA"/>'
            "</ClinicalDocument>",
        )
        archive.writestr("apple_health_export/workout-routes/route.gpx", '<?xml version="1.0"?><gpx></gpx>')
    bench.write("export.zip", packed.getvalue())
    bench.ingest(options=ME)

    assert bench.codes() == ["LOINC//41950-7"]
    assert bench.reasons == []


def test_no_name_of_a_person_reaches_an_event(bench: Bench) -> None:
    take(bench, record("StepCount", 5, "2026-03-04 08:00:00 +0300", source="Телефон Анны Петровой"))

    assert "Анн" not in str(bench.events.rows())
