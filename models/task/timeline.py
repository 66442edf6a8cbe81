"""The record of many subjects as arrays: the moments of each, and what happened how often at each.

A moment is one distinct time of a subject. All events of one time are one moment, so that their order
within it cannot matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.visible import instants
from models.task.definition import Task
from models.task.predicate import ANY, FIRST, LAST, Plain

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Timeline:
    """`subjects`: ids, sorted. `time`: of each moment, microseconds, by subject, then time. `owner`: its
    subject's number. `begin`, `stop`: where each subject's moments are. `counts`: per predicate and
    moment. `still`: per predicate and subject, whether it holds among the events without a time."""

    subjects: Integers
    time: Integers
    owner: Integers
    begin: Integers
    stop: Integers
    counts: Mapping[str, Integers]
    still: Mapping[str, Flags]


def matched(plain: Plain, events: pl.DataFrame, number: Integers, codes: pl.Series) -> Flags:
    """Which events satisfy a plain predicate; `number`: each event's place among the distinct `codes`.

    Raises:
        TaskError: a column is of another type than what it must equal.
    """
    of_code = plain.of_code(codes).fill_null(False).to_numpy()
    found: Flags = of_code[number]
    rest = plain.of_rest()
    if rest is not None:
        at = np.flatnonzero(found)
        found = np.zeros(len(number), np.bool_)
        asked = events.select(sorted(plain.read))[at]
        try:
            held = asked.select(rest.alias("held")).get_column("held")
        except pl.exceptions.PolarsError:
            types = ", ".join(f"{name} is {dtype}" for name, dtype in asked.schema.items())
            plain.place.refuse(f"what is asked cannot be compared with the data: {types}.")
        found[at] = held.fill_null(False).to_numpy()
    return found


def numbered(codes: pl.Series) -> tuple[Integers, pl.Series]:
    """Each code's place among the distinct ones, and these."""
    kinds = codes.cast(pl.Categorical(pl.Categories.random())).to_physical()
    number = kinds.cast(pl.Int64).fill_null(-1).to_numpy() + 1  # 0: no code
    one_of = np.zeros(int(number.max(initial=0)) + 1, np.int64)
    one_of[number] = np.arange(len(number))
    if not (number == 0).any():
        number, one_of = number - 1, one_of[1:]
    return number, codes.gather(one_of)


def timeline(task: Task, events: pl.DataFrame) -> Timeline:
    """The timeline of whole subjects. `events`: subject_id, time, code and the columns that predicates read."""
    if not _in_order(events):
        events = events.sort("subject_id", "time", maintain_order=True)
    subject = events.get_column("subject_id").to_numpy()
    time = instants(events.get_column("time"))
    subjects, who = np.unique(subject, return_inverse=True)
    dated = events.get_column("time").is_not_null().to_numpy()
    new = np.ones(int(dated.sum()), np.bool_)
    owner, when = who[dated], time[dated]
    new[1:] = (owner[1:] != owner[:-1]) | (when[1:] != when[:-1])
    moment = np.cumsum(new) - 1
    owner, when = owner[new], when[new]
    edges = np.searchsorted(owner, np.arange(len(subjects) + 1))

    number, codes = numbered(events.get_column("code"))
    counts: dict[str, Integers] = {}
    still: dict[str, Flags] = {}
    for name, one in task.predicates.items():
        if isinstance(one, Plain):
            held = matched(one, events, number, codes)
            counts[name] = np.bincount(moment[held[dated]], minlength=len(when)).astype(np.int64)
            still[name] = np.bincount(who[held & ~dated], minlength=len(subjects)) > 0
            continue
        join = np.logical_and if one.every else np.logical_or
        parts = [still[i][owner] if _static(task, i) else counts[i] > 0 for i in one.inputs]
        counts[name] = join.reduce(parts).astype(np.int64)
        still[name] = join.reduce([still[i] for i in one.inputs])
    ones = np.ones(len(when), np.int64)
    first, last = np.zeros(len(when), np.int64), np.zeros(len(when), np.int64)
    some = edges[:-1] < edges[1:]
    first[edges[:-1][some]] = 1
    last[edges[1:][some] - 1] = 1
    counts |= {ANY: ones, FIRST: first, LAST: last}
    return Timeline(subjects, when, owner, edges[:-1], edges[1:], counts, still)


def _static(task: Task, name: str) -> bool:
    one = task.predicates[name]
    return isinstance(one, Plain) and one.static


def _in_order(events: pl.DataFrame) -> bool:
    subject, time = events.get_column("subject_id").to_numpy(), instants(events.get_column("time"))
    later = (subject[1:] > subject[:-1]) | ((subject[1:] == subject[:-1]) & (time[1:] >= time[:-1]))
    return bool(later.all())
