"""`build` in both regimes: a whole store shard by shard (batch), one person at a time (online).

Made-up events of the shape that clinics have: the codes of every group that features need, as many
that no feature needs, results learned after they were taken, one record in fifty corrected.

    python -m benchmarks.build            10 million events, 100,000 rows; a few minutes
    python -m benchmarks.build --sample   a tenth of it
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import report
from features import schema
from features.build import build, build_shards
from features.catalogue import FEATURES
from features.plan import plan
from features.shards import ROWS_A_GROUP, ParquetEvents

_NOW = 1_760_000_000_000_000  # October 2025, microseconds
_DAY = 86_400_000_000
_YEARS = 10
_SHARDS = 32
_OTHERS = tuple(f"LOINC//{n}-0" for n in range(90_000, 90_060))


@cache
def _kinds() -> tuple[pl.Series, pl.Series, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Codes, their units, and how often each comes."""
    groups = plan(FEATURES).groups
    codes = [(group.codes[0].replace("*", ""), group.unit) for group in groups]
    measured = [1.0 if unit else 0.3 for _, unit in codes]
    share = np.array([*measured, *([sum(measured) / len(_OTHERS)] * len(_OTHERS))])
    units = pl.Series([*(unit for _, unit in codes), *([None] * len(_OTHERS))], dtype=pl.String)
    return pl.Series([*(code for code, _ in codes), *_OTHERS]), units, share / share.sum()


def cohort(subject_ids: list[int], each: int, seed: int = 1) -> pl.DataFrame:
    """Events of these people, `each` of them over ten years, in the order of an event store."""
    rng = np.random.default_rng(seed)
    n = len(subject_ids) * each
    codes, units, share = _kinds()
    kind = rng.choice(len(codes), n, p=share)
    happened = _NOW - rng.integers(0, _YEARS * 365 * _DAY, n)
    number = np.arange(n) - (rng.random(n) < 0.02)  # some records have two versions
    return (
        pl.DataFrame(
            {
                "subject_id": np.repeat(subject_ids, each),
                "time": happened,
                "code": codes.gather(kind),
                "numeric_value": rng.lognormal(3, 0.3, n).astype(np.float32),
                "text_value": pl.Series([None], dtype=pl.String).new_from_index(0, n),
                "unit": units.gather(kind),
                "known_at": happened + rng.integers(0, 3 * _DAY, n),
                "source": pl.Series(["fhir"]).new_from_index(0, n),
                "source_id": pl.Series(number).cast(pl.String).str.replace("^", "Observation/"),
            }
        )
        .cast(schema.EVENT)
        .with_columns(numeric_value=pl.when(pl.col("unit").is_not_null()).then("numeric_value"))
        .sort("subject_id", "time")
    )


def _fill(folder: Path, subjects: int, each: int) -> None:
    store = ParquetEvents.create(folder, _SHARDS)
    for shard in range(_SHARDS):
        ids = [shard + _SHARDS * n for n in range(subjects // _SHARDS)]
        cohort(ids, each, shard).write_parquet(
            store.path(shard), compression="zstd", compression_level=1, row_group_size=ROWS_A_GROUP
        )


def _batch(folder: Path, subjects: int, times: int) -> dict[str, float]:
    """One process, one shard after another, the tables written as they come."""
    moments = pl.Series([_NOW - n * 365 * _DAY for n in range(times)]).cast(schema.INSTANT)
    ids = pl.int_range(subjects, dtype=pl.Int64, eager=True)
    index = pl.DataFrame({"subject_id": ids}).join(pl.DataFrame({"prediction_time": moments}), how="cross")
    store = ParquetEvents(folder)
    start, rows = time.perf_counter(), 0
    for number, table in enumerate(build_shards(store, index)):
        table.write_parquet(folder / f"table-{number}.parquet")
        rows += table.height
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"batch_rows": rows, "batch_10m_events_s": round(seconds, 1), "batch_10m_peak_mb": round(peak)}


def batch(subjects: int, each: int, times: int) -> dict[str, float]:
    """In a process of its own, so that its peak is its own."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1, mp_context=context) as pool:
        pool.submit(_fill, Path(folder), subjects, each).result()
        with ProcessPoolExecutor(1, mp_context=context) as fresh:
            figures = fresh.submit(_batch, Path(folder), subjects, times).result()
    return {"batch_events": subjects * each, **figures}


def online(each: int, calls: int = 300) -> dict[str, float]:
    people = [cohort([7919], each, seed) for seed in range(20)]
    index = pl.DataFrame({"subject_id": [7919], "prediction_time": [_NOW]}, schema=schema.INDEX)
    for events in people:
        build(events, index)
    took = np.array([_timed(people[n % len(people)], index) for n in range(calls)]) * 1000
    return {
        f"online_{each}_p50_ms": round(float(np.quantile(took, 0.5)), 2),
        f"online_{each}_p99_ms": round(float(np.quantile(took, 0.99)), 2),
    }


def _timed(events: pl.DataFrame, index: pl.DataFrame) -> float:
    start = time.perf_counter()
    build(events, index)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", action="store_true", help="a tenth of the events, nothing written")
    sample = parser.parse_args().sample
    figures: dict[str, float] = {"features": len(FEATURES)}
    for each in (500, 2_000, 20_000):
        figures |= online(each)
    figures |= batch(subjects=2_000 if sample else 20_000, each=500, times=5)
    for name, figure in figures.items():
        print(f"{name:32} {figure:>12,}")
    if not sample:
        report.write("build", figures)


if __name__ == "__main__":
    main()
