"""From a timeline to rows: each trigger, its windows laid out, what they must hold, the label.

The ends of windows, as ACES 0.7 has them: the end that refers outside and goes to an event takes the
nearest one strictly after (before) the reference. The end that refers to the other end takes an event at
the very reference too if that end is inclusive. A window that has no such event is not there, and the
trigger is lost. Counts take the moments inside, those at the ends if inclusive.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.schema import INSTANT
from models.task.definition import Task
from models.task.flow import Flow, Step
from models.task.knowledge import learned
from models.task.search import counted, nearest
from models.task.timeline import Flags, Integers, Timeline, timeline
from models.task.window import Bound, Window

ROWS = pl.Schema(
    {"subject_id": pl.Int64(), "prediction_time": INSTANT, "trigger": INSTANT, "label": pl.Int64()}
)


@dataclass(frozen=True)
class Cohort:
    """`rows`: subject_id, prediction_time, trigger, label (how often the label's predicate; null: no label),
    one a trigger, sorted. `flow`: what was lost on the way."""

    rows: pl.DataFrame
    flow: Flow


class _Rows:
    """The triggers that are left, with the ends of windows laid out so far; and the steps."""

    def __init__(self, line: Timeline, subject: Integers, trigger: Integers) -> None:
        self.line, self.subject, self.trigger = line, subject, trigger
        self.ends: dict[str, Integers] = {"trigger": trigger}
        self.steps: list[Step] = []

    def keep(self, key: str, said: str, kept: Flags) -> None:
        """Keep these rows alone."""
        self.steps.append(Step(key, said, "rows", int((~kept).sum()), int(kept.sum())))
        if not kept.all():
            self.subject = self.subject[kept]
            self.ends = {name: time[kept] for name, time in self.ends.items()}

    def lay(self, bound: Bound, reference: Integers, name: str, same: bool, said: str) -> None:
        """Lay out one end of a window; `same`: an event at the reference itself will do."""
        if bound.event is None:
            self.ends[name] = reference + bound.offset
            return
        time, there = nearest(self.line, bound.event, self.subject, reference, bound.backward, same)
        self.ends[name] = time
        self.keep(bound.place.key, said, there)

    def count(self, window: Window, predicate: str) -> Integers:
        """How often in the window."""
        span = (self.ends[f"{window.name}.start"], self.ends[f"{window.name}.end"])
        return counted(
            self.line, predicate, self.subject, span, (window.start_inclusive, window.end_inclusive)
        )


def cohort(task: Task, events: pl.DataFrame, versions: pl.DataFrame | None = None) -> Cohort:
    """The rows of whole subjects.

    Args:
        events: subject_id, time, code and the columns that the predicates read; of each record the version
            that stands in the end.
        versions: events with all versions of each record, and `known_at`. If given, a trigger is lost that
            nobody knew of at its prediction time: no such question could have been asked then.
    """
    line = timeline(task, events)
    steps, chosen = _subjects(task, line)
    at = np.flatnonzero((line.counts[task.trigger.text()] > 0) & chosen[line.owner])
    rows = _Rows(line, line.owner[at], line.time[at])
    rows.steps.append(Step("trigger", f"moments of {task.trigger.text()}", "rows", 0, len(at)))
    for window in task.windows:
        _lay(rows, window)
        for constraint in window.has:
            number = rows.count(window, constraint.predicate)
            kept = np.ones(len(number), np.bool_)
            if constraint.least is not None:
                kept &= number >= constraint.least
            if constraint.most is not None:
                kept &= number <= constraint.most
            rows.keep(constraint.place.key, f"{window.name}: {constraint}", kept)
    indexed = task.indexed
    index = "trigger" if indexed is None else f"{indexed.name}.{indexed.index}"
    if versions is not None:
        known = learned(task, versions, line, rows.subject, rows.ends["trigger"])
        rows.keep("trigger", "the trigger was on record by the prediction time", known <= rows.ends[index])
    return _cohort(task, rows, rows.ends[index], steps)


def _subjects(task: Task, line: Timeline) -> tuple[list[Step], Flags]:
    """Who may have rows: the steps, and whether each subject may."""
    chosen = line.begin < line.stop
    steps = [
        Step("", "subjects of the data", "subjects", 0, len(chosen)),
        Step("", "with anything dated", "subjects", int((~chosen).sum()), int(chosen.sum())),
    ]
    for one in task.static:
        kept = chosen & line.still[one.place.name]
        said = f"{one.place.name} holds without a time"
        steps.append(Step(one.place.key, said, "subjects", int(chosen.sum() - kept.sum()), int(kept.sum())))
        chosen = kept
    return steps, chosen


def _lay(rows: _Rows, window: Window) -> None:
    outer, inner = window.outer, window.inner
    root = f"{window.name}.{window.root}"
    other = f"{window.name}.{'end' if window.root == 'start' else 'start'}"
    said = f"{window.name}: {{}} {'before' if outer.backward else 'after'} {outer.reference}"
    rows.lay(outer, rows.ends[outer.reference], root, False, said.format(outer.event))
    # An event at the reference itself will do where the window's end holds it.
    same = window.end_inclusive if window.root == "start" else window.start_inclusive
    said = f"{window.name}: {inner.event} {'before its end' if inner.backward else 'after its start'}"
    rows.lay(inner, rows.ends[root], other, same, said)


def _cohort(task: Task, rows: _Rows, index: Integers, steps: list[Step]) -> Cohort:
    labelled = task.labelled
    label = None if labelled is None or labelled.label is None else rows.count(labelled, labelled.label)
    many = len(rows.subject)
    frame = pl.DataFrame(
        {
            "subject_id": rows.line.subjects[rows.subject],
            "prediction_time": index,
            "trigger": rows.ends["trigger"],
            "label": pl.repeat(None, many, dtype=pl.Int64, eager=True) if label is None else label,
        }
    )
    times = [pl.col(name).cast(INSTANT) for name in ("prediction_time", "trigger")]
    frame = (
        frame.with_columns(times)
        .cast({"subject_id": pl.Int64})
        .sort("subject_id", "prediction_time", "trigger")
    )
    flow = Flow(
        (*steps, *rows.steps),
        many,
        frame.get_column("subject_id").n_unique(),
        None if label is None else int((label > 0).sum()),
        many - frame.select("subject_id", "prediction_time").n_unique(),
        0 if labelled is None else _hollow(rows, labelled),
    )
    return Cohort(frame.match_to_schema(ROWS), flow)


def _hollow(rows: _Rows, window: Window) -> int:
    """How many rows' windows hold no moment at all."""
    start, end = rows.ends[f"{window.name}.start"], rows.ends[f"{window.name}.end"]
    whole = window.start_inclusive and window.end_inclusive
    return int((end < start if whole else end <= start).sum())
