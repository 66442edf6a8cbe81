"""Which columns there are, and to which of them the events of a code and unit belong."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.schema import WITHDRAWN
from features.tabulate.aggregate import CODE, STATIC, VALUE, Family
from features.tabulate.error import TabulationError

_WHAT = {
    STATIC: ("static", "facts without a time"),
    CODE: ("timed", "events with a time"),
    VALUE: ("valued", "events with a time and a number"),
}


@dataclass(frozen=True)
class Vocabulary:
    """`columns`: by family, code and unit of each column. `place`: by family, the column of each term;
    −1: none. `withdrawn`: which terms are withdrawals."""

    columns: dict[str, pl.DataFrame]
    place: dict[str, NDArray[np.int32]]
    withdrawn: NDArray[np.bool_]


def vocabulary(terms: pl.DataFrame, families: Sequence[Family], min_count: int) -> Vocabulary:
    """The columns of each family: codes with at least `min_count` events of its kind, by name. A
    value's column is a code in one unit, so that different units are never added up.

    Args:
        terms: code, unit, timed, valued, static.

    Raises:
        TabulationError: a family that was asked for has no column.
    """
    codes = terms.filter(pl.col("code") != WITHDRAWN)
    columns = {}
    for family in families:
        kind, what = _WHAT[family.name]
        key = _key(family.name)
        counts = codes.group_by(key).agg(pl.col(kind).sum())
        kept = counts.filter(pl.col(kind) >= max(min_count, 1)).sort(key)
        if not kept.height:
            raise TabulationError(
                _empty(family.name, what, max(counts[kind].to_list(), default=0), min_count)
            )
        unit = pl.col("unit") if "unit" in key else pl.lit(None, pl.String).alias("unit")
        columns[family.name] = kept.select("code", unit)
    return _placed(terms, columns)


def like(terms: pl.DataFrame, families: Sequence[Family], former: Path) -> Vocabulary:
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
    return _placed(terms, columns)


def _key(family: str) -> list[str]:
    return ["code", "unit"] if family == VALUE else ["code"]


def _placed(terms: pl.DataFrame, columns: dict[str, pl.DataFrame]) -> Vocabulary:
    place = {}
    for family, table in columns.items():
        key = _key(family)
        found = terms.select(key).join(
            table.select(key).with_row_index("column"),
            on=key,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        place[family] = found["column"].cast(pl.Int32).fill_null(-1).to_numpy()
    return Vocabulary(columns, place, (terms["code"] == WITHDRAWN).to_numpy())


def _empty(family: str, what: str, most: int, min_count: int) -> str:
    said = f"The family {family}/* would be empty: "
    if not most:
        return f"{said}the input holds no {what}. Leave {family}/* out of --aggregates."
    return (
        f"{said}no code has {min_count:,} {what} (the most frequent has {most:,}). "
        f"Lower --min-count, or leave {family}/* out of --aggregates."
    )
