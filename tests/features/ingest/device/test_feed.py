"""The wearable feed: good rows in, bad rows kept, later synchronisations as corrections."""

from __future__ import annotations

import gzip
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from features.ingest import NothingReadable
from features.ingest.device import feed as feed_format

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench

HEADER = "patient_id,date,device,resting_heart_rate,rmssd,steps,sleep_minutes,wear_minutes,synced_at"
ROW = "p1,2026-03-04,W-100,61,42.5,8123,426,1301,2026-03-05T06:00:00Z"


def feed(*rows: str, header: str = HEADER, end: str = "\n") -> bytes:
    return end.join([header, *rows, ""]).encode()


def test_a_day_becomes_events_when_it_is_over(bench: Bench) -> None:
    bench.write("wearable_daily.csv", feed(ROW))

    account = bench.ingest()

    assert bench.events.select("code", "numeric_value", "unit").sort("code").rows() == [
        ("LOINC//40443-4", 61, "/min"),
        ("LOINC//41950-7", 8123, "/d"),
        ("LOINC//93832-4", pytest.approx(7.1), "h"),
        ("WEARABLE//rmssd", 42.5, "ms"),
        ("WEARABLE//wear_minutes", 1301, "min"),
    ]
    assert set(bench.events["time"]) == {datetime(2026, 3, 4, 23, 59, 59)}
    assert set(bench.events["known_at"]) == {datetime(2026, 3, 5, 6)}
    assert set(bench.events["source"]) == {"wearable"}
    [source_id] = set(bench.events["source_id"])
    assert source_id.startswith("device-")
    assert source_id.endswith("/2026-03-04")
    assert "W-100" not in source_id
    assert account.table()[0].type == "wearable day"
    assert (account.mapped, account.events) == (1, 5)


def test_the_subject_is_that_of_the_patients_records(bench: Bench, records: object) -> None:
    bench.write("wearable_daily.csv", feed(ROW))
    bench.write("p.json", {"resourceType": "Patient", "id": "p1", "gender": "male"})
    bench.ingest()

    assert bench.events["subject_id"].n_unique() == 1


@pytest.mark.parametrize(
    "form", ["gz", "mark", "CRLF", "no last newline", "columns in another order", "spaces"]
)
def test_every_usual_form_of_a_feed_is_read(bench: Bench, form: str) -> None:
    content = {
        "gz": gzip.compress(feed(ROW)),
        "mark": b"\xef\xbb\xbf" + feed(ROW),
        "CRLF": feed(ROW, end="\r\n"),
        "no last newline": feed(ROW).rstrip(),
        "columns in another order": feed(
            "x," + ",".join(ROW.split(",")[::-1]), header="note," + ",".join(HEADER.split(",")[::-1])
        ),
        "spaces": feed(ROW.replace(",", " , ")),
    }[form]
    bench.write("feed", content)

    assert bench.ingest().events == 5


def test_an_empty_cell_was_not_measured(bench: Bench) -> None:
    bench.write(
        "f.csv",
        feed("p1,2026-03-04,W,,,5,,,2026-03-05T06:00:00Z", "p1,2026-03-05,W,,,,,,2026-03-06T06:00:00Z"),
    )

    account = bench.ingest()

    assert bench.codes() == ["LOINC//41950-7"]
    assert account.reasons("ignored") == [("nothing measured", "wearable day", 1)]


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("patient_id", "", "no patient_id"),
        ("date", "04.03.2026", "date is not an ISO date"),
        ("date", "2026-02-30", "date is not an ISO date"),
        ("date", "", "date is not an ISO date"),
        ("date", "2027-01-01", "a date in the future"),
        ("date", "1899-01-01", "a date before 1900"),
        ("synced_at", "завтра", "synced_at is not an ISO instant"),
        ("synced_at", "", "synced_at is not an ISO instant"),
        ("synced_at", "2027-01-01T00:00:00Z", "a date in the future"),
        ("resting_heart_rate", "24", "resting_heart_rate is no number or outside 25–200"),
        ("resting_heart_rate", "0", "resting_heart_rate is no number or outside 25–200"),
        ("resting_heart_rate", "201", "resting_heart_rate is no number or outside 25–200"),
        ("resting_heart_rate", "NaN", "resting_heart_rate is no number or outside 25–200"),
        ("rmssd", "0.9", "rmssd is no number or outside 1–300"),
        ("rmssd", "много", "rmssd is no number or outside 1–300"),
        ("steps", "-1", "steps is no number or outside 0–100000"),
        ("steps", "100001", "steps is no number or outside 0–100000"),
        ("sleep_minutes", "1441", "sleep_minutes is no number or outside 0–1440"),
        ("wear_minutes", "1e9", "wear_minutes is no number or outside 0–1440"),
        ("device", "a,b", "the row has another number of cells than the header"),
    ],
)
def test_a_bad_row_is_kept_with_its_line_and_the_others_go_in(
    bench: Bench, column: str, cell: str, why: str
) -> None:
    cells = dict(zip(HEADER.split(","), ROW.split(","), strict=True))
    bad = ",".join({**cells, column: cell}.values())
    bench.write("f.csv", feed(ROW, "", bad, ROW.replace("p1", "p2")))

    account = bench.ingest()

    assert [(item["line"], item["reason"], item["raw"]) for item in bench.items] == [(4, why, bad)]
    assert (account.resources, account.mapped, account.events) == (3, 2, 10)


def test_the_same_row_twice_is_one_and_a_later_synchronisation_is_a_correction(bench: Bench) -> None:
    later = ROW.replace("8123", "9001").replace("T06", "T20")
    bench.write("a.csv", feed(ROW, ROW, later))
    bench.ingest()
    bench.write("b.csv", feed(later))
    account = bench.ingest()

    steps = bench.events.filter(pl.col("code") == "LOINC//41950-7").sort("known_at")
    assert steps["source_id"].n_unique() == 1
    assert steps.select("known_at", "numeric_value").rows() == [
        (datetime(2026, 3, 5, 6), 8123),
        (datetime(2026, 3, 5, 20), 9001),
    ]
    assert account.new_events == 0


def test_a_device_is_not_named(bench: Bench) -> None:
    bench.write(
        "f.csv",
        feed(ROW.replace("W-100", "Ivanova-Anna"), ROW.replace("W-100", "").replace("03-04", "03-05")),
    )
    bench.ingest()

    devices = {id.split("/")[0] for id in bench.events["source_id"]}
    assert len(devices) == 2
    assert all(device.startswith("device-") and "Anna" not in device for device in devices)


def test_a_feed_without_its_columns_is_named(bench: Bench) -> None:
    bench.write("f.csv", feed(header="patient_id,date,steps"))

    with pytest.raises(NothingReadable, match="the wearable feed lacks columns"):
        bench.ingest()


def test_a_feed_of_many_batches_loses_no_row_and_counts_its_lines(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_format, "BATCH", 1000)
    rows = [ROW.replace("p1", f"p{n}") for n in range(500)]
    rows[321] = rows[321].replace(",61,", ",999,")
    bench.write("f.csv", feed(*rows))

    account = bench.ingest()

    assert (account.resources, account.events) == (500, 499 * 5)
    assert bench.items[0]["line"] == 323
