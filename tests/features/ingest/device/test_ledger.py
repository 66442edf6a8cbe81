"""What comes late, piece by piece: a day is summed up from all that was ever sent of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from features.ingest import Options

if TYPE_CHECKING:
    from pathlib import Path

    from features.ingest import Account
    from tests.features.ingest.conftest import Bench

STEPS = "LOINC//41950-7"


def sent(bench: Bench, *points: tuple[int, str, str], kept: Path | None, source: str = "watch") -> Account:
    """Ingest `(steps, start, when the cloud got it)` alone, as a cloud sends what is new."""
    bench.write(
        "points.ndjson",
        [
            {
                "header": {
                    "user_id": "p1",
                    "creation_date_time": got,
                    "acquisition_provenance": {"source_name": source},
                },
                "body": {
                    "step_count": steps,
                    "effective_time_frame": {
                        "time_interval": {
                            "start_date_time": start,
                            "duration": {"value": 10, "unit": "min"},
                        }
                    },
                },
            }
            for steps, start, got in points
        ],
    )
    return bench.ingest(options=Options(samples=kept))


MORNING = (500, "2026-03-04T08:00:00Z", "2026-03-04T09:00:00Z")
EVENING = (300, "2026-03-04T18:00:00Z", "2026-03-04T19:00:00Z")
LATE = (70, "2026-03-04T12:00:00Z", "2026-03-11T07:00:00Z")
NEXT = (900, "2026-03-10T12:00:00Z", "2026-03-10T13:00:00Z")


def totals(bench: Bench, at: datetime) -> list[Any]:
    return bench.seen(at)


def test_a_part_of_a_day_completes_what_came_before(bench: Bench, tmp_path: Path) -> None:
    for batch in ((MORNING,), (EVENING,), (NEXT,), (LATE,)):
        sent(bench, *batch, kept=tmp_path / "samples")

    assert totals(bench, datetime(2026, 3, 5)) == [(STEPS, 800.0)]
    assert totals(bench, datetime(2026, 3, 11)) == [(STEPS, 800.0), (STEPS, 900.0)]
    assert totals(bench, datetime(2026, 3, 12)) == [(STEPS, 870.0), (STEPS, 900.0)]


def test_a_batch_that_is_sent_again_adds_nothing(bench: Bench, tmp_path: Path) -> None:
    sent(bench, MORNING, kept=tmp_path / "samples")
    sent(bench, EVENING, kept=tmp_path / "samples")
    account = sent(bench, MORNING, EVENING, kept=tmp_path / "samples")

    assert account.new_events == 0
    assert totals(bench, datetime(2026, 3, 5)) == [(STEPS, 800.0)]


def test_a_phone_that_comes_later_does_not_add_to_the_watch(bench: Bench, tmp_path: Path) -> None:
    sent(bench, MORNING, kept=tmp_path / "samples")
    sent(bench, (480, *MORNING[1:]), kept=tmp_path / "samples", source="iPhone")

    assert totals(bench, datetime(2026, 3, 5)) == [(STEPS, 500.0)]


def test_only_the_last_weeks_are_kept_and_nothing_that_names_a_person(bench: Bench, tmp_path: Path) -> None:
    sent(bench, MORNING, kept=tmp_path / "samples", source="Часы Анны")
    before = next((tmp_path / "samples").glob("*.parquet")).read_bytes()
    sent(bench, (5, "2026-06-04T08:00:00Z", "2026-06-04T09:00:00Z"), kept=tmp_path / "samples")
    (file,) = (tmp_path / "samples").iterdir()

    assert "Анны".encode() not in before
    assert file.stat().st_mode & 0o077 == 0
    sent(bench, LATE, kept=tmp_path / "samples")  # of a day of which nothing is kept: the whole of it
    assert totals(bench, datetime(2026, 3, 12)) == [(STEPS, 70.0)]


def test_a_kept_file_that_is_damaged_is_as_none(bench: Bench, tmp_path: Path) -> None:
    sent(bench, MORNING, kept=tmp_path / "samples")
    (file,) = (tmp_path / "samples").iterdir()
    file.write_bytes(b"PAR1")
    sent(bench, EVENING, kept=tmp_path / "samples")

    assert totals(bench, datetime(2026, 3, 5)) == [(STEPS, 300.0)]
