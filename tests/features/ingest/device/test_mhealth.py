"""Open mHealth data points: documents, arrays, lines; what they measure and when."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from features.ingest import NothingReadable, Options, reason

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench

ME = Options(patient="p1")
AT = {"date_time": "2026-03-04T08:00:00+03:00"}
STEPS = "LOINC//41950-7"


def during(start: str, end: str) -> dict[str, Any]:
    return {"time_interval": {"start_date_time": start, "end_date_time": end}}


def point(body: dict[str, Any], source: str = "Garmin watch", user: str | None = "p1", **header: Any) -> Any:
    said = {
        "id": "243c773b",
        "creation_date_time": "2026-03-05T06:00:00Z",
        "schema_id": {"namespace": "omh", "name": "any", "version": "1.0"},
        "acquisition_provenance": {"source_name": source, "modality": "sensed"},
        "user_id": user,
    }
    return {"header": {k: v for k, v in {**said, **header}.items() if v is not None}, "body": body}


def steps(count: Any, start: str, end: str) -> dict[str, Any]:
    return {"step_count": count, "effective_time_frame": during(start, end)}


MORNING = ("2026-03-04T08:00:00+03:00", "2026-03-04T09:00:00+03:00")


def test_lines_arrays_and_documents_say_the_same(bench: Bench) -> None:
    one = point(steps({"value": 500, "unit": "steps"}, *MORNING))
    other = point(steps(300, "2026-03-04T10:00:00+03:00", "2026-03-04T10:30:00+03:00"))
    bench.write("lines.ndjson", [one, other])
    bench.write("array.json", json.dumps([one, other]))
    bench.write("pretty.json", json.dumps(one, indent=2))
    account = bench.ingest()

    assert bench.event(STEPS)["numeric_value"] == 800
    assert account.reasons("ignored") == [(reason.SAMPLE_TWICE, "Open mHealth step count", 3)]


def test_watch_and_phone_at_one_time_are_one_total(bench: Bench) -> None:
    bench.write(
        "points.ndjson",
        [point(steps(480, *MORNING), "iPhone"), point(steps(500, *MORNING), "Garmin watch")],
    )
    bench.ingest()

    assert bench.event(STEPS)["numeric_value"] == 500


def test_a_point_without_a_header_needs_a_patient(bench: Bench) -> None:
    bench.write("points.json", {"body_weight": {"value": 80, "unit": "kg"}, "effective_time_frame": AT})

    with pytest.raises(NothingReadable, match="--patient"):
        bench.ingest()
    bench.ingest(options=ME)
    assert bench.event("LOINC//29463-7")["numeric_value"] == 80


@pytest.mark.parametrize(
    ("body", "code", "value"),
    [
        ({"body_weight": {"value": 100, "unit": "lb"}}, "LOINC//29463-7", 45.359),
        ({"body_temperature": {"value": 98.6, "unit": "F"}}, "LOINC//8310-5", 37),
        ({"blood_glucose": {"value": 90.08, "unit": "mg/dL"}}, "LOINC//14743-9", 5),
        (
            {"blood_glucose": {"value": 5, "unit": "mmol/L"}, "specimen_source": "plasma"},
            "LOINC//14749-6",
            5,
        ),
        (
            {"blood_glucose": {"value": 5, "unit": "mmol/L"}, "specimen_source": "interstitial fluid"},
            "WEARABLE//glucose_mean",
            5,
        ),
        ({"body_height": {"value": 1.8, "unit": "m"}}, "LOINC//8302-2", 180),
    ],
)
def test_units_become_those_of_the_measure(
    bench: Bench, body: dict[str, Any], code: str, value: float
) -> None:
    bench.write("points.json", point({**body, "effective_time_frame": AT}, "Manual"))
    bench.ingest()

    assert bench.event(code)["numeric_value"] == pytest.approx(value, abs=0.001)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"oxygen_saturation": {"value": 970, "unit": "%"}, "effective_time_frame": AT}, "saturation"),
        ({"heart_rate": {"value": 0, "unit": "beats/min"}, "effective_time_frame": AT}, "pulse"),
        ({"body_temperature": {"value": 98.6}, "effective_time_frame": AT}, reason.SAMPLE_UNIT),
        ({"body_weight": {"value": "80", "unit": "kg"}, "effective_time_frame": AT}, reason.SAMPLE_VALUE),
        ({"body_weight": {"value": True, "unit": "kg"}, "effective_time_frame": AT}, reason.SAMPLE_VALUE),
        ({"body_weight": {"value": 80, "unit": "kg"}}, reason.SAMPLE_NO_TIME),
        (
            {
                "systolic_blood_pressure": {"value": 80, "unit": "mmHg"},
                "diastolic_blood_pressure": {"value": 120, "unit": "mmHg"},
                "effective_time_frame": AT,
            },
            reason.SAMPLE_SWAPPED,
        ),
        (
            {"step_count": 5, "effective_time_frame": {"date_time": "2026-03-04T08:00:00Z"}},
            reason.SAMPLE_NO_TIME,
        ),
        (steps(5, "2026-03-04T08:00:00", "2026-03-04T09:00:00"), reason.SAMPLE_NO_TIME),
    ],
)
def test_what_cannot_be_true_is_kept_aside(bench: Bench, body: dict[str, Any], why: str) -> None:
    bench.write("points.ndjson", [point(body), point(steps(7, *MORNING))])
    bench.ingest()

    assert [words[: len(why)] for words in bench.reasons] == [why]
    assert bench.codes() == [STEPS]


def test_a_statistic_is_no_measurement(bench: Bench) -> None:
    body = {"heart_rate": {"value": 180, "unit": "beats/min"}, "descriptive_statistic": "maximum"}
    bench.write("points.ndjson", [point({**body, "effective_time_frame": during(*MORNING)})])
    account = bench.ingest()

    assert account.reasons("ignored") == [(reason.SAMPLE_STATISTIC, "Open mHealth heart rate", 1)]


def test_a_sleep_that_is_told_by_its_length_is_of_the_morning(bench: Bench) -> None:
    body = {
        "total_sleep_time": {"value": 7.5, "unit": "h"},
        "effective_time_frame": {
            "time_interval": {
                "start_date_time": "2026-03-03T22:00:00+03:00",
                "duration": {"value": 9, "unit": "h"},
            }
        },
    }
    bench.write("points.json", point(body))
    bench.ingest()

    assert bench.event("LOINC//93832-4")["numeric_value"] == 450
    assert bench.event("LOINC//93832-4")["time"] == datetime(2026, 3, 4, 20, 59, 59)


def test_broken_lines_are_named_with_their_number(bench: Bench) -> None:
    good = json.dumps(point(steps(7, *MORNING)))
    bench.write("points.ndjson", f"{good}\n{good[:40]}\n")
    bench.ingest()

    assert [(item["line"], item["reason"]) for item in bench.items] == [(2, reason.BROKEN_JSON)]
