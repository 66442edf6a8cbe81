"""The ceiling holds whatever comes: many patients, one file with one row group, events in disorder."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features import schema
from features.tabulate import TabulationError, limit, tabulate
from features.tabulate.limit import limit as allowed

WORK = """
import re, sys
from pathlib import Path
from features.tabulate import tabulate
source, index, out = map(Path, sys.argv[1:4])
tabulate(source, index, out, over=["30d", "full"], aggregates=["code/count", "value/sum", "value/min", "value/last"],
    memory=int(sys.argv[4]))
# Not getrusage: its peak begins with that of the process that started this one.
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024)
"""


def _events(subjects: int, each: int) -> pl.DataFrame:
    chance = np.random.default_rng(2)
    n = subjects * each
    return pl.DataFrame(
        {
            "subject_id": chance.permutation(np.repeat(np.arange(subjects), each)),
            "time": pl.Series(chance.integers(0, 10**15, n)).cast(schema.INSTANT),
            "code": pl.Series(chance.integers(0, 800, n)).cast(pl.String).str.replace("^", "LOINC//"),
            "numeric_value": chance.normal(50, 9, n).astype(np.float32),
        }
    )


def _peak(here: Path, subjects: int, each: int, memory: int) -> int:
    here.mkdir()
    events = _events(subjects, each)
    events.write_parquet(here / "events.parquet", row_group_size=200_000)
    index = events.select("subject_id", prediction_time="time").gather_every(150)
    index.write_parquet(here / "index.parquet")
    del events
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            WORK,
            *(str(here / n) for n in ("events.parquet", "index.parquet", "out")),
            str(memory),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(run.stdout)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells a process's peak there")
def test_ten_times_the_patients_take_no_more_memory_and_never_more_than_allowed(tmp_path: Path) -> None:
    memory = 500_000_000
    one = _peak(tmp_path / "one", 1_000, 600, memory)
    ten = _peak(tmp_path / "ten", 10_000, 600, memory)
    assert ten < memory
    assert ten < 1.2 * one


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells a process's peak there")
def test_a_patient_as_large_as_is_let_through_fits(tmp_path: Path) -> None:
    memory = 500_000_000
    most = allowed(memory).most
    assert _peak(tmp_path / "one", 1, most * 150 // 152, memory) < memory  # with a row for every 150 events


def test_a_patient_who_cannot_fit_is_refused_with_the_amount_that_would_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limit, "AN_EVENT", 1_000_000)
    _events(1, 5_000).write_parquet(tmp_path / "events.parquet")
    index = pl.DataFrame({"subject_id": [0], "prediction_time": [2 * 10**15]}, schema_overrides=schema.INDEX)
    with pytest.raises(
        TabulationError, match=r"One patient has 5,00\d events and rows.*--memory 600MB: allow 5,30\dMB"
    ):
        tabulate(
            tmp_path / "events.parquet",
            index,
            tmp_path / "out",
            aggregates=["code/count"],
            memory=600_000_000,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["events.parquet"]


def test_an_index_that_cannot_fit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "A_ROW", 10**9)
    _events(2, 10).write_parquet(tmp_path / "events.parquet")
    index = pl.DataFrame({"subject_id": [0], "prediction_time": [2 * 10**15]}, schema_overrides=schema.INDEX)
    with pytest.raises(TabulationError, match="The index has 1 rows"):
        tabulate(
            tmp_path / "events.parquet",
            index,
            tmp_path / "out",
            aggregates=["code/count"],
            memory=600_000_000,
        )


def test_too_little_memory_is_said(tmp_path: Path) -> None:
    with pytest.raises(TabulationError, match="at least 500MB"):
        tabulate(tmp_path, pl.DataFrame(), tmp_path / "out", memory=100)
