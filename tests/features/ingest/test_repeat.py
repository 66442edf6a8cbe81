"""Twice is once, order does not matter, and a killed run leaves nothing behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.ingest import NotStaging, merge_shard
from features.shards import ParquetEvents

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.features.ingest.conftest import Bench, Records


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def some(records: Records) -> list[dict[str, Any]]:
    return [
        records.patient("p1"),
        records.patient("p2", gender="male"),
        records.observation("o1"),
        records.observation("o2", subject={"reference": "Patient/p2"}),
        records.observation("o1", status="corrected", issued="2024-06-01T00:00:00Z"),
        records.observation("o2", subject={"reference": "Patient/p2"}, status="entered-in-error"),
        records.condition("c1"),
        records.request(
            "m1", medicationCodeableConcept=None, medicationReference={"reference": "Medication/x"}
        ),
        {
            "resourceType": "Medication",
            "id": "x",
            "code": {"coding": [{"system": "http://www.whocc.no/atc", "code": "C10AA05"}]},
        },
        records.encounter("e1", status="planned"),
        records.observation("bad", code=None),
    ]


def test_a_second_run_leaves_every_byte_as_it_was(bench: Bench, records: Records) -> None:
    bench.write("records.ndjson", some(records))
    first = bench.ingest()
    before = files(bench.store)

    second = bench.ingest()

    assert files(bench.store) == before
    assert first.new_events == first.events > 0
    assert second.new_events == 0
    assert second.events == first.events


def test_new_records_join_the_old_ones(bench: Bench, records: Records) -> None:
    first, second = some(records)[:4], some(records)[4:]
    bench.write("records.ndjson", first)
    bench.ingest()
    bench.write("records.ndjson", second)
    bench.ingest()
    apart = bench.events

    bench.write("records.ndjson", first + second)
    bench.ingest(store=bench.root / "at once")
    [*together] = ParquetEvents(bench.root / "at once").shards()
    assert_frame_equal(pl.concat(together).sort(apart.columns), apart.sort(apart.columns))


@pytest.fixture(scope="session")
def expected() -> dict[str, bytes]:
    """Shards of the records in their plain order; filled by the first example."""
    return {}


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_order_copies_and_the_cut_into_files_do_not_matter(
    data: st.DataObject,
    expected: dict[str, bytes],
    records_of: Records,
    bench_at: Callable[[Path], Bench],
) -> None:
    plain = some(records_of)
    shuffled = data.draw(st.permutations(plain))
    copies = data.draw(st.lists(st.sampled_from(plain), max_size=4))
    cut = data.draw(st.integers(0, len(plain)))
    form = data.draw(st.sampled_from(["lines", "bundle"]))
    with tempfile.TemporaryDirectory() as folder:
        bench = bench_at(Path(folder))
        if not expected:
            first = bench_at(Path(folder) / "first")
            first.take(*plain)
            expected.update(files(first.store))
        for name, part in (("a", shuffled[:cut]), ("b", shuffled[cut:] + copies)):
            bench.write(name, part if form == "lines" else records_of.bundle(*part))
        bench.ingest()

        assert files(bench.store) == expected


def test_a_staged_shard_is_merged_only_when_the_read_was_complete(bench: Bench, records: Records) -> None:
    bench.take(*some(records))
    (bench.root / "staging" / "account.json").unlink()

    with pytest.raises(NotStaging, match="read them again"):
        merge_shard(bench.store, bench.root / "staging", 0)


def test_a_store_keeps_its_number_of_shards(bench: Bench, records: Records) -> None:
    bench.take(*some(records))
    before = files(bench.store)
    bench.ingest(shards=7)

    assert files(bench.store) == before


def test_a_folder_of_other_things_is_not_taken_for_staging(bench: Bench, records: Records) -> None:
    (bench.root / "staging").mkdir()
    (bench.root / "staging" / "thesis.docx").write_text("years of work")
    bench.write("records.ndjson", some(records))

    with pytest.raises(NotStaging, match="holds other files"):
        bench.ingest()
    assert (bench.root / "staging" / "thesis.docx").exists()


VICTIM = """
import sys
from datetime import datetime
from pathlib import Path
from features.ingest import ingest, intake, staging
intake.FLUSH = 50
root = Path(sys.argv[1])
print("ready", flush=True)
ingest(root / "inputs", store=root / "events", staging=root / "staging", subject=lambda id: int(id[1:]),
       people=lambda batch: None, consents=lambda batch: None, quarantine=root / "quarantine",
       now=datetime(2026, 11, 25), shards=16)
print("done", flush=True)
"""


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05, 0.1, 0.2])
def test_a_killed_run_is_made_good_by_the_next(bench: Bench, records: Records, after: float) -> None:
    people = [records.patient(f"p{n}") for n in range(200)]
    facts = [records.observation(f"o{n}", subject={"reference": f"Patient/p{n % 200}"}) for n in range(6_000)]
    bench.write("records.ndjson", [*people, *facts, records.observation("bad", code=None)])
    environment = {"PYTHONPATH": str(Path(__file__).parents[3]), "POLARS_MAX_THREADS": "1"}
    run = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(bench.root)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "ready\n"
    time.sleep(after)
    run.send_signal(signal.SIGKILL)
    run.communicate()

    def subject(id: str) -> int:
        return int(id[1:])

    account = bench.ingest(subject=subject, shards=16)
    bench.ingest(subject=subject, shards=16, store=bench.root / "clean", staging=bench.root / "staging 2")

    assert files(bench.store) == files(bench.root / "clean")
    assert account.events == 6_400
    assert json.loads((bench.store / "store.json").read_bytes())["shards"] == 16
    assert len(bench.items) == 1
