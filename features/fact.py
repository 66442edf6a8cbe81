"""Which events the rows of a table see: those of the groups that are needed, in the group's unit, put
in order once and paired with the rows.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features import visible
from features.aggregate.series import Floats, People, Series
from features.plan import Plan


@dataclass(frozen=True)
class Rows:
    """The index sorted by subject: row numbers are those of the sorted order."""

    subjects: NDArray[np.int64]  # each once, ascending
    first: NDArray[np.intp]  # by subject: its first row
    count: NDArray[np.intp]  # by subject: its rows
    times: NDArray[np.int64]  # by row
    order: NDArray[np.intp]  # by row: where it stood in the index


@dataclass(frozen=True)
class Facts:
    """Events by group: sorted by group, then subject, time, when learned, value."""

    subject: NDArray[np.intp]  # position in Rows.subjects
    group: NDArray[np.intp]
    time: visible.Instants
    since: visible.Instants
    until: visible.Instants
    value: Floats
    code: NDArray[np.intp]


def rows_of(index: pl.DataFrame) -> Rows:
    """The index, by subject."""
    subject = index.get_column("subject_id").to_numpy()
    order = np.argsort(subject, kind="stable")
    subjects, first, count = np.unique(subject[order], return_index=True, return_counts=True)
    return Rows(subjects, first, count, visible.instants(index.get_column("prediction_time"))[order], order)


def facts_of(events: pl.DataFrame, rows: Rows, todo: Plan) -> Facts:
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
    return Facts(who, group, when, since[event], until[event], value, code[event])


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


def _bounds(rows: Rows) -> tuple[visible.Instants, visible.Instants]:
    """By subject: its first and last prediction time."""
    if not len(rows.first):
        return rows.times, rows.times
    return np.minimum.reduceat(rows.times, rows.first), np.maximum.reduceat(rows.times, rows.first)


def series_of(facts: Facts, part: slice, rows: Rows, people: People, reach: np.int64) -> Series:
    """The events of one group, each with every row that sees it."""
    who = facts.subject[part]
    time, value, code = facts.time[part], facts.value[part], facts.code[part]
    if len(rows.times) == len(rows.subjects):
        # With one row a subject, `facts_of` has kept exactly what that row sees.
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
