"""Events part by part, whole subjects in each: of an event store, a MEDS data set, or a Parquet file.

Nothing is assumed of the order or of the files: subjects are cut into ranges of at most about `EVENTS`
events, and each range is read from all files. Files that are sorted by subject, as MEDS asks, are each
read in small pieces by the statistics of their row groups.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features import meds, schema, visible
from features.shards import META, ParquetEvents
from features.store import EventStore
from models.task.definition import Task
from models.task.error import TaskError

EVENTS = 2_000_000  # of a part: some hundred megabytes at the peak
_NEEDED = ("subject_id", "time", "code")
_OTHER_NAMES = {"time": "timestamp", "subject_id": "patient_id"}


@dataclass(frozen=True)
class Part:
    """`events`: of each record the version that stands in the end. `versions`: all of them, where the data
    say when each was learned."""

    events: pl.DataFrame
    versions: pl.DataFrame | None = None


def parts(source: EventStore | Path, task: Task) -> Iterator[Part]:
    """The data, part by part, with the columns that the task reads.

    Raises:
        NoEventFiles: there are none.
        TaskError: a column that the task needs is missing.
    """
    if isinstance(source, Path) and (source / META).is_file():
        source = ParquetEvents(source)
    if not isinstance(source, Path):
        _known(task, schema.EVENT.names())
        for shard in source.shards():
            yield Part(visible.current(shard), shard)
        return
    frame = _scanned(source)
    columns = sorted({*_NEEDED, *_known(task, frame.collect_schema().names())})
    try:
        for low, high in _ranges(frame):
            held = pl.col("subject_id").is_between(low, high)
            yield Part(frame.filter(held).select(columns).collect(engine="streaming"))
    except (pl.exceptions.PolarsError, OSError):
        raise TaskError("The files of events cannot be read to their end.") from None


def _known(task: Task, columns: Collection[str]) -> set[str]:
    """The columns that the predicates read; refuses one that the data lack."""
    for plain in task.plain:
        for column in sorted(plain.read - set(columns)):
            plain.place.refuse(f"the data have no column {column!r}; they have {', '.join(sorted(columns))}.")
    return {column for plain in task.plain for column in plain.read}


def _ranges(frame: pl.LazyFrame) -> Iterator[tuple[int, int]]:
    """Ranges of subjects, in order, of about `EVENTS` events; a subject with more is a part of its own."""
    sizes = (
        frame.select("subject_id")
        .drop_nulls()
        .group_by("subject_id")
        .len()
        .sort("subject_id")
        .collect(engine="streaming")
    )
    part = (sizes.get_column("len").cast(pl.Int64).cum_sum() - 1) // EVENTS
    cut = sizes.with_columns(part.alias("part")).group_by("part", maintain_order=True)
    for _, low, high in cut.agg(low=pl.col("subject_id").min(), high=pl.col("subject_id").max()).iter_rows():
        yield low, high


def _scanned(place: Path) -> pl.LazyFrame:
    files = meds.files(place)
    return pl.concat(
        [_normal(file, f"file {n} of {len(files)} (by name)") for n, file in enumerate(files, 1)],
        how="diagonal_relaxed",
    )


def _normal(file: Path, where: str) -> pl.LazyFrame:
    try:
        frame = pl.scan_parquet(file, hive_partitioning=False, glob=False)
        names = frame.collect_schema().names()
        frame = frame.rename(
            {old: new for new, old in _OTHER_NAMES.items() if new not in names and old in names}
        )
        types = frame.collect_schema()
        if "numeric_value" not in types and "value" in types and types["value"].is_numeric():
            frame = frame.rename({"value": "numeric_value"})  # as the forerunners of MEDS had it
    except (pl.exceptions.PolarsError, OSError):
        raise TaskError(f"{where}: not a Parquet file that can be read.") from None
    if missing := [name for name in _NEEDED if name not in types]:
        raise TaskError(f"{where}: no column {missing[0]!r}; MEDS events have subject_id, time and code.")
    if not (isinstance(types["time"], pl.Datetime) or types["time"] == pl.Date):
        raise TaskError(f"{where}: `time` is {types['time']}; it must be a date or a time.")
    if not types["subject_id"].is_integer():
        raise TaskError(f"{where}: `subject_id` is {types['subject_id']}; it must be a whole number.")
    return frame.with_columns(
        pl.col("subject_id").cast(pl.Int64),
        pl.col("time").cast(schema.INSTANT),
        pl.col("code").cast(pl.String),
    )
