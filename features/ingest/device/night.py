"""Segments of sleep to what a night says: minutes asleep and in bed, when it began and ended.

A night is of the day on which it ends; it is told by one device, for two of them cut it differently.
"""

import polars as pl

from features.ingest.device.contest import DAILY, best, context
from features.ingest.device.event import SUMMARY
from features.ingest.device.fold import Found
from features.ingest.device.measure import NUMBER, SLEEP_STAGES

MINUTE, DAY = 60_000_000, 86_400_000_000
BREAK = 60 * MINUTE  # awake for longer: another sleep
ASLEEP = [NUMBER[name] for name in SLEEP_STAGES]
TOTAL, BED, BED_TOTAL = NUMBER["asleep_total"], NUMBER["in_bed"], NUMBER["in_bed_total"]
_NIGHT = ("subject", "day")


def nights(rows: pl.DataFrame, found: Found) -> None:
    """Summaries of nights. Devices that say only how long somebody lay in bed count where none says more."""
    staged = rows.with_columns(stage="measure", measure=pl.lit(NUMBER["asleep"], pl.UInt8))
    asleep = pl.col("stage").is_in([*ASLEEP, TOTAL])
    telling = staged.filter(asleep.any().over(*DAILY, "device") | ~asleep.any().over(DAILY))
    spent = pl.when(pl.col("stage") == TOTAL).then("value").otherwise(_minutes())
    own = best(telling, spent.filter(asleep).sum())
    found.used.append(own["row"])
    days = own.select(DAILY).unique().join(context(staged), on=DAILY, how="left").sort(DAILY)
    segments = _of(own, ASLEEP)
    slept = _coalesced(_of(own, [TOTAL]), united(segments))
    bed = united(_of(own, [*ASLEEP, BED])).join(_of(own, [BED]), on=_NIGHT, how="semi")
    parts = [
        (slept, "LOINC//93832-4"),
        (_coalesced(_of(own, [BED_TOTAL]), bed), "WEARABLE//time_in_bed"),
        *(
            (_sum(united(_of(own, [NUMBER[f"asleep_{stage}"]]))), f"WEARABLE//sleep_{stage}")
            for stage in ("deep", "rem")
        ),
        *_edges(segments),
    ]
    found.summaries += [_say(days, values, code) for values, code in parts]


def united(segments: pl.DataFrame, gap: int = 0) -> pl.DataFrame:
    """Stretches (subject, day, start, end, clock: the offset at its start) of segments that overlap or lie
    no more than `gap` microseconds apart."""
    ordered = segments.sort(*_NIGHT, "start", "end")
    reach = pl.col("end").cum_max().shift(1).over(_NIGHT)
    fresh = (pl.col("start") > reach + gap).fill_null(True)
    return (
        ordered.with_columns(fresh=fresh)
        .with_columns(stretch=pl.col("fresh").cum_sum().over(_NIGHT))
        .group_by(*_NIGHT, "stretch", maintain_order=True)
        .agg(pl.col("start").min(), pl.col("end").max(), clock=pl.col("offset").first())
        .drop("stretch")
    )


def _edges(segments: pl.DataFrame) -> list[tuple[pl.DataFrame, str]]:
    """When the longest sleep began and ended: minutes after 00:00 of its day, negative the evening before."""
    main = (
        united(segments, BREAK)
        .sort(pl.col("end") - pl.col("start"), "start")
        .unique(_NIGHT, keep="last", maintain_order=True)
    )
    midnight = pl.col("day").cast(pl.Int64) * DAY - pl.col("clock").cast(pl.Int64) * 1_000_000
    return [
        (main.select(*_NIGHT, value=(pl.col(edge) - midnight) / MINUTE), f"WEARABLE//sleep_{name}")
        for name, edge in (("onset", "start"), ("offset", "end"))
    ]


def _minutes() -> pl.Expr:
    return (pl.col("end") - pl.col("start")) / MINUTE


def _of(rows: pl.DataFrame, stages: list[int]) -> pl.DataFrame:
    return rows.filter(pl.col("stage").is_in(stages))


def _sum(stretches: pl.DataFrame) -> pl.DataFrame:
    return stretches.group_by(_NIGHT).agg(value=_minutes().sum())


def _coalesced(stated: pl.DataFrame, stretches: pl.DataFrame) -> pl.DataFrame:
    """What the device itself says, of sleeps that overlap the longest, and what it leaves to us."""
    ordered = stated.sort(*_NIGHT, "start", "end")
    reach = pl.col("end").cum_max().shift(1).over(_NIGHT)
    apart = ordered.with_columns(fresh=(pl.col("start") > reach).fill_null(True))
    sleeps = apart.with_columns(sleep=pl.col("fresh").cum_sum().over(_NIGHT))
    longest = sleeps.group_by(*_NIGHT, "sleep").agg(pl.col("value").max())
    total = longest.group_by(_NIGHT).agg(value=pl.col("value").sum())
    summed = _sum(stretches)
    return pl.concat([total, summed.join(total, on=_NIGHT, how="anti")])


def _say(days: pl.DataFrame, values: pl.DataFrame, code: str) -> pl.DataFrame:
    said = days.join(values, on=_NIGHT, how="inner", maintain_order="left")
    return said.with_columns(
        code=pl.lit(code), unit=pl.lit("min"), record=pl.lit("sleep"), value=pl.col("value").cast(pl.Float64)
    ).select(SUMMARY.names())
