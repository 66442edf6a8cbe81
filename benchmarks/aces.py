"""Cohorts of task files beside es-aces 0.7.3: the same rows, the time, the peak memory.

    make bench NAME=aces        (about two minutes; es-aces is installed into an environment of its own)

Task files of `benchmarks/task`: eleven on the MIMIC-IV demo in MEDS (100 patients, 916,166 events), six on
150 Synthea bundles that were read by our own ingest; there we take the event store as it is, es-aces an
export of it as MEDS (times are of the export with both). Rows are compared as (subject, prediction time, label as a count), with how often each
occurs. Both tools run all files of a data set in one process, their start included; ours once before and
once after theirs. Then the demo eight times over, for memory. `benchmarks/task/difference` holds three
files on which es-aces departs from its own documentation: they are counted apart.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from benchmarks import report
from benchmarks.meds_tab import Cost, measured
from features import visible
from features.shards import ParquetEvents

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SMARTCLINIC_SHARED_DATA") or ROOT.parent / "shared" / "data")
DEMO = SHARED / "mimic_iv_demo" / "mimic_iv_demo_meds_events.parquet"
SYNTHEA = SHARED / "fhir_synthea" / "synthea_r4_150_bundles.zip"
TASKS = Path(__file__).parent / "task"
WANTED = ("es-aces==0.7.3",)
TIMES = 8  # the demo over, for memory
LARGE = ("in_hospital_mortality", "abnormal_potassium", "any_event")
KEY = ["subject_id", "prediction_time", "label"]
INGEST = "from pipelines.command import main; main()"
OURS = """
import sys
from pathlib import Path
from models.task import extract, read
data, tasks, out, *wanted = sys.argv[1:]
for file in sorted(Path(tasks).glob("*.yaml")):
    if file.stem != "predicates" and (not wanted or file.stem in wanted):
        extract(read(file, Path(tasks) / "predicates.yaml"), Path(data), Path(out) / file.stem, integer=True)
"""
THEIRS = """
import logging, sys, warnings
from pathlib import Path
warnings.filterwarnings("ignore")
logging.disable(logging.ERROR)
from omegaconf import DictConfig
from aces.config import TaskExtractorConfig
from aces.predicates import get_predicates_df
from aces.query import query
data, tasks, out, *wanted = sys.argv[1:]
for file in sorted(Path(tasks).glob("*.yaml")):
    if file.stem == "predicates" or (wanted and file.stem not in wanted):
        continue
    task = TaskExtractorConfig.load(file, Path(tasks) / "predicates.yaml")
    found = query(task, get_predicates_df(task, DictConfig({"path": data, "standard": "meds"})))
    kept = [name for name in ("subject_id", "trigger", "index_timestamp", "label") if name in found.columns]
    found.select(kept).write_parquet(Path(out) / (file.stem + ".parquet"))
"""


def environment() -> Path:
    """Its Python; installed on first use. `ACES_ENV` names another environment that has it."""
    home = Path(os.environ.get("ACES_ENV") or ROOT / "var" / "aces")
    python = home / "bin" / "python"
    known = python.exists() and not subprocess.run([python, "-c", "import aces"], check=False).returncode
    if not known:
        print(f"Installing {' and '.join(WANTED)} into {home} …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-q", "install"]
        subprocess.run([*pip, *WANTED], check=True, stderr=subprocess.DEVNULL)
    return python


def demo(folder: Path, times: int) -> Path:
    """The demo in MEDS, each patient `times` times under other numbers."""
    events = pl.read_parquet(DEMO).select(
        "subject_id", "time", "code", pl.col("value").alias("numeric_value")
    )
    copies = [events.with_columns(pl.col("subject_id") + n * 10**9) for n in range(times)]
    path = folder / f"demo{times}.parquet"
    pl.concat(copies).sort("subject_id", "time", maintain_order=True).write_parquet(path)
    return path


def synthea(folder: Path) -> tuple[Path, Path]:
    """The event store that our ingest makes of the bundles, and what it holds in the end as MEDS."""
    home = {**os.environ, "SMARTCLINIC_HOME": str(folder / "home")}
    subprocess.run(
        [sys.executable, "-c", INGEST, "ingest", str(SYNTHEA)], env=home, check=True, capture_output=True
    )
    store = ParquetEvents(folder / "home" / "events")
    events = pl.concat([visible.current(shard) for shard in store.shards()])
    export = folder / "synthea.parquet"
    columns = ["subject_id", "time", "code", "numeric_value", "text_value", "unit"]
    events.select(columns).sort("subject_id", "time", maintain_order=True).write_parquet(export)
    return store.folder, export


def run(python: str, work: str, data: Path, tasks: Path, out: Path, wanted: tuple[str, ...] = ()) -> Cost:
    """All task files of a folder, or those wanted, in one process."""
    out.mkdir(parents=True, exist_ok=True)
    return measured(
        [python, "-c", work, str(data), str(tasks), str(out), *wanted], log=out.with_suffix(".log")
    )


def ours(out: Path, name: str) -> pl.DataFrame:
    """Our rows of a task."""
    found = pl.read_parquet(out / name / "labels" / "*.parquet")
    return found.select("subject_id", "prediction_time", pl.col("integer_value").alias("label"))


def theirs(out: Path, name: str) -> pl.DataFrame:
    """Their rows of a task."""
    found = pl.read_parquet(out / f"{name}.parquet")
    label = pl.col("label").cast(pl.Int64)
    return found.select("subject_id", pl.col("index_timestamp").alias("prediction_time"), label)


def apart(one: pl.DataFrame, other: pl.DataFrame) -> int:
    """Rows that only one of them has, counted as often as they occur."""
    both = pl.concat(
        [one.with_columns(n=pl.lit(1)), other.with_columns(n=pl.lit(-1))], how="vertical_relaxed"
    )
    return int(both.group_by(KEY).agg(pl.col("n").sum().abs()).get_column("n").sum())


def compare(name: str, mine: Path, exported: Path, python: Path, home: Path) -> dict[str, float]:
    """One data set: rows of every file, and the costs of all together."""
    tasks, left, right = TASKS / name, home / f"ours_{name}", home / f"theirs_{name}"
    run(sys.executable, OURS, mine, tasks, left)
    first = run(sys.executable, OURS, exported, tasks, home / f"same_{name}")
    other = run(str(python), THEIRS, exported, tasks, right)
    second = run(sys.executable, OURS, exported, tasks, home / f"same_{name}")
    cpu, seconds = (first.cpu + second.cpu) / 2, (first.seconds + second.seconds) / 2
    files = sorted(file.stem for file in tasks.glob("*.yaml") if file.stem != "predicates")
    different = 0
    print(f"{name + ': task':34} {'rows':>8} {'positive':>9} {'es-aces':>8} {'different':>10}")
    for file in files:
        a, b = ours(left, file), theirs(right, file)
        different += apart(a, b)
        print(f"  {file:32} {a.height:>8,} {(a['label'] > 0).sum():>9,} {b.height:>8,} {apart(a, b):>10,}")
    return {
        f"{name}_tasks": len(files),
        f"{name}_rows": sum(ours(left, file).height for file in files),
        f"{name}_rows_different": different,
        f"{name}_seconds": round(seconds, 2),
        f"{name}_aces_seconds": round(other.seconds, 2),
        f"{name}_cpu_speedup": round(other.cpu / cpu, 1),
        f"{name}_peak_ratio": round(max(first.peak, second.peak) / other.peak, 3),
    }


def main() -> None:
    if not (DEMO.exists() and SYNTHEA.exists()):
        raise SystemExit(
            "nothing to measure: set SMARTCLINIC_SHARED_DATA to a folder with mimic_iv_demo and fhir_synthea"
        )
    python = environment()
    with TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        home = Path(folder)
        small, large = demo(home, 1), demo(home, TIMES)
        store, export = synthea(home)
        figures = compare("mimic", small, small, python, home) | compare(
            "synthea", store, export, python, home
        )
        one = run(sys.executable, OURS, small, TASKS / "mimic", home / "one", LARGE)
        many = run(sys.executable, OURS, large, TASKS / "mimic", home / "many", LARGE)
        other = run(str(python), THEIRS, large, TASKS / "mimic", home / "many_theirs", LARGE)
        different = sum(
            apart(ours(home / "many", name), theirs(home / "many_theirs", name)) for name in LARGE
        )
        known = compare("difference", small, small, python, home)
    figures = {
        "rows_different": figures["mimic_rows_different"] + figures["synthea_rows_different"] + different,
        "tasks": figures["mimic_tasks"] + figures["synthea_tasks"],
        **figures,
        "large_events": 916_166 * TIMES,
        "large_seconds": round(many.seconds, 2),
        "large_aces_seconds": round(other.seconds, 2),
        "large_speedup": round(other.seconds / many.seconds, 1),
        "large_cpu_speedup": round(other.cpu / many.cpu, 1),
        "large_peak_mb": many.peak // 10**6,
        "large_aces_peak_mb": other.peak // 10**6,
        "large_peak_ratio": round(many.peak / other.peak, 3),
        "memory_growth_8x_patients": round(many.peak / one.peak, 2),
        "departures_of_aces_rows": known["difference_rows_different"],
    }
    for name, figure in figures.items():
        print(f"{name:34} {figure:>14,}")
    print(report.write("aces", figures))


if __name__ == "__main__":
    main()
