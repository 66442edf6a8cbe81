"""Days of two devices that overlap, against an oracle in plain Python that knows nothing of tables."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.ingest.device.measure import NUMBER
from features.ingest.device.priority import Device
from features.ingest.device.sample import SAMPLE
from features.ingest.device.samples import Samples
from features.ingest.intake import Intake
from features.ingest.staging import Staging

NOW = datetime(2026, 11, 25, 12)
BEGIN = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
OFFSET, SLOT, DAY = 3 * 3600, 300, 86_400
DEVICES = (Device("b", "watch"), Device("a", "phone"), Device("c", "phone"))
ORDER = {"watch": 0, "ring": 1, "phone": 3}
Said = tuple[int, int, int, int, int]  # device, start, end (seconds after BEGIN), value, known


def days(samples: list[Said], measure: str, limit: int, parts: int = 1) -> tuple[dict[Any, float], Intake]:
    """`(code, local day)` → value, as the reader makes it; samples come in several streams."""
    with tempfile.TemporaryDirectory() as folder:
        staging = Staging(Path(folder) / "s", 1, NOW)
        intake = Intake(lambda id: 7, NOW, lambda item: None, staging=staging)
        taken = Samples(intake, limit)
        for device in DEVICES:
            taken.device(device)
        for part in range(parts):
            rows = [
                (
                    *(7, NUMBER[measure], (BEGIN + start) * 1_000_000, (BEGIN + end) * 1_000_000, OFFSET),
                    *(float(value), device, (BEGIN + known) * 1_000_000, item, 1),
                )
                for item, (device, start, end, value, known) in enumerate(samples[part::parts], 1)
            ]
            intake.meet("samples", len(rows))
            frame = pl.DataFrame(rows, schema=SAMPLE, orient="row")
            taken.take("samples", (f"file {part}", None, None, None), frame, lambda row: None)
        taken.settle()
        staging.done(intake.account)
        parquet = [pl.read_parquet(path) for path in Path(folder).glob("s/*.parquet")]
    assert intake.account.balanced
    found: dict[Any, float] = {}
    for events in parquet:
        for time, code, value in events.select("time", "code", "numeric_value").iter_rows():
            key = (code, (time + timedelta(seconds=OFFSET)).date())
            assert key not in found, "one total a day"
            found[key] = value
    return found, intake


def local_day(second: int) -> Any:
    return (datetime.fromtimestamp(BEGIN + second, UTC) + timedelta(seconds=OFFSET)).date()


def once(samples: list[Said]) -> dict[tuple[int, int, int], int]:
    """A sample sent twice is one: the later version of it, of two at one time the greater."""
    latest: dict[tuple[int, int, int], tuple[int, int]] = {}
    for device, start, end, value, known in samples:
        key = (device, start, end)
        latest[key] = max(latest.get(key, (-1, -1)), (known, value))
    return {key: value for key, (_, value) in latest.items()}


def totals(samples: list[Said]) -> dict[Any, float]:
    """Steps of each local day, second by second."""
    shares: dict[tuple[int, int], float] = defaultdict(float)  # device, slot
    for (device, start, end), value in once(samples).items():
        for second in range(start, max(end, start + 1)):
            shares[device, (BEGIN + second) // SLOT] += value / max(end - start, 1)
    present: dict[tuple[int, Any], set[int]] = defaultdict(set)
    for device, slot in shares:
        present[device, local_day(slot * SLOT - BEGIN)].add(slot)
    found: dict[Any, float] = defaultdict(float)
    for slot in {slot for _, slot in shares}:
        day = local_day(slot * SLOT - BEGIN)
        here = [device for device in range(len(DEVICES)) if (device, slot) in shares]
        best = min(here, key=lambda d: (ORDER[DEVICES[d].kind], -len(present[d, day]), DEVICES[d].key))
        found[day] += shares[best, slot]
    return {("LOINC//41950-7", day): value for day, value in found.items() if value > 0}


lengths = st.sampled_from([0, 60, 299, 300, 301, 900, 1800])
moments = st.one_of(
    st.integers(0, 2 * 3600), st.integers(20 * 3600, 22 * 3600), st.sampled_from([21 * 3600, 21 * 3600 - 60])
)  # 21:00 in UTC is midnight there
steps = st.tuples(st.integers(0, 2), moments, lengths, st.integers(0, 500), st.integers(90_000, 90_003))
two_devices = st.lists(steps, min_size=1, max_size=15).map(
    lambda rows: [
        (device, start, start + length, value, known) for device, start, length, value, known in rows
    ]
)


@settings(max_examples=40, deadline=None)
@given(two_devices, st.sampled_from([5, 1_000_000]), st.integers(1, 3))
@example([(1, 75_301, 75_600, 1, 90_000), (1, 75_301, 75_601, 1, 90_000)], 5, 1)  # cut at midnight, alike
def test_steps_of_a_day_are_one_total_whatever_overlaps(samples: list[Said], limit: int, parts: int) -> None:
    found, intake = days(samples, "steps", limit, parts)
    expected = totals(samples)

    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert abs(found[key] - value) < 1e-3 * max(1, value)
    assert intake.account.resources == len(samples)


@settings(max_examples=15, deadline=None)
@given(two_devices)
def test_the_order_in_which_samples_come_changes_nothing(samples: list[Said]) -> None:
    assert days(samples, "steps", 1_000_000)[0] == days(samples[::-1], "steps", 1_000_000)[0]


@settings(max_examples=15, deadline=None)
@given(two_devices)
def test_a_night_is_the_time_that_the_best_device_saw_asleep(samples: list[Said]) -> None:
    asleep = [(device, start, end, 0, known) for device, start, end, _, known in samples if end > start]
    found, _ = days(asleep, "asleep", 1_000_000)

    nights: dict[Any, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    spent: dict[Any, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for device, start, end in once(asleep):
        night = local_day(start + 6 * 3600)
        nights[night][device] |= set(range(start, end))
        spent[night][device] += end - start
    for night, devices in nights.items():
        best = min(devices, key=lambda d: (ORDER[DEVICES[d].kind], -spent[night][d], DEVICES[d].key))
        assert abs(found["LOINC//93832-4", night] - len(devices[best]) / 60) < 1e-3
