"""Which columns there are: a first pass over the events counts codes, and patients' events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.schema import WITHDRAWN
from features.tabulate.aggregate import CODE, STATIC, VALUE, Family
from features.tabulate.error import TabulationError
from features.tabulate.source import Source

_WHAT = {
    STATIC: ("static", "facts without a time"),
    CODE: ("timed", "events with a time"),
    VALUE: ("valued", "events with a time and a number"),
}
COLUMN = {name: f"{name}_column" for name in (STATIC, CODE, VALUE)}
_PENDING = 1_000_000  # rows of counts that wait to be added up


@dataclass(frozen=True)
class Census:
    """`codes`: code, unit, and its events: timed, valued, static. `events`: how many in all.
    `each`: by subject of the index, how many of them are theirs."""

    codes: pl.DataFrame
    events: int
    each: NDArray[np.int64]


@dataclass(frozen=True)
class Vocabulary:
    """`terms`: code, unit and, by family (`COLUMN`), the number of its column (null: none).
    `columns`: by family, code and unit of each column."""

    terms: pl.DataFrame
    columns: dict[str, pl.DataFrame]


def census(source: Source, subjects: pl.Series, rows: int, advance: Callable[[int], None]) -> Census:
    """One pass over all events."""
    numbers = pl.DataFrame({"subject_id": subjects}).with_row_index("number")
    each = np.zeros(len(subjects), np.int64)
    parts: list[pl.DataFrame] = []
    pending = events = 0
    for batch in source.batches(("subject_id", "time", "code", "numeric_value", "unit"), rows):
        timed, valued = pl.col("time").is_not_null(), pl.col("numeric_value").is_not_null()
        counted = batch.group_by("code", "unit").agg(
            timed.sum().cast(pl.Int64).alias("timed"),
            (timed & valued).sum().cast(pl.Int64).alias("valued"),
            (~timed).sum().cast(pl.Int64).alias("static"),
        )
        theirs = batch["subject_id"].value_counts(name="n").join(numbers, on="subject_id")
        each[theirs["number"].to_numpy()] += theirs["n"].to_numpy()
        parts.append(counted)
        pending += counted.height
        events += batch.height
        if pending > _PENDING:
            parts, pending = [_summed(parts)], 0
        advance(batch.height)
    if not events:
        raise TabulationError("The input holds no event.")
    return Census(_summed(parts), events, each)


def _summed(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts).group_by("code", "unit").agg(pl.col("timed", "valued", "static").sum())


def vocabulary(found: Census, families: Sequence[Family], min_count: int) -> Vocabulary:
    """The columns of each family: codes with at least `min_count` events of its kind, by name. A
    value's column is a code in one unit, so that different units are never added up.

    Raises:
        TabulationError: a family that was asked for has no column.
    """
    codes = found.codes.filter(pl.col("code").is_not_null() & (pl.col("code") != WITHDRAWN))
    columns = {}
    for family in families:
        kind, what = _WHAT[family.name]
        key = ["code", "unit"] if family.name == VALUE else ["code"]
        counts = codes.group_by(key).agg(pl.col(kind).sum())
        kept = counts.filter(pl.col(kind) >= max(min_count, 1)).sort(key)
        if not kept.height:
            raise TabulationError(_empty(family.name, what, kind, counts, min_count))
        columns[family.name] = kept.select(*key).with_columns(
            pl.lit(None, pl.String).alias("unit") if family.name != VALUE else pl.col("unit")
        )
    return known(codes.select("code", "unit"), columns)


def known(terms: pl.DataFrame, columns: dict[str, pl.DataFrame]) -> Vocabulary:
    """Number the columns, and find them for each (code, unit)."""
    for name, column in COLUMN.items():
        if name not in columns:
            terms = terms.with_columns(pl.lit(None, pl.Int32).alias(column))
            continue
        key = ["code", "unit"] if name == VALUE else ["code"]
        numbered = columns[name].select(key).with_row_index(column).cast({column: pl.Int32})
        terms = terms.join(numbered, on=key, how="left", nulls_equal=True)
    kept = terms.filter(pl.any_horizontal(pl.col(*COLUMN.values()).is_not_null()))
    return Vocabulary(kept, columns)


def _empty(family: str, what: str, kind: str, counts: pl.DataFrame, min_count: int) -> str:
    most = max(counts[kind].to_list(), default=0)
    said = f"The family {family}/* would be empty: "
    if not most:
        return f"{said}the input holds no {what}. Leave {family}/* out of --aggregates."
    return (
        f"{said}no code has {min_count:,} {what} (the most frequent has {most:,}). "
        f"Lower --min-count, or leave {family}/* out of --aggregates."
    )


def like(found: Census, families: Sequence[Family], former: Path) -> Vocabulary:
    """The columns of a former tabulation, whether the events hold them or not.

    Raises:
        TabulationError: it is none, or lacks a family that was asked for.
    """
    try:
        table = pl.read_parquet(former / "columns.parquet")
    except (pl.exceptions.PolarsError, OSError):
        raise TabulationError("--like names a folder that holds no tabulation.") from None
    columns = {}
    for family in families:
        own = table.filter(pl.col("aggregate").str.starts_with(f"{family.name}/"))
        if not own.height:
            raise TabulationError(f"The tabulation named by --like has no {family.name}/* columns.")
        columns[family.name] = own.select("code", "unit").unique(maintain_order=True)
    return known(found.codes.filter(pl.col("code").is_not_null()).select("code", "unit"), columns)
