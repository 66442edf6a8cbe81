"""The columns of the matrix in their order, by name."""

from collections.abc import Sequence

import polars as pl

from features.tabulate.aggregate import STATIC, Family
from features.tabulate.window import Window


def within(family: Family, over: Sequence[Window]) -> Sequence[Window | None]:
    """The windows of a family; a static fact knows none."""
    return (None,) if family.name == STATIC else over


def columns(
    families: Sequence[Family], over: Sequence[Window], by_family: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """The columns of the matrix in their order: column, name, code, unit, aggregate, window."""
    blocks = [
        by_family[family.name].with_columns(
            pl.lit(f"{family.name}/{name}").alias("aggregate"),
            pl.lit(window.name if window else None, pl.String).alias("window"),
        )
        for family in families
        for window in within(family, over)
        for name in family.aggregates
    ]
    named = pl.concat_str(
        pl.col("code"),
        pl.when(pl.col("unit").is_not_null()).then(pl.format(" [{}]", "unit")).otherwise(pl.lit("")),
        pl.lit("/"),
        "aggregate",
        pl.when(pl.col("window").is_not_null()).then(pl.format("/{}", "window")).otherwise(pl.lit("")),
    )
    return (
        pl.concat(blocks)
        .with_columns(named.alias("name"))
        .with_row_index("column")
        .select("column", "name", "code", "unit", "aggregate", "window")
    )
