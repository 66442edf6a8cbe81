"""How fast a mapped CSV becomes staged events, on one core: dates in a zone, numbers, codes, units, record ids.

    python benchmarks/tables.py [ROWS]

Reading, mapping and staging are timed; merging into the store is not, for it is the same for every source.
The best of three counts; the time of the processor is given beside that of the clock, for other work on the
machine adds to the latter.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parent.parent
ROWS, PATIENTS, TIMES = 4_000_000, 20_000, 3
MAPPING = """
zone: Europe/Moscow
tables:
  - name: labs
    files: "*.csv"
    patient: patient
    time: taken
    record: request
    events:
      - {code: {column: test, vocabulary: LOINC}, value: value, unit: {column: unit}}
"""
WORK = """
import hashlib, json, os, sys, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from datetime import UTC, datetime
from pathlib import Path
from features.ingest import Options, read
from features.ingest.table.load import parse
from features.ingest.table.prepared import prepare
inputs, home = Path(sys.argv[1]), Path(sys.argv[2])
def subject(patient_id):
    return int.from_bytes(hashlib.blake2b(patient_id.encode(), digest_size=8).digest(), "big") >> 1
tables = prepare(parse(sys.argv[3], "mapping"), inputs)
spent = time.process_time()
account = read(
    inputs, staging=home / "staging", quarantine=home / "quarantine", shards=32, subject=subject,
    people=lambda batch: None, consents=lambda batch: None, now=datetime.now(UTC).replace(tzinfo=None),
    options=Options(tables=tables),
)
print(json.dumps({
    "mapped": account.mapped, "quarantined": account.quarantined, "events": account.events,
    "seconds": account.seconds, "processor": time.process_time() - spent,
    "peak_memory_mb": int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024,
}))
"""


def write(path: Path, rows: int) -> None:
    """Laboratory results as a laboratory system exports them; the same for the same number."""
    chance = np.random.default_rng(1)
    taken = pl.Series(1_577_836_800 + chance.integers(0, 100_000_000, rows)).cast(pl.Int64) * 1_000_000
    tests = chance.integers(0, 4, rows)
    pl.DataFrame(
        {
            "patient": chance.integers(1, PATIENTS + 1, rows),
            "taken": taken.cast(pl.Datetime("us")).dt.strftime("%Y-%m-%d %H:%M:%S"),
            "test": np.array(["4548-4", "14647-2", "14749-6", "718-7"])[tests],
            "value": np.round(chance.uniform(4, 12, rows) * np.array([1, 1, 1, 12])[tests], 2),
            "unit": np.array(["%", "mmol/L", "mmol/L", "g/L"])[tests],
            "request": np.arange(rows) + 10_000_000,
        }
    ).write_csv(path)


def measure(rows: int = ROWS) -> dict[str, float]:
    """Rows a second and the peak of memory."""
    found: list[dict[str, float]] = []
    with TemporaryDirectory() as folder:
        write(Path(folder) / "labs.csv", rows)
        for _ in range(TIMES):
            with TemporaryDirectory() as home:
                run = subprocess.run(
                    [sys.executable, "-c", WORK, folder, home, MAPPING],
                    cwd=ROOT,
                    capture_output=True,
                    text=True,
                    check=True,
                    env={**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONPATH": str(ROOT)},
                )
            found.append(json.loads(run.stdout))
    best = min(found, key=lambda figures: figures["seconds"])
    return {
        "csv_rows": rows,
        "csv_rows_per_s": round(rows / best["seconds"]),
        "csv_rows_per_processor_s": round(rows / min(figures["processor"] for figures in found)),
        "csv_quarantined": best["quarantined"],
        "csv_peak_memory_mb": best["peak_memory_mb"],
    }


def main() -> None:
    """Measure and print."""
    for figure, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS).items():
        print(f"{figure:34} {value:>12,}")


if __name__ == "__main__":
    main()
