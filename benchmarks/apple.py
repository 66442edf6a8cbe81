"""An Apple Health export of any size, as a phone writes it, and how fast it is read on one core."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
TIMES, RECORDS = 3, 500_000
BEGIN = datetime(2021, 1, 1, tzinfo=UTC)
DEVICE = (
    "&lt;&lt;HKDevice: 0x{}&gt;, name:{}, manufacturer:Apple Inc., model:{}, hardware:{}, software:{}&gt;"
)
WATCH = ("Anna&#8217;s Apple Watch", DEVICE.format("533ad2350", "Apple Watch", "Watch", "Watch6,7", "10.2"))
PHONE = ("Anna&#8217;s iPhone", DEVICE.format("283ad2350", "iPhone", "iPhone", "iPhone14,2", "17.1"))
# type, unit, share of the records, seconds that one covers, least and greatest value, also by the phone
TYPES = (
    ("StepCount", "count", 0.10, 250, 1, 300, True),
    ("DistanceWalkingRunning", "km", 0.08, 250, 0.01, 0.9, True),
    ("BasalEnergyBurned", "kcal", 0.15, 200, 1, 10, False),
    ("ActiveEnergyBurned", "kcal", 0.25, 60, 0.1, 3, False),
    ("HeartRate", "count/min", 0.40, 0, 48, 140, False),
    ("OxygenSaturation", "%", 0.01, 0, 0.9, 1, False),
    ("HeartRateVariabilitySDNN", "ms", 0.01, 60, 20, 90, False),
)
WORK = """
import hashlib, json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from features.ingest import Options, ingest
home = Path(sys.argv[2])
def subject(patient_id):
    return int.from_bytes(hashlib.blake2b(patient_id.encode(), digest_size=8).digest(), "big") >> 1
begun = time.process_time()
account = ingest(
    Path(sys.argv[1]), store=home / "events", staging=home / "staging", quarantine=home / "quarantine",
    subject=subject, people=lambda batch: None, consents=lambda batch: None,
    now=datetime.now(UTC).replace(tzinfo=None), options=Options(patient="p"),
)
assert account.balanced and not account.quarantined
print(json.dumps({
    "apple_records": account.resources,
    "apple_events": account.new_events,
    "apple_records_per_s": round(account.per_second),
    "apple_records_per_cpu_s": round(account.resources / (time.process_time() - begun)),
    "apple_peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
}))
"""


def lines(records: int) -> Iterator[str]:
    """The export, line by line: by type, as a phone sorts it; some records with metadata."""
    chance = random.Random(1)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<HealthData locale="ru_RU">\n'
    for name, unit, share, length, low, high, both in TYPES:
        count = int(records * share)
        step = 86_400 * 365 * 3 / max(count, 1)
        for number in range(count):
            source, device = PHONE if both and number % 3 == 0 else WATCH
            start = BEGIN + timedelta(seconds=round(number * step + chance.random() * step / 2))
            end = start + timedelta(seconds=length)
            value = (
                round(chance.uniform(low, high), 3)
                if isinstance(low, float)
                else chance.randint(low, int(high))
            )
            head = (
                f' <Record type="HKQuantityTypeIdentifier{name}" sourceName="{source}" sourceVersion="10.2" '
                f'device="{device}" unit="{unit}" creationDate="{_text(end, 7)}" startDate="{_text(start)}" '
                f'endDate="{_text(end)}" value="{value}"'
            )
            if name == "HeartRate":
                yield f'{head}>\n  <MetadataEntry key="HKMetadataKeyHeartRateMotionContext" value="0"/>\n </Record>\n'
            else:
                yield f"{head}/>\n"
    yield "</HealthData>\n"


def _text(moment: datetime, later: int = 0) -> str:
    return f"{moment + timedelta(seconds=later):%Y-%m-%d %H:%M:%S} +0300"


def measure(records: int = RECORDS) -> dict[str, float]:
    """Ingest an export into an empty store on one core, three times; the fastest."""
    found: list[dict[str, float]] = []
    with TemporaryDirectory() as folder:
        export = Path(folder) / "export.xml"
        with export.open("w", encoding="utf-8") as out:
            out.writelines(lines(records))
        for _ in range(TIMES):
            with TemporaryDirectory() as home:
                run = subprocess.run(
                    [sys.executable, "-c", WORK, str(export), home],
                    cwd=ROOT,
                    capture_output=True,
                    text=True,
                    check=True,
                    env={**os.environ, "PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "1"},
                )
            found.append(json.loads(run.stdout))
    return max(found, key=lambda figures: figures["apple_records_per_s"])


if __name__ == "__main__":
    for figure, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS).items():
        print(f"{figure:34} {value:>12,}")
