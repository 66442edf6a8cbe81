"""Events in any MEDS layout, batch by batch, in one form: nothing is assumed about order or files.

A folder is searched through for Parquet files: one or many, flat or in splits, subjects in any order
and split over files. Each file may have its own types and lack optional columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features import meds, schema
from features.shards import ParquetEvents
from features.store import EventStore
from features.tabulate.error import TabulationError

NAMES = {  # ours: as MEDS 0.3–0.4 and its forerunners say it
    "subject_id": ("subject_id", "patient_id"),
    "time": ("time", "timestamp"),
    "code": ("code",),
    "numeric_value": ("numeric_value", "numerical_value", "value"),
    "unit": ("unit",),
    "known_at": ("known_at",),
    "source_id": ("source_id",),
}
NEEDED = ("subject_id", "time", "code")
TIME_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 1}
_RECENT = 2_000_000_000_000  # microseconds: 23 days after 1970; whole numbers below it are no microseconds


@dataclass(frozen=True)
class Source:
    """Frames with all columns of `NAMES`: times as int64 microseconds since 1970 (null: none),
    numbers as float32 (null where none or not finite)."""

    frames: Sequence[pl.LazyFrame]
    store: EventStore | None
    has: frozenset[str]  # columns that at least one frame has

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pl.DataFrame]:
        """All events, at most `rows` at a time, in no order."""
        if self.store is not None:
            for shard in self.store.shards():
                yield from _normal(shard.lazy(), "us").select(columns).collect().iter_slices(rows)
            return
        for number, frame in enumerate(self.frames, 1):
            try:
                # Not polars' own batches: it reads many row groups ahead, and a large one whole.
                for begin in range(0, frame.select(pl.len()).collect().item(), rows):
                    yield frame.slice(begin, rows).select(columns).collect()
            except (pl.exceptions.PolarsError, OSError):
                raise TabulationError(_where(number, len(self.frames)) + "cannot be read.") from None

    @property
    def bitemporal(self) -> bool:
        """Whether events say when they were learned."""
        return "known_at" in self.has


def opened(events: EventStore | Path, time_unit: str | None = None) -> Source:
    """The events of a store, a Parquet file or a folder of them.

    Raises:
        TabulationError: there is none, or one has no such columns or types; named by its place in the
            order of names, as a file's name may hold a patient's.
    """
    if time_unit is not None and time_unit not in TIME_UNITS:
        raise TabulationError(f"--time-unit {time_unit!r} is none of {', '.join(TIME_UNITS)}.")
    if isinstance(events, ParquetEvents):
        events = events.folder  # batch by batch instead of shard by shard
    if not isinstance(events, Path):
        return Source((), events, frozenset(NAMES))
    files = meds.files(events)
    frames, has = [], set()
    for number, file in enumerate(files, 1):
        frame, columns = _scanned(file, _where(number, len(files)), time_unit)
        frames.append(frame)
        has |= columns
    return Source(frames, None, frozenset(has))


def _where(number: int, of: int) -> str:
    return f"File {number} of {of} (in order of name) " if of > 1 else "The file "


def _scanned(file: Path, where: str, time_unit: str | None) -> tuple[pl.LazyFrame, set[str]]:
    try:
        frame = pl.scan_parquet(file, hive_partitioning=False, glob=False)
        types = frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError):
        raise TabulationError(where + "is not a Parquet file that can be read.") from None
    said = {ours: next((n for n in names if n in types), None) for ours, names in NAMES.items()}
    if missing := [name for name in NEEDED if said[name] is None]:
        raise TabulationError(
            f"{where}has no column {missing[0]!r}; MEDS events have subject_id, time, code. It has: "
            f"{', '.join(types.names()[:12])}."
        )
    frame = frame.select(pl.col(name).alias(ours) for ours, name in said.items() if name)
    try:
        normal = _normal(frame, _time_unit(frame, time_unit, where))
        normal.collect_schema()
    except TabulationError as error:
        raise TabulationError(f"{where}{error}" if not str(error).startswith(where) else str(error)) from None
    return normal, {ours for ours, name in said.items() if name}


def _time_unit(frame: pl.LazyFrame, asked: str | None, where: str) -> str:
    if not frame.collect_schema()["time"].is_integer():
        return "us"
    if asked:
        return asked
    middle = frame.select(pl.col("time").abs().median()).collect().item()
    if middle is not None and not _RECENT < middle < 10**17:
        raise TabulationError(
            f"{where}has whole numbers as times that cannot be microseconds since 1970: say which they are "
            "with --time-unit s, ms, us or ns."
        )
    return "us"


def instant(column: str, dtype: pl.DataType, unit: str = "us") -> pl.Expr:
    """A column of dates, times or whole numbers as int64 microseconds since 1970, UTC.

    Raises:
        TabulationError: the column is of another type.
    """
    value = pl.col(column)
    if dtype == pl.Null:
        return value.cast(pl.Int64)
    if isinstance(dtype, pl.Datetime):
        if dtype.time_unit == "us":
            return value.to_physical()
        return value.dt.epoch("us")
    if dtype == pl.Date:
        return value.cast(schema.INSTANT).to_physical()
    if dtype.is_integer():
        whole = value.cast(pl.Int64)
        return whole.floordiv(1_000) if unit == "ns" else whole * TIME_UNITS[unit]
    raise TabulationError(f"has {column} as {dtype}; it must be a time, a date or a whole number.")


def _normal(frame: pl.LazyFrame, unit: str) -> pl.LazyFrame:
    types = frame.collect_schema()

    def text(name: str) -> pl.Expr:
        return pl.col(name).cast(pl.String) if name in types else pl.lit(None, pl.String).alias(name)

    def when(name: str) -> pl.Expr:
        return instant(name, types[name], unit) if name in types else pl.lit(None, pl.Int64).alias(name)

    who = types["subject_id"]
    if not (who.is_integer() or who == pl.Null):
        raise TabulationError(f"has subject_id as {who}; it must be a whole number.")
    number: pl.Expr = pl.lit(None, pl.Float32).alias("numeric_value")
    if "numeric_value" in types:
        if not (types["numeric_value"].is_numeric() or types["numeric_value"] == pl.Null):
            raise TabulationError(f"has numeric values as {types['numeric_value']}; they must be numbers.")
        number = pl.col("numeric_value").cast(pl.Float32)
        number = pl.when(number.is_finite()).then(number)
    return frame.select(
        pl.col("subject_id").cast(pl.Int64, strict=False),
        when("time"),
        text("code"),
        number.alias("numeric_value"),
        text("unit"),
        when("known_at"),
        text("source_id"),
    )
