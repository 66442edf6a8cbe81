"""The prediction rows: which patients at which instants, read and checked."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features import schema
from features.tabulate.error import TabulationError
from features.tabulate.source import instant

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Rows in the order of work: subjects as they first appear in the index, each oldest first.

    `subject` numbers the subjects from 0; `order` is each row's place in the index.
    """

    subjects: pl.Series
    subject: Ints
    time: Ints
    order: NDArray[np.intp]

    @property
    def in_order(self) -> bool:
        """Whether the index already stands in the order of work."""
        return bool((self.order == np.arange(len(self.order))).all())


def read(index: pl.DataFrame | Path) -> pl.DataFrame:
    """The index with `subject_id` (int64) and `prediction_time` (µs, UTC) first; other columns stay.

    Raises:
        TabulationError: it cannot be read, is empty, or lacks a column.
    """
    frame = _frame(index) if isinstance(index, Path) else index
    for name in schema.INDEX:
        if name not in frame.columns:
            raise TabulationError(
                f"The index has no column {name!r}; it needs subject_id and prediction_time. It has: "
                f"{', '.join(frame.columns[:12])}."
            )
    if not frame.height:
        raise TabulationError("The index has no row: there is nothing to tabulate.")
    if not frame.schema["subject_id"].is_integer():
        raise TabulationError("The index has a subject_id that is no whole number.")
    if frame.schema["prediction_time"] == pl.String:
        frame = frame.with_columns(_parsed(frame["prediction_time"]))
    try:
        when = instant("prediction_time", frame.schema["prediction_time"])
    except TabulationError as error:
        raise TabulationError(f"The index {error}") from None
    frame = frame.with_columns(
        pl.col("subject_id").cast(pl.Int64), when.cast(schema.INSTANT).alias("prediction_time")
    )
    for name in schema.INDEX:
        if gaps := frame[name].null_count():
            raise TabulationError(f"The index has {gaps:,} rows without a {name}.")
    return frame.select(*schema.INDEX, pl.exclude(list(schema.INDEX)))


def _frame(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise TabulationError("There is no such index file: name a Parquet or CSV file of prediction rows.")
    try:
        if path.suffix.lower() in (".csv", ".tsv"):
            return pl.read_csv(path, separator="\t" if path.suffix.lower() == ".tsv" else ",")
        return pl.read_parquet(path, hive_partitioning=False, glob=False)
    except (pl.exceptions.PolarsError, OSError):
        raise TabulationError("The index is neither Parquet nor CSV (by its ending .csv or .tsv).") from None


def _parsed(texts: pl.Series) -> pl.Series:
    for form in ("%+", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            if form == "%+":
                return texts.str.to_datetime(form, time_zone="UTC", time_unit="us").dt.replace_time_zone(None)
            return texts.str.to_datetime(form, time_unit="us")
        except pl.exceptions.PolarsError:
            continue
    raise TabulationError(
        "The index has a prediction_time that is no time: write all of them as 2026-11-25 or "
        "2026-11-25T08:30:00 (UTC)."
    )


def moments(index: pl.DataFrame) -> Moments:
    """The rows of work of a checked index."""
    subjects = index["subject_id"].unique(maintain_order=True)
    numbers = pl.DataFrame({"subject_id": subjects}).with_row_index("number")
    subject = (
        index.select("subject_id")
        .join(numbers, on="subject_id", how="left", maintain_order="left")["number"]
        .to_numpy()
        .astype(np.int64)
    )
    time = index["prediction_time"].to_physical().to_numpy()
    order = np.lexsort((time, subject))
    return Moments(subjects, subject[order], time[order], order)
