"""From events to features: one row per (subject, prediction time), the same call offline and online.

Windows hang on the prediction time T: a feature sees (T − window, T], and only what was known at T
(see `visible`). The steps: find the events of the groups that the features need, turn values into
the group's unit, put them in order once, then group by group pair events with the rows that see them
and aggregate (see `view`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features import schema, visible
from features.aggregate.part import People, Series
from features.catalogue import FEATURES
from features.clock import clinic_zone
from features.feature import Feature, Floats
from features.plan import Plan, plan
from features.store import EventStore
from features.view import View


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
    code: NDArray[np.intp]


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
    rows = _rows(index)
    columns = _columns(_facts(events, rows, todo), rows, todo, zone or clinic_zone())
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
    event, group, code, withdrawn = todo.memberships(events.get_column("code"))
    time = visible.instants(events.get_column("time"))
    known_at = visible.instants(events.get_column("known_at"))
    since, until = visible.seen(subject_id, time, known_at, events.get_column("source_id"), withdrawn)

    earliest, latest = _bounds(rows)
    who, when = subject[event], time[event]
    keep = (since[event] <= latest[who]) & (until[event] > earliest[who])
    keep &= when > earliest[who] - todo.reach[group]
    if not keep.all():
        event, group, who, when = event[keep], group[keep], who[keep], when[keep]
    value = todo.values(events, event, group)
    order = _order(group, who, when, known_at[event], value)
    event, group, who, when, value = event[order], group[order], who[order], when[order], value[order]
    return _Facts(who, group, when, since[event], until[event], value, code[event])


def _order(
    group: NDArray[np.intp],
    who: NDArray[np.intp],
    time: visible.Instants,
    known_at: visible.Instants,
    value: Floats,
) -> NDArray[np.intp]:
    """By group, subject, time, when learned, value."""
    # Events nearly always come by subject and time, and few share an instant: only these are sorted
    # by all five.
    later = (who[1:] > who[:-1]) | ((who[1:] == who[:-1]) & (time[1:] >= time[:-1]))
    if later.all() and len(group) and group[-1] < 2**15:
        order = np.argsort(group.astype(np.int16), kind="stable")
    else:
        order = np.lexsort((time, who, group))
    group, who, time = group[order], who[order], time[order]
    same = (group[1:] == group[:-1]) & (who[1:] == who[:-1]) & (time[1:] == time[:-1])
    if same.any():
        tied = np.zeros(len(order), np.bool_)
        tied[1:] |= same
        tied[:-1] |= same
        place = np.flatnonzero(tied)
        among = order[place]
        ranks = np.lexsort((value[among], known_at[among], time[place], who[place], group[place]))
        order[place] = among[ranks]
    return order


def _bounds(rows: _Rows) -> tuple[visible.Instants, visible.Instants]:
    """By subject: its first and last prediction time."""
    if not len(rows.first):
        return rows.times, rows.times
    return np.minimum.reduceat(rows.times, rows.first), np.maximum.reduceat(rows.times, rows.first)


def _columns(facts: _Facts, rows: _Rows, todo: Plan, zone: str) -> dict[Feature, Floats]:
    """Every feature, the inputs of formulas too."""
    bounds = np.searchsorted(facts.group, np.arange(len(todo.groups) + 1))

    def events(number: int, people: People) -> Series:
        part = slice(bounds[number], bounds[number + 1])
        return _series(facts, part, rows, people, todo.reach[number])

    columns = View(todo.recipe, events, rows.times, zone).columns()
    for feature in todo.formulas:
        assert feature.formula is not None  # formulas have one
        columns[feature] = feature.formula(*(columns[i] for i in feature.inputs))
    return columns


def _series(facts: _Facts, part: slice, rows: _Rows, people: People, reach: np.int64) -> Series:
    """The events of one group, each with every row that sees it."""
    who = facts.subject[part]
    time, value, code = facts.time[part], facts.value[part], facts.code[part]
    if len(rows.times) == len(rows.subjects):
        # With one row a subject, `_facts` has kept exactly what that row sees.
        return Series(who, time, value, code, people)
    # Row by row the subject's events, which lie side by side.
    subject = np.repeat(np.arange(len(rows.subjects)), rows.count)
    first = np.searchsorted(who, np.arange(len(rows.subjects) + 1))
    many = np.diff(first)[subject]
    row = np.repeat(np.arange(len(subject)), many)
    event = np.arange(len(row)) + np.repeat(first[subject] - (np.cumsum(many) - many), many)
    moment = rows.times[row]
    sees = (facts.since[part][event] <= moment) & (moment < facts.until[part][event])
    sees &= time[event] > moment - reach
    row, event = row[sees], event[sees]
    return Series(row, time[event], value[event], code[event], people)


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
