"""How fast records become events: Synthea bundles in a zip, HL7 v2 messages and a mapped CSV
on one core, and NDJSON where a folder is given.

    python benchmarks/ingest.py [FOLDER OF RECORDS]

Synthea is taken from `SMARTCLINIC_SHARED_DATA` (default: `../shared/data` beside the repository).
Each measurement is a process of its own, so that its peak memory is its own too; the best of three
counts, for other work on the machine only ever adds.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import apple
import hl7v2_messages
import report
import tables

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SMARTCLINIC_SHARED_DATA") or ROOT.parent / "shared" / "data")
SYNTHEA = SHARED / "fhir_synthea" / "synthea_r4_150_bundles.zip"
TIMES = 3
MESSAGES = 60_000
WORK = """
import hashlib, json, os, resource, sys
if "ONE_CORE" in os.environ:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from datetime import UTC, datetime
from pathlib import Path
from features.ingest import ingest
home = Path(sys.argv[2])
def subject(patient_id):
    return int.from_bytes(hashlib.blake2b(patient_id.encode(), digest_size=8).digest(), "big") >> 1
account = ingest(
    Path(sys.argv[1]), store=home / "events", staging=home / "staging", quarantine=home / "quarantine",
    subject=subject, people=lambda batch: None, consents=lambda batch: None,
    now=datetime.now(UTC).replace(tzinfo=None),
)
print(json.dumps({
    "resources": account.resources, "quarantined": account.quarantined, "events": account.new_events,
    "seconds": round(account.seconds + account.merging, 2),
    "resources_per_second": round(account.per_second),
    "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
}))
"""


def measure(inputs: Path, one_core: bool = False) -> dict[str, float]:
    """Ingest `inputs` into an empty store, three times; the fastest."""
    core = {"ONE_CORE": "1", "POLARS_MAX_THREADS": "1"} if one_core else {}
    found: list[dict[str, float]] = []
    for _ in range(TIMES):
        with TemporaryDirectory() as home:
            run = subprocess.run(
                [sys.executable, "-c", WORK, str(inputs), home],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
                env={**os.environ, **core, "PYTHONPATH": str(ROOT)},
            )
        found.append(json.loads(run.stdout))
    return min(found, key=lambda figures: figures["seconds"])


def hl7v2() -> dict[str, float]:
    """Messages a second, and the peak of memory, on one core."""
    with TemporaryDirectory() as folder:
        hl7v2_messages.write(Path(folder) / "messages.hl7", MESSAGES)
        found = measure(Path(folder), one_core=True)
    return {
        "hl7v2_messages": MESSAGES,
        "hl7v2_messages_per_s": round(MESSAGES / found["seconds"]),
        "hl7v2_quarantined": found["quarantined"],
        "hl7v2_events": found["events"],
        "hl7v2_peak_memory_mb": found["peak_memory_mb"],
    }


def main() -> None:
    """Measure, print the table, write the result."""
    sources = {"synthea": SYNTHEA} if SYNTHEA.exists() else {}
    if len(sys.argv) > 1:
        sources["records"] = Path(sys.argv[1])
    if not sources:
        raise SystemExit("nothing to measure: set SMARTCLINIC_SHARED_DATA or name a folder of records")
    figures = {
        f"{name}_{figure}": value
        for name, inputs in sources.items()
        for figure, value in measure(inputs).items()
    }
    figures |= apple.measure()
    figures |= hl7v2()
    figures |= tables.measure()
    for figure, value in figures.items():
        print(f"{figure:34} {value:>12,}")
    print(report.write("ingest", figures))


if __name__ == "__main__":
    main()
