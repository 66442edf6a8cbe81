"""Who is asked what, when, and what then happened: prediction times, at-risk rules, outcomes.

Prediction times T are quarter starts (00:00 UTC of 1 January, April, July, October). What is known
at T comes from `features.build.build` alone; what happens after T is worked out here and never
enters a feature. Outcomes use the final version of each record (corrections applied); they are dated
by the earliest version that already said so, because a detail corrected later was known before.

Follow-up: the horizon lies within the store's data, and the subject came again after T. Who never
came again may have left, so such a row is censored (left out) unless the event occurred or the
subject died. Nothing more is asked. To ask for a contact near the end of the horizon would choose
by the future, since the sick come more. Measured on 20,000 simulated patients, none of whom leave:
mean predicted over mean true risk on all held-out rows at risk, followed or not, is 1.00 without a
condition, 1.01 to 1.02 with this one (1 % of rows lost), and 1.06 with a contact asked for within the last
180 days of the horizon (7 % lost). Weights by the inverse probability of being followed would take
that back only to where no condition is. `benchmarks/risk.py` measures it anew.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import polars as pl

from features import visible
from features.build import build
from features.catalogue import FEATURES
from features.codes import CodeGroup
from features.schema import BIRTH, DEATH, INDEX
from features.store import EventStore
from features.unit import factors, members
from models.spec import ModelSpec, TimingSpec
from models.split import split

RUN_IN = timedelta(days=180)  # a record needs some past before it says anything
LAPSE = timedelta(days=730)  # without contact for so long, a subject is not asked about
YEAR_DAYS = 365.25
END_OF_TIME = datetime(2200, 1, 1)  # noqa: DTZ001 # MEDS: UTC without a mark

Flow = dict[str, int]


@dataclass(frozen=True)
class Table:
    """Training rows, and how many rows were lost at each step of the way to them.

    Columns: subject_id, prediction_time, split, label (Int8), for timing models `steps` (Int16: how
    many steps were seen; the label belongs to the last of them), then one Float32 column a feature.
    """

    rows: pl.DataFrame
    flow: Flow
    until: datetime  # the end of the data that the labels come from


class MissingFeature(ValueError):
    """A model asks for a feature that the catalogue does not declare."""


def data_end(events: pl.DataFrame) -> datetime | None:
    """The latest time of any event of these; the end of the data is the latest of all shards."""
    end = events.get_column("time").max()
    assert end is None or isinstance(end, datetime)
    return end


def feature_table(spec: ModelSpec, events: pl.DataFrame, end: datetime, censored: bool = False) -> Table:
    """The rows of one shard of events (whole subjects), with data ending at `end` in the store.

    `censored` keeps the rows at risk whose outcome is not known, with a null label: these are all
    the rows that serving would answer.
    """
    facts = visible.current(events)
    rows = _prediction_times(spec, facts, end)
    flow: Flow = {"subjects": facts.get_column("subject_id").n_unique(), "prediction times": rows.height}

    def keep(name: str, condition: pl.Expr) -> None:
        nonlocal rows
        kept = rows.filter(condition)
        flow[f"lost: {name}"] = rows.height - kept.height
        rows = kept

    t = pl.col("prediction_time")
    age = (t - pl.col("birth")).dt.total_days() / YEAR_DAYS
    keep("birth date unknown", pl.col("birth").is_not_null())
    keep("outside the model's ages", age.is_between(spec.minimum_age, spec.maximum_age))
    keep("dead", pl.col("death").is_null() | (pl.col("death") > t))
    keep("no contact in two years", (t - pl.col("contact")) <= LAPSE)
    recorded = _first_recorded(events, facts, spec.outcome_group)
    rows = rows.join(recorded, on="subject_id", how="left")
    if spec.timing is None:
        keep("outcome already known", pl.col("outcome").is_null() | (pl.col("outcome") > t))
        rows = _risk_label(spec, rows)
        keep("never seen again", pl.col("label").is_not_null() | censored)
    else:
        rows = _timing_label(spec.timing, rows, facts)
        keep("no later examination", pl.col("steps") > 0)
    rows = _with_features(spec, rows, events)
    for name in spec.excluded:
        keep(f"{name} above 0", pl.col(name).is_null() | (pl.col(name) <= 0))
    keep("nothing essential known", pl.any_horizontal(pl.col(*spec.essential).is_not_null()))
    flow |= {"rows": rows.height, "events": int(rows.get_column("label").sum() or 0)}
    keys = ["subject_id", "prediction_time", "label", *(["steps"] if spec.timing else [])]
    rows = rows.select(*keys, *spec.features)
    return Table(rows.insert_column(2, split(rows.get_column("subject_id"))), flow, end)


def concat(tables: Iterable[Table]) -> Table:
    """One table of several shards; sorted, so that the order of shards does not matter."""
    parts = list(tables)
    flow: Flow = {}
    for part in parts:
        for name, count in part.flow.items():
            flow[name] = flow.get(name, 0) + count
    rows = pl.concat([p.rows for p in parts]).sort("subject_id", "prediction_time")
    return Table(rows, flow, max(p.until for p in parts))


def store_table(
    spec: ModelSpec, store: EventStore, progress: Callable[[], None] = lambda: None, censored: bool = False
) -> Table:
    """The table of a whole store, shard by shard; `progress` is called after each shard.

    Raises:
        ValueError: the store holds no dated event.
    """
    ends = [end for shard in store.shards() if (end := data_end(shard)) is not None]
    if not ends:
        raise ValueError("the event store holds no dated event: ingest records first")
    parts = []
    for shard in store.shards():
        parts.append(feature_table(spec, shard, max(ends), censored))
        progress()
    return concat(parts)


def write(table: Table, path: Path) -> None:
    """Write the table as Parquet, the flow in its metadata; whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    table.rows.write_parquet(
        partial, metadata={"flow": json.dumps(table.flow), "until": table.until.isoformat()}
    )
    partial.replace(path)


def read(path: Path) -> Table:
    """Read what `write` wrote."""
    about = pl.read_parquet_metadata(path)
    return Table(pl.read_parquet(path), json.loads(about["flow"]), datetime.fromisoformat(about["until"]))


def _prediction_times(spec: ModelSpec, facts: pl.DataFrame, end: datetime) -> pl.DataFrame:
    """Each subject's quarter starts under observation, with birth, death, last and next contacts."""
    contact = ~pl.col("code").is_in([BIRTH, DEATH]) & pl.col("time").is_not_null()
    learned = pl.max_horizontal("time", "known_at")  # an illness dated to childhood was told at a visit
    persons = facts.group_by("subject_id").agg(
        pl.col("time").filter(pl.col("code") == BIRTH).first().alias("birth"),
        pl.col("time").filter(pl.col("code") == DEATH).first().alias("death"),
        learned.filter(contact).min().alias("first"),
        learned.filter(contact).max().alias("last"),
    )
    # A timing row ends where its last examination is: a year of future is the least to learn from.
    latest = end - timedelta(days=365 if spec.timing else spec.horizon_days)
    first = persons.get_column("first").min()
    assert first is None or isinstance(first, datetime)
    starts = _quarter_starts(first, latest, spec.every_quarters)
    rows = (
        persons.join(
            pl.DataFrame({"prediction_time": starts}, schema={"prediction_time": INDEX["prediction_time"]}),
            how="cross",
        )
        .filter(pl.col("prediction_time") >= pl.col("first") + RUN_IN)
        .sort("subject_id", "prediction_time")
    )
    contacts = facts.filter(contact).select("subject_id", learned.alias("contact")).unique()
    return (
        rows.sort("prediction_time")
        .join_asof(
            contacts.sort("contact"),
            left_on="prediction_time",
            right_on="contact",
            by="subject_id",
            check_sortedness=False,
        )
        .sort("subject_id", "prediction_time")
    )


def _quarter_starts(first: datetime | None, latest: datetime, every: int) -> list[datetime]:
    """Every `every`-th quarter start, counted from 1 January of year 0, from `first` to `latest`."""
    if first is None:
        return []
    quarters = range(first.year * 4, latest.year * 4 + 4)
    starts = [datetime(q // 4, q % 4 * 3 + 1, 1) for q in quarters if q % every == 0]  # noqa: DTZ001 # MEDS: UTC without a mark
    return [s for s in starts if first <= s <= latest]


def _first_recorded(events: pl.DataFrame, facts: pl.DataFrame, group: CodeGroup) -> pl.DataFrame:
    """When each subject's first such code was on record: the later of its time and when we knew.

    Only records that say so in the end (`facts`) count, each from its first version that said so.
    """
    recorded = pl.max_horizontal("time", "known_at")
    record = ["subject_id", "source_id"]
    said = members(pl.col("code"), group)
    final = facts.filter(said)
    versions = events.filter(said).join(final.select(record).unique(), on=record, how="semi")
    return pl.concat([final, versions]).group_by("subject_id").agg(recorded.min().alias("outcome"))


def _risk_label(spec: ModelSpec, rows: pl.DataFrame) -> pl.DataFrame:
    """1 recorded within the horizon, 0 not (death included), null not known: never seen again.

    The horizon of every row lies within the data (`_prediction_times`).
    """
    until = pl.col("prediction_time") + timedelta(days=spec.horizon_days)
    followed = pl.col("last") > pl.col("prediction_time")
    died = (pl.col("death") <= until).fill_null(False)
    event = (pl.col("outcome") <= until).fill_null(False)
    label = pl.when(event).then(1).when(followed | died).then(0).otherwise(None)
    return rows.with_columns(label.cast(pl.Int8).alias("label"))


def _timing_label(timing: TimingSpec, rows: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Steps seen and whether the last of them brought the first abnormal result.

    A result between examinations is not seen, so the event is placed in the middle between the last
    normal result and the first abnormal one (mid-point imputation of interval-censored onset; Law
    and Brookmeyer 1992, doi:10.1002/sim.4780111204), at T at the earliest: the hazard then tells when
    a result would be abnormal, not when the clinic happened to measure. Seen as normal until the last
    normal result.
    """
    results = _results(timing, facts)
    abnormal = results.filter("abnormal").select("subject_id", pl.col("time").alias("found"))
    before = results.select(
        "subject_id", pl.col("time").alias("seen"), pl.col("abnormal").alias("was_abnormal")
    )
    t, step = pl.col("prediction_time"), timedelta(days=timing.step_days)
    rows = _nearest(rows, "prediction_time", abnormal, "found", "forward")  # the first abnormal one after T
    rows = rows.with_columns(pl.coalesce("found", pl.lit(END_OF_TIME)).alias("until"))
    rows = _nearest(rows, "until", before, "seen", "backward")  # the last one before that, perhaps before T

    # An abnormal last result needs no imputation: the next one would be abnormal at once.
    last_normal = pl.when("was_abnormal").then(t).otherwise(pl.coalesce("seen", t))
    onset = pl.max_horizontal(t, last_normal + (pl.col("found") - last_normal) / 2)
    onset = pl.when("was_abnormal").then(t).otherwise(onset)
    found = pl.col("found").is_not_null()
    at = ((onset - t) / step).floor().cast(pl.Int64)
    happened = found & (at < timing.steps)
    normal_steps = ((pl.col("seen") - t) / step).round().cast(pl.Int64).fill_null(0).clip(0)
    steps = pl.when(happened).then(at + 1).when(found).then(timing.steps).otherwise(normal_steps)
    return rows.with_columns(
        happened.cast(pl.Int8).alias("label"),
        pl.min_horizontal(steps, pl.lit(timing.steps)).cast(pl.Int16).alias("steps"),
    ).sort("subject_id", "prediction_time")


def _nearest(
    rows: pl.DataFrame, at: str, events: pl.DataFrame, time: str, strategy: Literal["forward", "backward"]
) -> pl.DataFrame:
    """Each row with its subject's nearest event strictly after or before `at`."""
    return rows.sort(at).join_asof(
        events.sort(time),
        left_on=at,
        right_on=time,
        by="subject_id",
        strategy=strategy,
        allow_exact_matches=False,
        check_sortedness=False,  # sorted just above; polars cannot see it within groups
    )


def _results(timing: TimingSpec, facts: pl.DataFrame) -> pl.DataFrame:
    """subject_id, time, abnormal: one row for each moment with a usable result."""
    found = []
    for limit in timing.abnormal:
        known = factors(limit.group)
        ours = facts.filter(members(pl.col("code"), limit.group), pl.col("time").is_not_null())
        units = [unit for unit in ours.get_column("unit").drop_nulls().unique() if unit in known]
        scale = {unit: known[unit][0] for unit in units}
        offset = {unit: known[unit][1] for unit in units}
        unit = pl.col("unit")
        value = pl.col("numeric_value") * unit.replace_strict(scale, default=None) + unit.replace_strict(
            offset, default=None
        )
        found.append(
            ours.select("subject_id", "time", (value >= limit.at_least).alias("abnormal")).drop_nulls()
        )
    return pl.concat(found).group_by("subject_id", "time").agg(pl.col("abnormal").any())


def _with_features(spec: ModelSpec, rows: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    declared = {feature.name: feature for feature in FEATURES}
    wanted = list(dict.fromkeys((*spec.features, *spec.excluded)))
    if missing := [name for name in wanted if name not in declared]:
        raise MissingFeature(f"{spec.name} asks for features that are not declared: {', '.join(missing)}")
    index = rows.select("subject_id", "prediction_time")
    built = build(events, index, [declared[name] for name in wanted])
    return rows.hstack(built.drop("subject_id", "prediction_time"))
