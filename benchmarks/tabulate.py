"""tabulate() beside MEDS-Tab 0.2.0 on the MIMIC-IV demo: time, peak memory, and both against an oracle.

    make bench NAME=tabulate        (MEDS-Tab is run twice: six minutes on two idle cores)

100 patients, 916,166 events; one row at each of their 83,319 instants, then one row a patient. Codes seen
at least 10 times; windows 30d, 365d, full. Both tools are measured as processes, their start included;
ours is the median of three runs before and three after theirs. The oracle is plain Python, and looks at rows drawn by chance: at each of
them, every column. The data are taken from `SMARTCLINIC_SHARED_DATA` (default: `../shared/data`).
"""

import os
import shutil
import statistics
import sys
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks import meds_tab, report
from benchmarks.meds_tab import AGGREGATES, WINDOWS, Cost, measured
from features.tabulate import blocks
from tests.features import tabulate_oracle as oracle

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SMARTCLINIC_SHARED_DATA") or ROOT.parent / "shared" / "data")
DEMO = SHARED / "mimic_iv_demo" / "mimic_iv_demo_meds_events.parquet"
LEAST, TIMES, CHECKED, SEED = 10, 3, 300, 7
OVER = {"30d": timedelta(days=30), "365d": timedelta(days=365), "full": None}
WORK = f"""
import sys
from pathlib import Path
from features.tabulate import tabulate
source, index, out = map(Path, sys.argv[1:])
tabulate(source, index, out, over={WINDOWS!r}, aggregates={AGGREGATES!r}, min_count={LEAST})
"""
Key = tuple[str, str, str | None]


def prepare(home: Path) -> pl.DataFrame:
    """The demo as a MEDS data set and the two indexes, in the layout and order that MEDS-Tab needs."""
    events = (
        pl.read_parquet(DEMO)
        .select("subject_id", "time", "code", pl.col("value").alias("numeric_value"))
        .sort("subject_id", "time", maintain_order=True)
    )
    data = home / "meds"
    (data / "data" / "train").mkdir(parents=True)
    (data / "metadata").mkdir()
    events.write_parquet(data / "data" / "train" / "0.parquet")
    nothing = {"description": pl.lit(None, pl.String), "parent_codes": pl.lit(None, pl.List(pl.String))}
    events.select(pl.col("code").unique().sort()).with_columns(**nothing).write_parquet(
        data / "metadata" / "codes.parquet"
    )
    every = (
        events.drop_nulls("time")
        .select("subject_id", prediction_time="time")
        .unique()
        .sort("subject_id", "prediction_time")
    )
    # Half a day after the middle event: a moment as a clinic would choose it, not one of an event.
    one = every.group_by("subject_id", maintain_order=True).agg(
        pl.col("prediction_time").get(pl.len() // 2).dt.offset_by("12h")
    )
    for name, index in (("every", every), ("one", one)):
        (home / name / "train").mkdir(parents=True)
        index.write_parquet(home / name / "train" / "0.parquet")
    return events


def ours(source: Path, index: Path, out: Path, times: int = TIMES) -> list[Cost]:
    """What several runs cost; the matrix of the last stays in `out`."""
    costs = []
    for _ in range(times):
        shutil.rmtree(out, ignore_errors=True)
        command = [sys.executable, "-c", WORK, str(source), str(index), str(out)]
        costs.append(measured(command, log=out.with_suffix(".log")))
    return costs


def typical(costs: list[Cost]) -> Cost:
    """The median of the times, the highest of the peaks."""
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        max(cost.peak for cost in costs),
    )


def expected(events: pl.DataFrame, index: pl.DataFrame) -> list[dict[Key, float]]:
    """By definition, for each row of the index."""
    kept = oracle.kept(events.iter_rows(named=True), LEAST)
    found = []
    for subject, prediction_time in index.iter_rows():
        own = events.filter(pl.col("subject_id") == subject).to_dicts()
        row = oracle.row(own, prediction_time, OVER, AGGREGATES, kept)
        found.append({(code, name, window): value for (code, _, name, window), value in row.items()})
    return found


def found(out: Path, wanted: NDArray[np.int64]) -> list[dict[Key, float]]:
    """Our entries in these rows."""
    entries: dict[int, dict[Key, float]] = {}
    begin = 0
    for part in blocks(out, 4_000):
        keys = list(part.columns.select("code", "aggregate", "window").iter_rows())
        for row in wanted[(wanted >= begin) & (wanted < begin + part.rows.height)].tolist():
            here = slice(part.matrix.indptr[row - begin], part.matrix.indptr[row - begin + 1])
            columns, values = part.matrix.indices[here].tolist(), part.matrix.data[here].tolist()
            entries[row] = {keys[c]: v for c, v in zip(columns, values, strict=True)}
        begin += part.rows.height
    return [entries[row] for row in wanted.tolist()]


def wrong(
    truth: Iterable[Mapping[Key, float]], said: Iterable[Mapping[Key, float]], family: str, exact: bool
) -> int:
    """Values of a family that differ, are missing or too many. Not `exact`: zeros need not be stored, and
    a relative error of 1e-5 is forgiven."""
    count = 0
    for right, other in zip(truth, said, strict=True):
        for key in right.keys() | other.keys():
            if not key[1].startswith(f"{family}/"):
                continue
            a, b = right.get(key), other.get(key)
            if exact:
                count += a != b
            else:
                count += abs((a or 0) - (b or 0)) > 1e-5 * abs(a or 0)
    return count


def tenfold(home: Path, events: pl.DataFrame) -> float:
    """Peak memory for ten times the patients by that for one time; every tenth row of each patient."""
    index = pl.read_parquet(home / "every" / "train" / "0.parquet").gather_every(10)
    peaks = []
    for times in (1, 10):
        source = home / f"times{times}"
        source.mkdir()
        for n in range(times):
            shift = pl.col("subject_id") + n * 1_000_000_000
            events.with_columns(shift).write_parquet(source / f"{n}.parquet")
        rows = pl.concat([index.with_columns(pl.col("subject_id") + n * 1_000_000_000) for n in range(times)])
        rows.write_parquet(home / f"times{times}.parquet")
        peaks.append(ours(source, home / f"times{times}.parquet", home / f"matrix{times}", 1)[0].peak)
    return peaks[1] / peaks[0]


def compare(home: Path, commands: Path, events: pl.DataFrame, name: str) -> dict[str, float]:
    """One index with both tools: cost, and values against the oracle."""
    index = pl.read_parquet(home / name / "train" / "0.parquet")
    rows_at, out = home / name / "train" / "0.parquet", home / f"ours_{name}"
    costs = ours(home / "meds", rows_at, out)
    theirs = meds_tab.run(commands, home / "meds", home / name, home / f"theirs_{name}", LEAST)
    # Before and after: whatever else the machine does meets both.
    mine = typical(costs + ours(home / "meds", rows_at, out))
    chance = np.random.default_rng(SEED)
    rows = np.sort(chance.choice(index.height, min(CHECKED, index.height), replace=False)).astype(np.int64)
    truth = expected(events, index[rows])
    said, other = found(out, rows), meds_tab.rows(home / f"theirs_{name}", rows)
    figures: dict[str, float] = {
        "seconds": round(mine.seconds, 2),
        "meds_tab_seconds": round(theirs.seconds, 1),
        "speedup": round(theirs.seconds / mine.seconds, 1),
        "cpu_seconds": round(mine.cpu, 2),
        "meds_tab_cpu_seconds": round(theirs.cpu, 1),
        "cpu_speedup": round(theirs.cpu / mine.cpu, 1),
        "peak_mb": mine.peak // 10**6,
        "meds_tab_peak_mb": theirs.peak // 10**6,
        "values_checked": sum(map(len, truth)),
    }
    for family in ("static", "code", "value"):
        figures[f"{family}_values"] = sum(key[1].startswith(f"{family}/") for row in truth for key in row)
        figures[f"{family}_wrong"] = wrong(truth, said, family, exact=True)
        figures[f"meds_tab_{family}_wrong"] = wrong(truth, other, family, exact=False)
    return figures


def main() -> None:
    if not DEMO.exists():
        raise SystemExit("nothing to measure: set SMARTCLINIC_SHARED_DATA to a folder with mimic_iv_demo")
    commands = meds_tab.environment()
    with TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        home = Path(folder)
        events = prepare(home)
        growth = tenfold(home, events)
        one = compare(home, commands, events, "one")
        every = compare(home, commands, events, "every")
    figures: dict[str, Any] = {
        "speedup_vs_meds_tab": every["speedup"],
        "peak_memory_ratio": round(every["peak_mb"] / every["meds_tab_peak_mb"], 3),
        "values_wrong": sum(
            int(part[f"{f}_wrong"]) for part in (one, every) for f in ("static", "code", "value")
        ),
        "speedup_one_row_a_patient": one["speedup"],
        "memory_growth_10x_patients": round(growth, 3),
        **every,
        **{f"one_row_{name}": figure for name, figure in one.items()},
    }
    del figures["speedup"], figures["one_row_speedup"]
    for name, figure in figures.items():
        print(f"{name:34} {figure:>14,}")
    print(report.write("tabulate", figures))


if __name__ == "__main__":
    main()
