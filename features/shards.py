"""The event store for training and batch work: one Parquet file a group of subjects.

A subject's shard is `subject_id` modulo the number of shards, which is fixed when the store is made
and kept in `store.json`. Small row groups in subject order let a read of one subject touch one of
them. A shard is replaced by one rename, so a reader sees the old file or the new one.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl

from features import schema
from features.error import Problem
from features.store import ORDER

META = "store.json"
FORMAT = 2  # 2: a record is named by a hash, and facts of a patient have versions
SHARDS = 32
ROWS_A_GROUP = 4096


class NoEvents(Problem):
    """There is no event store at this place, or it is damaged."""


class ParquetEvents:
    """An `EventStore` in a folder.

    Raises:
        NoEvents: nothing was ingested there yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            meta = json.loads((folder / META).read_bytes())
            self.count = int(meta["shards"])
            self.format = int(meta["format"])
        except FileNotFoundError:
            raise NoEvents("there are no events yet: run `smartclinic ingest` on records first") from None
        except (ValueError, KeyError, TypeError):
            raise NoEvents(
                f"the event store's {META} is damaged: remove its folder and ingest again"
            ) from None

    @classmethod
    def create(cls, folder: Path, shards: int = SHARDS) -> "ParquetEvents":
        """Open the store at `folder` for adding; make an empty one if there is none. An existing store
        keeps its own number of shards.

        Raises:
            NoEvents: the store names its records in another way, so that all would come a second time.
        """
        if not (folder / META).exists():
            folder.mkdir(parents=True, exist_ok=True)
            _replace(folder / META, json.dumps({"format": FORMAT, "shards": shards}).encode())
        store = cls(folder)
        if store.format != FORMAT:
            raise NoEvents(
                "the event store was written by another release: remove its folder and ingest again"
            )
        return store

    def path(self, shard: int) -> Path:
        """The file of one shard, which need not exist."""
        return self.folder / f"shard={shard:04d}.parquet"

    def shard_of(self, subject_id: int) -> int:
        """The shard that holds this subject."""
        return subject_id % self.count

    def shard_ids(self) -> list[int]:
        """The shards that hold something."""
        return [shard for shard in range(self.count) if self.path(shard).exists()]

    def read_shard(self, shard: int) -> pl.DataFrame:
        """All events of one shard, in order."""
        if not self.path(shard).exists():
            return schema.EVENT.to_frame()
        return pl.read_parquet(self.path(shard), hive_partitioning=False)

    def shards(self) -> Iterator[pl.DataFrame]:
        """All events, one shard after another; a subject is never split between two."""
        for shard in self.shard_ids():
            yield self.read_shard(shard)

    def subjects(self) -> pl.Series:
        """Every subject with at least one event: int64, sorted."""
        found = [
            pl.scan_parquet(self.path(shard), hive_partitioning=False)
            .select(pl.col("subject_id").unique())
            .collect()
            for shard in self.shard_ids()
        ]
        frame = pl.concat(found) if found else schema.EVENT.to_frame().select("subject_id")
        return frame["subject_id"].sort()

    def read(self, subject_ids: Sequence[int]) -> pl.DataFrame:
        """Events of these subjects; unknown subjects have none. About 1 ms a subject's shard."""
        by_shard: dict[int, list[int]] = {}
        for subject_id in set(subject_ids):
            by_shard.setdefault(self.shard_of(subject_id), []).append(subject_id)
        found = [self._read(shard, sorted(ids)) for shard, ids in by_shard.items()]
        found = [frame for frame in found if frame.height]
        if not found:
            return schema.EVENT.to_frame()
        if len(found) == 1:
            return found[0]
        # Stable: keeps each subject's events as the shard orders them.
        return pl.concat(found).sort("subject_id", maintain_order=True)

    def _read(self, shard: int, subject_ids: list[int]) -> pl.DataFrame:
        if not self.path(shard).exists():
            return schema.EVENT.to_frame()
        subject = pl.col("subject_id")
        wanted = subject == subject_ids[0] if len(subject_ids) == 1 else subject.is_in(subject_ids)
        # The bounds let the reader skip row groups by their statistics.
        within = subject.is_between(subject_ids[0], subject_ids[-1])
        # polars opens a file twice, first for its footer: by our own descriptor both times are the same
        # file, even if a merge puts a new one in its place in between.
        with self.path(shard).open("rb") as file:
            held = f"/dev/fd/{file.fileno()}"
            return pl.scan_parquet(held, hive_partitioning=False).filter(within & wanted).collect()

    def merge(
        self,
        shard: int,
        events: pl.DataFrame,
        settle: Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame] | None = None,
    ) -> int:
        """Add `events` (all of this shard) to what is there; exact duplicates are dropped.

        Args:
            settle: makes of (what is there, `events`) the events to add; without it all are.

        Returns:
            How many events are new. 0: the file was left as it is.
        """
        for orphan in self.folder.glob(f".{self.path(shard).name}.*"):
            orphan.unlink(missing_ok=True)  # left by a run that was killed
        before = self.read_shard(shard)
        new = schema.check(settle(before, events) if settle else events, schema.EVENT, "staged events")
        merged = pl.concat([before, new]).unique().sort(ORDER)
        if merged.height == before.height:
            return 0
        temporary = self.folder / f".{self.path(shard).name}.{os.getpid()}"
        merged.write_parquet(
            temporary, compression="zstd", compression_level=1, row_group_size=ROWS_A_GROUP, statistics=True
        )
        _settle(temporary, self.path(shard))
        return merged.height - before.height

    def add(self, events: pl.DataFrame) -> int:
        """Merge events of any subjects; returns how many are new."""
        parts = events.with_columns(_shard=pl.col("subject_id") % self.count).partition_by(
            "_shard", as_dict=True, include_key=False
        )
        return sum(self.merge(int(shard), part) for (shard,), part in sorted(parts.items()))


def shard_count(folder: Path, default: int = SHARDS) -> int:
    """How many shards the store at `folder` has, or would have if it were made now."""
    return ParquetEvents(folder).count if (folder / META).exists() else default


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    _settle(temporary, path)


def _settle(temporary: Path, path: Path) -> None:
    """Rename, surviving a power cut: content first, then the name."""
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
