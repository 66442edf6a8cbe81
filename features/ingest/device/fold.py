"""Many samples to what a day says: sums, means, the device's own values, minutes worn."""

from dataclasses import dataclass, field

import polars as pl

from features.ingest import reason
from features.ingest.device.contest import DAILY, best, context, slotted, winners
from features.ingest.device.event import SUMMARY
from features.ingest.device.measure import MEASURES, NUMBER

HOUR = 3_600_000_000
QUARTER = 900_000_000  # a device that measured once in a quarter of an hour was worn during it
NIGHT = 6  # the hours before it are night
_CODE = pl.Series([m.code for m in MEASURES])
_UNIT = pl.Series([m.unit for m in MEASURES])
_NAME = pl.Series([m.name for m in MEASURES])
PULSE, SATURATION = NUMBER["pulse"], NUMBER["saturation_worn"]
_TOTAL = {n: NUMBER[m.of] for n, m in enumerate(MEASURES) if m.fold == "total"}


@dataclass
class Found:
    """What was made of samples: summaries, and rows (`row`, `why`) that do not count for a reason of their
    own. A row that is neither in `used` nor in `left` lost to another device."""

    summaries: list[pl.DataFrame] = field(default_factory=list)
    singles: list[pl.DataFrame] = field(default_factory=list)
    used: list[pl.Series] = field(default_factory=list)
    left: list[tuple[pl.Series, str]] = field(default_factory=list)
    refused: list[tuple[pl.DataFrame, str]] = field(default_factory=list)


def _say(rows: pl.DataFrame, value: str, code: str | None = None, unit: str | None = None) -> pl.DataFrame:
    """Summaries of DAILY rows with offset, known and a column of values."""
    measure = pl.col("measure").cast(pl.Int64)
    table = {"code": _CODE, "unit": _UNIT, "record": _NAME}
    said = {name: pl.lit(series).gather(measure) for name, series in table.items()}
    if code:
        said["code"] = pl.lit(code)
    if unit:
        said["unit"] = pl.lit(unit)
    return (
        rows.select(*DAILY, "offset", "known", value=pl.col(value).cast(pl.Float64))
        .with_columns(**said)
        .select(SUMMARY.names())
    )


def sums(rows: pl.DataFrame, found: Found) -> None:
    """Steps and the like: one total a day, never the sum of two devices."""
    own = pl.col("measure").replace_strict(_TOTAL, default=pl.col("measure"), return_dtype=pl.UInt8)
    rows = rows.with_columns(total=pl.col("measure").is_in(list(_TOTAL)), measure=own)
    counted = winners(slotted(rows.filter(~pl.col("total"))))
    stated = best(rows.filter("total"), pl.col("value").sum())
    days = (
        context(rows)
        .join(
            counted.group_by(DAILY).agg(
                (pl.col("value") * pl.col("share")).sum().alias("slots"), slot_rank=pl.col("rank").min()
            ),
            on=DAILY,
            how="left",
        )
        .join(
            stated.group_by(DAILY).agg(pl.col("value").sum().alias("whole"), pl.col("rank").min()),
            on=DAILY,
            how="left",
        )
        .with_columns(own=pl.col("rank").le(pl.col("slot_rank")).fill_null(pl.col("whole").is_not_null()))
        .with_columns(value=pl.when("own").then("whole").otherwise("slots"))
        .sort(DAILY)
    )
    found.summaries.append(_say(days.filter(pl.col("value") > 0), "value"))
    by = days.select(*DAILY, "own")
    found.used.append(stated.join(by.filter("own"), on=DAILY, how="semi")["row"])
    found.used.append(counted.join(by.filter(~pl.col("own")), on=DAILY, how="semi")["row"].unique())
    parts = counted.join(by.filter("own"), on=DAILY, how="semi")
    found.left.append((parts["row"].unique(), reason.SAMPLE_TOTAL))
    still = rows.join(days.filter(pl.col("value") == 0), on=DAILY, how="semi")
    found.left.append((still["row"], reason.SAMPLE_STILL))


def levels(rows: pl.DataFrame, found: Found) -> None:
    """Pulse and the like: the mean of the means of five minutes, so that a training in which the device
    measures more often does not weigh more."""
    won = winners(rows.with_columns(slot=pl.col("start") // 300_000_000))
    found.used.append(won["row"])
    local = (pl.col("start") + pl.col("offset").cast(pl.Int64) * 1_000_000) % (24 * HOUR)
    slots = won.group_by(*DAILY, "slot").agg(
        pl.col("value").mean(),
        lowest=pl.col("value").min(),
        night=(local < NIGHT * HOUR).first(),
    )
    days = (
        slots.group_by(DAILY)
        .agg(
            pl.col("value").mean(),
            low=pl.col("value").quantile(0.05, "linear"),
            night=pl.col("value").filter("night").mean(),
            night_low=pl.col("lowest").filter("night").min(),
        )
        .join(context(rows), on=DAILY, how="left")
        .sort(DAILY)
    )
    found.summaries.append(_say(days, "value"))
    pulse = days.filter(pl.col("measure") == PULSE)
    found.summaries.append(_say(pulse, "low", "WEARABLE//heart_rate_low"))
    found.summaries.append(
        _say(pulse.filter(pl.col("night").is_not_null()), "night", "WEARABLE//heart_rate_night")
    )
    nights = days.filter((pl.col("measure") == SATURATION) & pl.col("night").is_not_null())
    found.summaries.append(_say(nights, "night", "WEARABLE//spo2_night_mean"))
    found.summaries.append(_say(nights, "night_low", "WEARABLE//spo2_night_min"))


def stated(rows: pl.DataFrame, found: Found) -> None:
    """The device's own value of a day, such as the resting pulse: the latest word of the best device."""
    own = best(rows, pl.len())
    last = own.sort("known", "start", "value").unique(DAILY, keep="last", maintain_order=True)
    found.used.append(last["row"])
    found.left.append((own.filter(~pl.col("row").is_in(last["row"].implode()))["row"], reason.SAMPLE_LATER))
    days = last.drop("offset", "known").join(context(rows), on=DAILY, how="left").sort(DAILY)
    found.summaries.append(_say(days, "value"))


def worn(rows: pl.DataFrame, found: Found) -> None:
    """Minutes a day in which a device on the body measured: quarters of an hour with a sample of it."""
    days = rows.filter("worn").with_columns(
        pl.lit(PULSE, pl.UInt8).alias("measure"), quarter=pl.col("start") // QUARTER
    )
    counted = days.group_by(DAILY).agg(minutes=pl.col("quarter").n_unique().clip(upper_bound=96) * 15)
    joined = counted.join(context(days), on=DAILY, how="left").sort(DAILY)
    found.summaries.append(
        _say(joined, "minutes", "WEARABLE//wear_minutes", "min").with_columns(record=pl.lit("wear"))
    )
