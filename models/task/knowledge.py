"""When a trigger came to be known: a question cannot be asked before anybody has heard of its cause."""

import numpy as np
import polars as pl

from features.schema import WITHDRAWN
from features.visible import NEVER, instants
from models.task.definition import Task
from models.task.predicate import SPECIAL, Plain
from models.task.search import place
from models.task.timeline import Integers, Timeline, matched, numbered


def learned(
    task: Task, versions: pl.DataFrame, line: Timeline, subject: Integers, moment: Integers
) -> Integers:
    """Since when each trigger (a row's subject number and its moment) was on record, microseconds.

    From the first version of any record that said so of this moment; of a joint trigger, from when all of
    it was. `versions`: all versions of each record, with `known_at`.
    """
    told = versions.filter(pl.col("time").is_not_null(), pl.col("code") != WITHDRAWN)
    told = told.filter(pl.col("subject_id").is_in(pl.Series(line.subjects).implode()))
    who = np.searchsorted(line.subjects, told.get_column("subject_id").to_numpy())
    time = instants(told.get_column("time"))
    since = np.maximum(time, instants(told.get_column("known_at")))
    at = place(line, who, time, after=False)
    there = at < line.stop[who]
    there[there] = line.time[at[there]] == time[there]  # a superseded version may have a time of its own
    number, codes = numbered(told.get_column("code"))

    def known(name: str) -> Integers:
        first = np.full(len(line.time), NEVER)
        one = task.predicates.get(name)
        if one is None or isinstance(one, Plain):
            if isinstance(one, Plain) and one.static:
                return line.time  # chosen subjects have it; when it was learned is not asked
            held = there if one is None else there & matched(one, told, number, codes)
            np.minimum.at(first, at[held], since[held])
            return first
        parts = np.stack([known(part) for part in one.inputs])
        return np.asarray(parts.max(axis=0) if one.every else parts.min(axis=0))

    name = task.trigger.text()
    assert name in SPECIAL or name in task.predicates
    return known(name)[place(line, subject, moment, after=False)]
