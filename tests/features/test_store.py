"""Both stores say the same, and a shard is the old file or the new one."""

from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features import schema
from features.schema import SchemaError
from features.shards import META, NoEvents, ParquetEvents, shard_count
from features.store import MemoryEvents

START = datetime(2020, 1, 1)


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    base = {
        "subject_id": 1,
        "time": START,
        "code": "LOINC//4548-4",
        "numeric_value": 1.0,
        "text_value": None,
        "unit": "%",
        "known_at": START,
        "source": "fhir",
        "source_id": "Observation/1",
    }
    return pl.DataFrame([{**base, **row} for row in rows], schema=schema.EVENT)


times = st.none() | st.integers(0, 3).map(lambda days: START + timedelta(days=days))
row = st.fixed_dictionaries(
    {
        "subject_id": st.integers(0, 12),
        "time": times,
        "code": st.sampled_from(["A", "B"]),
        "numeric_value": st.none() | st.sampled_from([0.0, 1.5]),
        "text_value": st.none() | st.just("x"),
        "known_at": times,
        "source_id": st.sampled_from(["O/1", "O/2"]),
    }
)


@given(
    rows=st.lists(row, max_size=40), cut=st.integers(0, 40), wanted=st.lists(st.integers(0, 14), max_size=5)
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_stores_say_the_same(
    rows: list[dict[str, Any]], cut: int, wanted: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = ParquetEvents.create(tmp_path_factory.mktemp("store"), 5)
    events = frame(*rows)
    store.add(events[:cut])
    store.add(events[cut:])
    memory = MemoryEvents(events.unique())

    assert store.subjects().to_list() == memory.subjects().to_list()
    assert_frame_equal(store.read(wanted), memory.read(wanted))
    shards = list(store.shards())
    if rows:
        assert_frame_equal(
            pl.concat(shards).sort(schema.EVENT.names()), events.unique().sort(schema.EVENT.names())
        )
    for shard in shards:
        assert shard["subject_id"].is_sorted()
    assert sum(shard["subject_id"].n_unique() for shard in shards) == len(store.subjects())


def test_static_facts_come_first_and_then_time(tmp_path: Path) -> None:
    store = ParquetEvents.create(tmp_path)
    store.add(frame({"time": START + timedelta(1)}, {"time": None, "code": "SEX//F"}, {"time": START}))

    assert store.read([1])["time"].to_list() == [None, START, START + timedelta(1)]


def test_an_unknown_subject_has_no_events_and_the_right_columns(tmp_path: Path) -> None:
    store = ParquetEvents.create(tmp_path)
    assert store.read([5]).schema == schema.EVENT
    store.add(frame({}))

    assert store.read([5]).schema == schema.EVENT
    assert store.read([5, 33]).height == 0
    assert store.read([]).height == 0


def test_merging_the_same_again_leaves_the_file_alone(tmp_path: Path) -> None:
    store = ParquetEvents.create(tmp_path)
    assert store.add(frame({}, {}, {"code": "B"})) == 2
    [path] = tmp_path.glob("*.parquet")
    before = path.stat()

    assert store.add(frame({})) == 0
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


def test_a_difference_in_any_column_is_another_event(tmp_path: Path) -> None:
    changes: list[dict[str, Any]] = [
        {"time": None},
        {"code": "B"},
        {"numeric_value": None},
        {"text_value": "<"},
        {"unit": None},
        {"known_at": None},
        {"source": "wearable"},
        {"source_id": "Observation/2"},
    ]

    assert ParquetEvents.create(tmp_path).add(frame({}, *changes)) == 1 + len(changes)


def test_a_rewritten_shard_is_seen_by_an_open_store(tmp_path: Path) -> None:
    reader = ParquetEvents.create(tmp_path)
    reader.add(frame({}))
    assert reader.read([1]).height == 1
    ParquetEvents(tmp_path).add(frame({"code": "B"}))

    assert reader.read([1]).height == 2


def test_a_reader_never_sees_half_a_shard(tmp_path: Path) -> None:
    store = ParquetEvents.create(tmp_path, 1)
    store.add(frame({}))
    stop, seen = Event(), []

    def watch() -> None:
        while not stop.is_set():
            seen.append(ParquetEvents(tmp_path).read([1]).height)

    thread = Thread(target=watch)
    thread.start()
    for number in range(30):
        store.add(frame(*({"source_id": f"O/{number}/{n}"} for n in range(100))))
    stop.set()
    thread.join()

    assert seen == sorted(seen)
    assert {height % 100 for height in seen} == {1}


def test_what_a_killed_merge_left_is_swept(tmp_path: Path) -> None:
    store = ParquetEvents.create(tmp_path, 1)
    orphan = tmp_path / ".shard=0000.parquet.4711"
    orphan.write_bytes(b"half")
    store.add(frame({}))

    assert not orphan.exists()
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["shard=0000.parquet", META]


def test_a_store_keeps_the_number_of_shards_that_it_was_made_with(tmp_path: Path) -> None:
    assert shard_count(tmp_path, 9) == 9
    ParquetEvents.create(tmp_path, 3)

    assert ParquetEvents.create(tmp_path, 64).count == 3
    assert shard_count(tmp_path, 9) == 3


def test_a_place_without_events_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoEvents, match="run `smartclinic ingest`"):
        ParquetEvents(tmp_path)
    (tmp_path / META).write_text("{")
    with pytest.raises(NoEvents, match="damaged"):
        ParquetEvents(tmp_path)


def test_events_of_another_form_are_refused(tmp_path: Path) -> None:
    wrong = frame({}).with_columns(pl.col("numeric_value").cast(pl.Float64)).drop("unit")

    with pytest.raises(SchemaError, match="numeric_value should be Float32"):
        ParquetEvents.create(tmp_path).add(wrong)
    with pytest.raises(SchemaError, match="unit should be String, is missing"):
        MemoryEvents(wrong)


@pytest.mark.slow
def test_one_subject_of_two_million_events_is_read_in_3_ms(tmp_path: Path) -> None:
    number, subjects = 2_000_000, 2_500
    events = (
        pl.select(n=pl.int_range(number))
        .select(
            subject_id=(pl.col("n").hash(seed=1) % subjects).cast(pl.Int64),
            time=pl.lit(START) + pl.duration(minutes=pl.col("n")),
            code="LOINC//" + (pl.col("n") % 60).cast(pl.String),
            numeric_value=(pl.col("n") % 97).cast(pl.Float32),
            text_value=pl.lit(None, pl.String),
            unit=pl.lit("mmol/L"),
            known_at=pl.lit(START),
            source=pl.lit("fhir"),
            source_id="Observation/" + pl.col("n").cast(pl.String),
        )
        .with_columns(pl.col("time", "known_at").cast(schema.INSTANT))
    )
    store = ParquetEvents.create(tmp_path)
    store.add(events)
    store.read([0])

    spent = []
    for subject in range(200):
        begun = perf_counter()
        assert store.read([subject]).height > 600
        spent.append(perf_counter() - begun)

    assert sorted(spent)[len(spent) // 2] < 0.003
