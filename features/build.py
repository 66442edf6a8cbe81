"""From events to features: one row per (subject, prediction time), the same call offline and online.

Windows hang on the prediction time T: a feature sees (T − window, T], and only what was known at T
(see `visible`). The steps: find the events of the groups that the features need, turn values into
the group's unit, put them in order once, then group by group pair events with rows and add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features import schema, visible
from features.aggregate import AGGREGATES, Occurrences
from features.catalogue import FEATURES
from features.feature import Feature, Floats
from features.plan import Plan, plan


@dataclass(frozen=True)
class _Rows:
    """The index sorted by subject: row numbers are those of the sorted order."""

    subjects: NDArray[np.int64]  # each once, ascending
    first: NDArray[np.intp]  # by subject: its first row
    count: NDArray[np.intp]  # by subject: its rows
    times: NDArray[np.int64]  # by row
    order: NDArray[np.intp]  # by row: where it stood in the index


@dataclass(frozen=True)
class _Facts:
    """Events by group: sorted by group, then time, when learned, value."""

    subject: NDArray[np.intp]  # position in _Rows.subjects
    group: NDArray[np.intp]
    time: visible.Instants
    since: visible.Instants
    until: visible.Instants
    value: Floats


def build(
    events: pl.DataFrame | pl.LazyFrame, index: pl.DataFrame, features: Sequence[Feature] = FEATURES
) -> pl.DataFrame:
    """The point-in-time feature table.

    Args:
        events: features.schema.EVENT, in any order; subjects outside the index do not matter.
        index: features.schema.INDEX; any number of prediction times per subject.
        features: the columns wanted, in order.

    Returns:
        subject_id, prediction_time, then one Float32 column per feature; rows in the index's order.
        Null: missing. A subject without events has counts of 0 and nulls.

    Raises:
        SchemaError: events or index do not follow their contract.
    """
    if isinstance(events, pl.LazyFrame):
        events = events.collect()
    events = schema.check(events, schema.EVENT, "events")
    index = schema.check(index, schema.INDEX, "index")
    if index.null_count().row(0) != (0, 0):
        raise schema.SchemaError("index: every row needs a subject_id and a prediction_time")
    todo = plan(tuple(features))
    rows = _rows(index)
    columns = _columns(_facts(events, rows, todo), rows, todo)
    return _table(index, rows, columns, todo)


def _rows(index: pl.DataFrame) -> _Rows:
    subject = index.get_column("subject_id").to_numpy()
    order = np.argsort(subject, kind="stable")
    subjects, first, count = np.unique(subject[order], return_index=True, return_counts=True)
    return _Rows(subjects, first, count, visible.instants(index.get_column("prediction_time"))[order], order)


def _facts(events: pl.DataFrame, rows: _Rows, todo: Plan) -> _Facts:
    """The events that some row may see in some window, once per group that they belong to."""
    subject_id = events.get_column("subject_id").to_numpy()
    subject = np.searchsorted(rows.subjects, subject_id)
    ours = np.flatnonzero(np.append(rows.subjects, np.iinfo(np.int64).min)[subject] == subject_id)
    if len(ours) < len(subject):
        events, subject, subject_id = events[ours], subject[ours], subject_id[ours]

    # Versions before groups: a correction may carry a code that no feature needs.
    event, group, withdrawn = todo.memberships(events.get_column("code"))
    time = visible.instants(events.get_column("time"))
    known_at = visible.instants(events.get_column("known_at"))
    since, until = visible.seen(subject_id, time, known_at, events.get_column("source_id"), withdrawn)

    earliest, latest = _bounds(rows)
    time, since, until, who = time[event], since[event], until[event], subject[event]
    keep = (since <= latest[who]) & (until > earliest[who]) & (time > earliest[who] - todo.reach[group])
    event, group, who = event[keep], group[keep], who[keep]
    value = todo.values(events, event, group)
    time, since, until = time[keep], since[keep], until[keep]
    order = np.lexsort((value, known_at[event], time, group))
    return _Facts(who[order], group[order], time[order], since[order], until[order], value[order])


def _bounds(rows: _Rows) -> tuple[visible.Instants, visible.Instants]:
    """By subject: its first and last prediction time."""
    if not len(rows.first):
        return rows.times, rows.times
    return np.minimum.reduceat(rows.times, rows.first), np.maximum.reduceat(rows.times, rows.first)


def _columns(facts: _Facts, rows: _Rows, todo: Plan) -> dict[Feature, Floats]:
    """Every feature, the inputs of formulas too."""
    columns: dict[Feature, Floats] = {}
    bounds = np.searchsorted(facts.group, np.arange(len(todo.groups) + 1))
    for number, wanted in enumerate(todo.by_group):
        seen = _occurrences(facts, slice(bounds[number], bounds[number + 1]), rows)
        usable = seen.where(~np.isnan(seen.value)) if any(f.needs_value for f in wanted) else seen
        for feature in wanted:
            among = usable if feature.needs_value else seen
            if feature.window_days is not None:
                among = among.within(feature.window_days)
            assert feature.aggregate is not None  # by_group holds features over codes alone
            columns[feature] = AGGREGATES[feature.aggregate](among)
    for feature in todo.formulas:
        assert feature.formula is not None  # the same for formulas
        columns[feature] = feature.formula(*(columns[i] for i in feature.inputs))
    return columns


def _occurrences(facts: _Facts, part: slice, rows: _Rows) -> Occurrences:
    """The events of one group, each with every row that sees it."""
    row, time, value = facts.subject[part], facts.time[part], facts.value[part]
    if len(rows.times) > len(rows.subjects):
        times = rows.count[row]
        event = np.repeat(np.arange(len(row)), times)
        nth = np.arange(len(event)) - np.repeat(np.cumsum(times) - times, times)
        row = rows.first[row[event]] + nth
        sees = (facts.since[part][event] <= rows.times[row]) & (rows.times[row] < facts.until[part][event])
        row, event = row[sees], event[sees]
        time, value = time[event], value[event]
    # With one row a subject, `_facts` has kept exactly what that row sees.
    return Occurrences(row, time, value, rows.times)


def _table(index: pl.DataFrame, rows: _Rows, columns: dict[Feature, Floats], todo: Plan) -> pl.DataFrame:
    """The columns that were asked for, in the index's order; not a number becomes null."""
    height = len(rows.order)
    flat = np.empty((len(todo.features), height), np.float32)
    for number, feature in enumerate(todo.features):
        flat[number, rows.order] = columns[feature]
    flat[~np.isfinite(flat)] = np.nan
    # One series cut into columns: a series for each costs more than all the sums of an online call.
    series = pl.Series(flat.reshape(-1), nan_to_null=True)
    return index.hstack([series.slice(i * height, height).alias(f.name) for i, f in enumerate(todo.features)])
