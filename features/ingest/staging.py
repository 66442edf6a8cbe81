"""Events on their way to the store: Parquet parts by shard, written in batches."""

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import orjson
import polars as pl

from features import schema
from features.error import Problem
from features.ingest.account import Account
from features.ingest.version import UPDATED, VERSION, settle
from features.shards import ParquetEvents

HELD = 400_000  # events in memory before they are written
MARK, DONE = "staging.json", "account.json"
NAMES = ("subject_id", "time", "code", "numeric_value", "text_value", "unit", "known_at", "source_id")
TYPES = (pl.Int64, pl.Int64, pl.String, pl.Float64, pl.String, pl.String, pl.Int64, pl.String)

# subject_id, time, code, numeric_value, text_value, unit, known_at, source_id; times in microseconds
Row = tuple[int, int | None, str, float | None, str | None, str | None, int | None, str]
Version = tuple[int | None, int]  # when the record was changed, in microseconds; which resource it is


class NotStaging(Problem):
    """The folder holds something else, or a read that did not end."""


class Staging:
    """A fresh staging folder; what an earlier run left there is removed.

    Raises:
        NotStaging: the folder is not empty and no staging folder, so it is not touched.
    """

    def __init__(self, folder: Path, shards: int, now: datetime) -> None:
        if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
            raise NotStaging("the staging folder holds other files: name an empty one")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / MARK).write_bytes(orjson.dumps({"shards": shards, "now": now.isoformat()}))
        self._folder = folder
        self._shards = shards
        self._parts = 0
        self._held: dict[int, list[pl.DataFrame]] = {}  # few large files are written faster than many small
        self._rows = 0

    def rows(self, rows: Sequence[Row], versions: Sequence[Version], source: str) -> None:
        """Write event rows of one feed."""
        self.frame(events_of(rows, versions, source))

    def frame(self, events: pl.DataFrame) -> None:
        """Write events that have `updated` and `version` beside their own columns, sooner or later."""
        parts = events.with_columns(_shard=pl.col("subject_id") % self._shards).partition_by(
            "_shard", as_dict=True, include_key=False
        )
        for (shard,), part in parts.items():
            self._held.setdefault(shard, []).append(part)
        self._rows += events.height
        if self._rows >= HELD:
            self._write()

    def _write(self) -> None:
        for shard, parts in self._held.items():
            # Packing would take a quarter more time for a seventh less room.
            pl.concat(parts).write_parquet(
                self._folder / f"shard={shard:04d}.{self._parts:06d}.parquet",
                compression="uncompressed",
                statistics=False,
            )
        self._held, self._rows = {}, 0
        self._parts += 1

    def done(self, account: Account) -> None:
        """Write what is left, and mark the read as complete."""
        self._write()
        (self._folder / DONE).write_bytes(orjson.dumps(account.to_json()))


def events_of(rows: Sequence[Row], versions: Sequence[Version], source: str) -> pl.DataFrame:
    """Events as `version.settle` takes them; `versions` has one for each row."""
    cells = zip(*rows, strict=True) if rows else [()] * len(NAMES)
    columns = [
        pl.Series(name, values, dtype=dtype) for name, values, dtype in zip(NAMES, cells, TYPES, strict=True)
    ]
    columns += [
        pl.Series(UPDATED, [updated for updated, _ in versions], pl.Int64),
        pl.Series(VERSION, [number for _, number in versions], pl.Int64),
    ]
    return pl.DataFrame(columns).select(
        "subject_id",
        pl.col("time").cast(schema.INSTANT),
        "code",
        pl.col("numeric_value").cast(pl.Float32),
        "text_value",
        "unit",
        pl.col("known_at").cast(schema.INSTANT),
        pl.lit(source).alias("source"),
        "source_id",
        pl.col(UPDATED).cast(schema.INSTANT),
        VERSION,
    )


def merge_shard(store: Path, staging: Path, shard: int) -> int:
    """Merge one staged shard into the event store; safe to repeat and to run beside other shards.

    Returns:
        How many events are new.

    Raises:
        NotStaging: the read did not end, or was for another number of shards.
    """
    if not (staging / DONE).exists():
        raise NotStaging("the records were not read to the end: read them again")
    mark = orjson.loads((staging / MARK).read_bytes())
    staged, now = int(mark["shards"]), datetime.fromisoformat(mark["now"])
    events = ParquetEvents.create(store, staged)
    if events.count != staged:
        raise NotStaging(
            f"staged for {staged} shards, but the store has {events.count}: read the records again"
        )
    parts = sorted(staging.glob(f"shard={shard:04d}.*.parquet"))
    if not parts:
        return 0
    frames = [pl.read_parquet(part, hive_partitioning=False) for part in parts]
    return events.merge(shard, pl.concat(frames), lambda stored, new: settle(stored, new, now))
