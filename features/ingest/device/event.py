"""From summaries to events: a record is one measure of one local day, or one rare measurement."""

from datetime import date, timedelta

import polars as pl

from features import schema
from features.ingest.intake import record
from features.ingest.version import UPDATED, VERSION

EPOCH_DAY = date(1970, 1, 1)
SECOND, DAY = 1_000_000, 86_400_000_000
# What a summary is made from: of whom, which record it is, which day, and what it says.
SUMMARY = pl.Schema(
    {
        "subject": pl.Int64(),
        "record": pl.String(),  # what is summed up, such as steps: one record a day
        "day": pl.Int32(),
        "offset": pl.Int32(),
        "known": pl.Int64(),
        "code": pl.String(),
        "value": pl.Float64(),
        "unit": pl.String(),
    }
)


def by_day(summaries: pl.DataFrame) -> pl.DataFrame:
    """Events of summaries of days, at 23:59:59 of the local day; columns as `Intake.frame` takes them."""
    keys = summaries.select("subject", "record", "day").unique(maintain_order=True)
    ids = [
        record("day", f"{name}|{EPOCH_DAY + timedelta(days=day)}", subject)
        for subject, name, day in keys.iter_rows()
    ]
    named = keys.with_columns(source_id=pl.Series(ids, dtype=pl.String)).with_row_index(VERSION, 1)
    rows = summaries.join(named, on=["subject", "record", "day"], how="left", maintain_order="left")
    end = (pl.col("day").cast(pl.Int64) + 1) * DAY - SECOND - pl.col("offset").cast(pl.Int64) * SECOND
    return _events(rows.with_columns(time=end))


def single(rows: pl.DataFrame) -> pl.DataFrame:
    """Events of rare measurements (subject, record, start, end, known, code, value, unit), at their end."""
    keys = rows.select("subject", "record", "start").unique(maintain_order=True)
    ids = [record("sample", f"{name}|{start}", subject) for subject, name, start in keys.iter_rows()]
    named = keys.with_columns(source_id=pl.Series(ids, dtype=pl.String)).with_row_index(VERSION, 1)
    found = rows.join(named, on=["subject", "record", "start"], how="left", maintain_order="left")
    return _events(found.with_columns(time="end"))


def _events(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        subject_id="subject",
        time=pl.col("time").cast(schema.INSTANT),
        code="code",
        numeric_value=pl.col("value").cast(pl.Float32),
        text_value=pl.lit(None, pl.String),
        unit="unit",
        known_at=pl.col("known").cast(schema.INSTANT),
        source_id="source_id",
        **{UPDATED: pl.lit(None, schema.INSTANT), VERSION: pl.col(VERSION).cast(pl.Int64)},
    )
