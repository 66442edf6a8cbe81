"""From events to features: one row per (subject, prediction time), the same call offline and online.

Windows hang on the prediction time T: a feature sees (T − window, T], and only what was known at T
(see `visible`). The steps: find the events of the groups that the features need, turn values into
the group's unit, put them in order once, then group by group pair events with the rows that see them
and aggregate (see `view`).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from features import schema
from features.aggregate.series import People, Series
from features.catalogue import FEATURES
from features.clock import clinic_zone
from features.fact import Facts, Rows, facts_of, rows_of, series_of
from features.feature import Feature, Floats
from features.plan import Plan, plan
from features.store import EventStore
from features.view import View


def build(
    events: pl.DataFrame | pl.LazyFrame,
    index: pl.DataFrame,
    features: Sequence[Feature] = FEATURES,
    *,
    zone: str | None = None,
) -> pl.DataFrame:
    """The point-in-time feature table.

    Args:
        events: features.schema.EVENT, in any order; subjects outside the index do not matter.
        index: features.schema.INDEX; any number of prediction times per subject.
        features: the columns wanted, in order.
        zone: the clinic's, of the tz database, for people whose own offset is not recorded; without
            it that of the environment (features/clock.py).

    Returns:
        subject_id, prediction_time, then one Float32 column per feature; rows in the index's order.
        Null: missing. A subject without events has counts of 0 and nulls.

    Raises:
        SchemaError: events or index do not follow their contract.
        UnknownZone: the environment names a zone that does not exist.
    """
    if isinstance(events, pl.LazyFrame):
        events = events.collect()
    events = schema.check(events, schema.EVENT, "events")
    index = schema.check(index, schema.INDEX, "index")
    if index.null_count().row(0) != (0, 0):
        raise schema.SchemaError("index: every row needs a subject_id and a prediction_time")
    todo = plan(tuple(features))
    rows = rows_of(index)
    columns = _columns(facts_of(events, rows, todo), rows, todo, zone or clinic_zone())
    return _table(index, rows, columns, todo)


def build_shards(
    store: EventStore,
    index: pl.DataFrame,
    features: Sequence[Feature] = FEATURES,
    *,
    zone: str | None = None,
) -> Iterator[pl.DataFrame]:
    """`build` over a whole store in the memory of one shard: a table for each shard.

    Args:
        index: as for `build`; subjects without events may be among them.

    Yields:
        The same rows as `build` gives for all events at once, those of one shard's subjects together
        and in the index's order; in the end those of subjects without events.
    """
    index = schema.check(index, schema.INDEX, "index")
    for events in store.shards():
        here = index.get_column("subject_id").is_in(events.get_column("subject_id").unique().implode())
        if here.any():
            yield build(events, index.filter(here), features, zone=zone)
            index = index.filter(~here)
    if index.height:
        yield build(schema.EVENT.to_frame(), index, features, zone=zone)


def _columns(facts: Facts, rows: Rows, todo: Plan, zone: str) -> dict[Feature, Floats]:
    """Every feature, the inputs of formulas too."""
    bounds = np.searchsorted(facts.group, np.arange(len(todo.groups) + 1))

    def events(number: int, people: People) -> Series:
        part = slice(bounds[number], bounds[number + 1])
        return series_of(facts, part, rows, people, todo.reach[number])

    columns = View(todo.recipe, events, rows.times, zone).columns()
    for feature in todo.formulas:
        assert feature.formula is not None  # formulas have one
        columns[feature] = feature.formula(*(columns[i] for i in feature.inputs))
    return columns


def _table(index: pl.DataFrame, rows: Rows, columns: dict[Feature, Floats], todo: Plan) -> pl.DataFrame:
    """The columns that were asked for, in the index's order; not a number becomes null."""
    height = len(rows.order)
    flat = np.empty((len(todo.features), height), np.float32)
    for number, feature in enumerate(todo.features):
        flat[number, rows.order] = columns[feature]
    flat[~np.isfinite(flat)] = np.nan
    # One series cut into columns: a series for each costs more than all the sums of an online call.
    series = pl.Series(flat.reshape(-1), nan_to_null=True)
    return index.hstack([series.slice(i * height, height).alias(f.name) for i, f in enumerate(todo.features)])
