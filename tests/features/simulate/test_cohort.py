"""Whole or not at all, the same every time, and no more memory for more patients."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from features.simulate import Summary, simulate
from features.simulate.cohort import CHUNK, BadCohort

UNTIL = date(2026, 11, 24)


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run(home: Path, patients: int = 80, **arguments: Any) -> Summary:
    settings: dict[str, Any] = {"patients": patients, "until": UNTIL} | arguments
    return simulate(home / "records", home / "truth", **settings)


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    run(tmp_path / "one", CHUNK + 100)
    run(tmp_path / "two", CHUNK + 100)

    assert fingerprints(tmp_path / "one") == fingerprints(tmp_path / "two")


@pytest.mark.parametrize("change", [{"seed": 2}, {"years": 4}, {"until": date(2026, 11, 23)}])
def test_another_argument_gives_another_cohort(tmp_path: Path, change: dict[str, Any]) -> None:
    run(tmp_path / "one")
    run(tmp_path / "two", **change)

    one, two = fingerprints(tmp_path / "one"), fingerprints(tmp_path / "two")
    assert one["records/fhir/Observation.ndjson"] != two["records/fhir/Observation.ndjson"]


def test_both_folders_hold_what_is_promised(tmp_path: Path) -> None:
    summary = run(tmp_path)

    kinds = {kind for kind in summary.counts if kind != "wearable_daily.csv"}
    assert {path.stem for path in (tmp_path / "records" / "fhir").iterdir()} == kinds
    assert sorted(path.name for path in (tmp_path / "records").iterdir()) == ["fhir", "wearable_daily.csv"]
    assert sorted(path.name for path in (tmp_path / "truth").iterdir()) == [
        "lipid.parquet",
        "risk.parquet",
        "subjects.parquet",
    ]


def test_the_summary_counts_the_lines_that_were_written(tmp_path: Path) -> None:
    summary = run(tmp_path)

    for kind, number in summary.counts.items():
        if kind == "wearable_daily.csv":
            lines = (tmp_path / "records" / kind).read_bytes().count(b"\n") - 1
        else:
            lines = (tmp_path / "records" / "fhir" / f"{kind}.ndjson").read_bytes().count(b"\n")
        assert lines == number, kind


def stop_after(patients: int) -> Callable[[int], None]:
    def progress(done: int) -> None:
        if done >= patients:
            raise KeyboardInterrupt

    return progress


def test_a_run_that_is_killed_midway_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, CHUNK + 50, progress=stop_after(CHUNK))

    assert not (tmp_path / "records").exists()
    assert not (tmp_path / "truth").exists()


def test_the_next_run_after_a_kill_starts_clean(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed", CHUNK + 50, progress=stop_after(CHUNK))
    run(tmp_path / "killed", 40)
    run(tmp_path / "quiet", 40)

    assert fingerprints(tmp_path / "killed") == fingerprints(tmp_path / "quiet")


def test_a_killed_run_leaves_the_cohort_before_it_whole(tmp_path: Path) -> None:
    run(tmp_path, 40)
    before = fingerprints(tmp_path / "records"), fingerprints(tmp_path / "truth")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, CHUNK + 50, seed=5, progress=stop_after(CHUNK))

    assert (fingerprints(tmp_path / "records"), fingerprints(tmp_path / "truth")) == before


def test_a_new_cohort_replaces_the_old_one(tmp_path: Path) -> None:
    run(tmp_path / "twice", 120)
    run(tmp_path / "twice", 40, seed=9)
    run(tmp_path / "once", 40, seed=9)

    assert fingerprints(tmp_path / "twice") == fingerprints(tmp_path / "once")


def test_progress_tells_how_many_patients_are_done(tmp_path: Path) -> None:
    told: list[int] = []
    run(tmp_path, 2 * CHUNK + 7, years=1, progress=told.append)

    assert told == [CHUNK, 2 * CHUNK, 2 * CHUNK + 7]


def test_a_single_patient_is_a_cohort(tmp_path: Path) -> None:
    assert run(tmp_path, 1, years=1).counts["Patient"] == 1


@pytest.mark.parametrize("arguments", [{"patients": 0}, {"patients": 5, "years": 0}])
def test_an_empty_cohort_is_refused_in_plain_words(tmp_path: Path, arguments: dict[str, int]) -> None:
    with pytest.raises(BadCohort, match="at least one patient"):
        run(tmp_path, **arguments)

    assert not any(tmp_path.iterdir())


def test_the_window_may_end_on_a_leap_day(tmp_path: Path) -> None:
    assert run(tmp_path, 30, years=1, until=date(2024, 2, 28)).patient_years > 28


_PEAK = """
import resource, sys
from datetime import date
from pathlib import Path
from features.simulate import simulate

home = Path(sys.argv[1])
simulate(home / "records", home / "truth", patients=int(sys.argv[2]), years=2, until=date(2026, 11, 24))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_four_times_the_patients_take_no_more_memory(tmp_path: Path) -> None:
    def peak(patients: int) -> float:
        """MiB."""
        told = subprocess.run(
            [sys.executable, "-c", _PEAK, str(tmp_path / str(patients)), str(patients)],
            capture_output=True,
            text=True,
            check=True,
        )
        return int(told.stdout) / 1024

    assert peak(8 * CHUNK) < peak(2 * CHUNK) + 40
