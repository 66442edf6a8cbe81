"""A file of any size in the same memory: a Bundle without end, and NDJSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench, Records

READER = """
import re, sys, hashlib
from datetime import datetime
from pathlib import Path
from features.ingest import ingest
root = Path(sys.argv[1])
account = ingest(root / "inputs", store=root / "events", staging=root / "staging",
    subject=lambda id: int.from_bytes(hashlib.blake2b(id.encode(), digest_size=7).digest(), "big"),
    people=lambda batch: None, consents=lambda batch: None, quarantine=root / "quarantine",
    now=datetime(2026, 11, 25))
# Not ru_maxrss: that begins with the size of the process that started this one.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(account.mapped, account.quarantined, peak // 1024)
"""
PADDING = "x" * 600  # a narrative, which records have plenty of


def read(root: Path) -> tuple[int, int, int]:
    """Mapped, quarantined and the peak resident memory in MB of a process that ingests."""
    environment = {"PYTHONPATH": str(Path(__file__).parents[3]), "POLARS_MAX_THREADS": "2"}
    run = subprocess.run(
        [sys.executable, "-c", READER, str(root)], capture_output=True, text=True, check=True, env=environment
    )
    mapped, quarantined, memory = map(int, run.stdout.split())
    return mapped, quarantined, memory


def write(bench: Bench, records: Records, megabytes: int, form: str) -> int:
    """A big file; its patient comes last in a Bundle, so that everything waits for it."""
    bench.inputs.mkdir(parents=True)
    separator = "\n" if form == "ndjson" else ","
    number = 0
    with (bench.inputs / "big").open("w", encoding="utf-8") as out:
        if form == "bundle":
            out.write('{"resourceType": "Bundle", "type": "collection", "entry": [')
        while out.tell() < megabytes << 20:
            batch = [
                records.observation(
                    f"o{number + n}",
                    subject={"reference": "urn:uuid:1" if n == 0 and form == "bundle" else f"Patient/p{n}"},
                    text={"status": "generated", "div": PADDING},
                )
                for n in range(500)
            ]
            number += len(batch)
            rows = [json.dumps({"resource": r} if form == "bundle" else r) for r in batch]
            out.write(separator.join(rows) + separator)
        patient = records.patient("p0")
        if form == "bundle":
            out.write(json.dumps({"fullUrl": "urn:uuid:1", "resource": patient}) + "]}")
        else:
            out.write(json.dumps(patient))
    return number + 1


@pytest.mark.slow
@pytest.mark.parametrize("form", ["bundle", "ndjson"])
def test_a_file_of_150_mb_is_read_in_less_than_400_mb(bench: Bench, records: Records, form: str) -> None:
    number = write(bench, records, 150, form)

    mapped, quarantined, memory = read(bench.root)

    assert (mapped, quarantined) == (number, 0)
    assert memory < 400


def test_a_bundle_over_the_limit_is_streamed_for_real(bench: Bench, records: Records) -> None:
    number = write(bench, records, 18, "bundle")

    mapped, quarantined, memory = read(bench.root)

    assert (mapped, quarantined) == (number, 0)
    assert memory < 300
