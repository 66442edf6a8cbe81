"""Rare measurements to events of their own: weight, blood pressure, a single glucose. And days of a
glucose sensor, which measures often."""

import polars as pl

from features.ingest import reason
from features.ingest.device.contest import DAILY, best, context
from features.ingest.device.event import SUMMARY
from features.ingest.device.fold import Found
from features.ingest.device.measure import MEASURES, NUMBER

OFTEN = 48  # readings a day of one device: it is a sensor, whatever it calls itself
# 70–180 mg/dL and 3.9–10.0 mmol/L are the same range, and 70 mg/dL is 3.885 mmol/L: between the steps in
# which sensors show mmol/L. Source: Battelino et al., Diabetes Care 2019;42:1593.
LOW, HIGH = 70 / 18.016, 10.0
SENSOR = NUMBER["glucose_sensor"]
SYSTOLIC, DIASTOLIC = NUMBER["systolic"], NUMBER["diastolic"]
_CODE = {n: m.code for n, m in enumerate(MEASURES)}
_UNIT = {n: m.unit for n, m in enumerate(MEASURES)}
_NAME = {n: m.name for n, m in enumerate(MEASURES)}
_SINGLE = ("subject", "record", "start", "end", "known", "code", "value", "unit")


def glucose(rows: pl.DataFrame, found: Found) -> None:
    """Days of sensors summed up; what is measured now and then stays single."""
    often = (pl.len().over(*DAILY, "device") >= OFTEN) | (pl.col("measure") == SENSOR)
    marked = rows.with_columns(often=often)
    single = marked.filter(~pl.col("often"))
    singles(single, found)
    readings = marked.filter("often").with_columns(measure=pl.lit(SENSOR, pl.UInt8))
    own = best(readings, pl.len())
    found.used.append(own["row"])
    value = pl.col("value")
    days = (
        own.group_by(DAILY)
        .agg(
            mean=value.mean(),
            cv=value.std(ddof=1) / value.mean() * 100,
            inside=value.is_between(LOW - 1e-9, HIGH + 1e-9).mean() * 100,
            count=pl.len(),
        )
        .join(context(readings), on=DAILY, how="left")
        .sort(DAILY)
    )
    for column, name, unit in (
        ("mean", "glucose_mean", "mmol/L"),
        ("cv", "glucose_cv", "%"),
        ("inside", "glucose_in_range", "%"),
        ("count", "glucose_readings", "1"),
    ):
        said = days.filter(pl.col(column).is_not_null()).with_columns(
            value=pl.col(column).cast(pl.Float64),
            record=pl.lit("glucose"),
            code=pl.lit(f"WEARABLE//{name}"),
            unit=pl.lit(unit),
        )
        found.summaries.append(said.select(SUMMARY.names()))


def singles(rows: pl.DataFrame, found: Found) -> None:
    """One event a measurement; of several devices at one instant the one that is believed most."""
    won = rows.sort("rank", "tie").unique(["subject", "measure", "start"], keep="first", maintain_order=True)
    found.used.append(won["row"])
    found.singles.append(_named(won).sort("subject", "record", "start").select(_SINGLE))


def pressures(rows: pl.DataFrame, found: Found) -> None:
    """Both values of a reading are one record; a reading whose values are swapped is none."""
    keys = ["subject", "start", "device"]
    pair = rows.group_by(keys).agg(
        upper=pl.col("value").filter(pl.col("measure") == SYSTOLIC).first(),
        lower=pl.col("value").filter(pl.col("measure") == DIASTOLIC).first(),
    )
    swapped = pair.filter(pl.col("upper") <= pl.col("lower"))
    bad = rows.join(swapped, on=keys, how="semi")
    if bad.height:
        found.refused.append((bad, reason.SAMPLE_SWAPPED))
    good = rows.join(swapped, on=keys, how="anti")
    first = pl.col("rank").cast(pl.Int64) * (1 << 32) + pl.col("tie")
    won = good.filter(first == first.min().over("subject", "start"))
    found.used.append(won["row"])
    named = _named(won).with_columns(record=pl.lit("pressure")).sort("subject", "start", "measure")
    found.singles.append(named.select(_SINGLE))


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    measure = pl.col("measure")
    return rows.with_columns(
        record=measure.replace_strict(_NAME, return_dtype=pl.String),
        code=measure.replace_strict(_CODE, return_dtype=pl.String),
        unit=measure.replace_strict(_UNIT, return_dtype=pl.String),
    )
