"""The training table of a model whose rows and labels are those of a task file.

In the shape of `models.cohort`: what is known at a prediction time comes from `features.build.build`
alone; the task says at what times, and what then happened. A trigger that nobody had heard of at its
prediction time is left out, for nobody could have asked then.
"""

from collections.abc import Callable
from datetime import datetime

import polars as pl

from features import visible
from features.build import build
from features.catalogue import FEATURES
from features.store import EventStore
from models.cohort import MissingFeature, Table, concat, data_end
from models.spec import ModelSpec
from models.split import split
from models.task.definition import Task
from models.task.error import EmptyCohort, TaskError
from models.task.flow import Flow, total
from models.task.realize import cohort


def shard_table(spec: ModelSpec, task: Task, events: pl.DataFrame, end: datetime) -> tuple[Table, Flow]:
    """The rows of one shard of events (whole subjects), with data ending at `end` in the store.

    Of rows that share subject and prediction time one is kept; its label is 1 if that of any is.

    Raises:
        TaskError: the task has no label, or the model is a timing model.
        MissingFeature: the model asks for a feature that is not declared.
    """
    if task.labelled is None:
        raise TaskError(f"{task.trigger.file}: no window has a label, and a model learns from labels.")
    if spec.timing is not None:
        raise TaskError(f"{task.trigger.file}: a timing model makes its own rows; {spec.name} is one.")
    found = cohort(task, visible.current(events), events)
    rows = found.rows.group_by("subject_id", "prediction_time", maintain_order=True).agg(
        (pl.col("label").max() > 0).cast(pl.Int8)
    )
    flow = {f"{step.key}: {step.said}" if step.key else step.said: step.left for step in found.flow.steps}
    flow["lost: at a time that another row has"] = found.flow.rows - rows.height
    rows = rows.hstack(_features(spec, rows, events))

    def keep(name: str, condition: pl.Expr) -> None:
        nonlocal rows
        kept = rows.filter(condition)
        flow[f"lost: {name}"] = rows.height - kept.height
        rows = kept

    for name in spec.excluded:
        keep(f"{name} above 0", pl.col(name).is_null() | (pl.col(name) <= 0))
    if spec.essential:
        keep("nothing essential known", pl.any_horizontal(pl.col(*spec.essential).is_not_null()))
    flow |= {"rows": rows.height, "events": int(rows.get_column("label").sum() or 0)}
    rows = rows.select("subject_id", "prediction_time", "label", *spec.features)
    return Table(rows.insert_column(2, split(rows.get_column("subject_id"))), flow, end), found.flow


def store_table(
    spec: ModelSpec, task: Task, store: EventStore, progress: Callable[[], None] = lambda: None
) -> Table:
    """The table of a whole store, shard by shard; `progress` is called after each.

    Raises:
        EmptyCohort: the task leaves no row.
        TaskError: the store holds no dated event, or as `shard_table`.
        MissingFeature: the model asks for a feature that is not declared.
    """
    ends = [end for shard in store.shards() if (end := data_end(shard)) is not None]
    if not ends:
        raise TaskError("The event store holds no dated event: ingest records first.")
    tables, flows = [], []
    for shard in store.shards():
        table, flow = shard_table(spec, task, shard, max(ends))
        tables.append(table)
        flows.append(flow)
        progress()
    flow = total(flows)
    if flow.rows == 0:
        raise EmptyCohort.of(task.trigger.file, flow)
    return concat(tables)


def _features(spec: ModelSpec, rows: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    declared = {feature.name: feature for feature in FEATURES}
    wanted = list(dict.fromkeys((*spec.features, *spec.excluded)))
    if missing := [name for name in wanted if name not in declared]:
        raise MissingFeature(f"{spec.name} asks for features that are not declared: {', '.join(missing)}")
    built = build(events, rows.select("subject_id", "prediction_time"), [declared[name] for name in wanted])
    return built.drop("subject_id", "prediction_time")
