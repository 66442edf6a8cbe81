"""Who is believed: of several devices that measured the same thing at the same time, one.

Time is cut into slots of five minutes. In each slot the device that is believed most counts alone; of two
of equal standing the one with more slots that day, so that a day does not flicker between them.
"""

import polars as pl

SLOT = 300_000_000  # microseconds
DAILY = ("subject", "measure", "day")


def slotted(rows: pl.DataFrame) -> pl.DataFrame:
    """Samples by `slot`, each once for every slot that it touches; `share` of its value falls into it."""
    first, last = pl.col("start") // SLOT, pl.max_horizontal("start", pl.col("end") - 1) // SLOT
    spread = rows.with_columns(slot=pl.int_ranges(first, last + 1)).explode("slot", empty_as_null=True)
    begins = pl.max_horizontal("start", pl.col("slot") * SLOT)
    ends = pl.min_horizontal("end", (pl.col("slot") + 1) * SLOT)
    length = pl.col("end") - pl.col("start")
    share = pl.when(length > 0).then((ends - begins) / length).otherwise(1.0)
    return spread.with_columns(share=share)


def winners(rows: pl.DataFrame) -> pl.DataFrame:
    """Of slotted samples those that count, with `place`: 0 for the device that stands first that day."""
    keyed = rows.join(places(rows, pl.col("slot").n_unique()), on=[*DAILY, "device"], how="left")
    return keyed.filter(pl.col("place") == pl.col("place").min().over(*DAILY, "slot"))


def places(rows: pl.DataFrame, size: pl.Expr) -> pl.DataFrame:
    """Of each day's devices the order: rank, then the greater `size`, then the same one each time."""
    found = rows.group_by(*DAILY, "device").agg(pl.col("rank", "tie").first(), size=size)
    order = found.sort("rank", "size", "tie", descending=[False, True, False])
    return order.with_columns(place=pl.int_range(pl.len()).over(*DAILY)).select(*DAILY, "device", "place")


def best(rows: pl.DataFrame, size: pl.Expr) -> pl.DataFrame:
    """The samples of the one device that counts all day."""
    keyed = rows.join(places(rows, size), on=[*DAILY, "device"], how="left")
    return keyed.filter(pl.col("place") == 0)


def context(rows: pl.DataFrame) -> pl.DataFrame:
    """Of each day: `offset`, as the last sample has it, and `known`: when all of its samples were."""
    return rows.group_by(DAILY).agg(pl.col("offset").sort_by("start", "offset").last(), pl.col("known").max())
