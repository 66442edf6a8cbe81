"""A task over a whole data set: labels part by part into a folder, with the flow beside them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from features.store import EventStore
from models.task import diagram
from models.task.definition import Task
from models.task.error import EmptyCohort, TaskError
from models.task.flow import Flow, total
from models.task.label import labels
from models.task.realize import cohort
from models.task.source import parts


@dataclass(frozen=True)
class Extract:
    """`folder`: labels/*.parquet in the label schema of MEDS, flow.json, flow.html."""

    folder: Path
    flow: Flow


def extract(
    task: Task,
    source: EventStore | Path,
    out: Path,
    integer: bool = False,
    as_known: bool = False,
    advance: Callable[[], None] = lambda: None,
) -> Extract:
    """Write the labels of a task into the folder `out`; a former extract there is replaced.

    Args:
        source: an event store, or a file or folder of MEDS events.
        integer: labels are counts, and not whether there is any.
        as_known: leave out triggers that nobody knew of at the prediction time (event stores alone).
        advance: called after each part of the data.

    Raises:
        TaskError: the data cannot be read, or `out` holds something else.
        EmptyCohort: no row is left; nothing was written.
    """
    if out.exists() and not (out.is_dir() and ((out / "flow.json").exists() or not any(out.iterdir()))):
        raise TaskError("The folder for the labels holds something else: name another one.")
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "labels").mkdir(parents=True)
    try:
        flow = _written(task, source, partial / "labels", integer, as_known, advance)
        record = {"task": task.name, **flow.record()}
        (partial / "flow.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")
        (partial / "flow.html").write_text(diagram.page(task.name, flow), "utf-8")
        shutil.rmtree(out, ignore_errors=True)
        partial.replace(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Extract(out, flow)


def _written(
    task: Task,
    source: EventStore | Path,
    folder: Path,
    integer: bool,
    as_known: bool,
    advance: Callable[[], None],
) -> Flow:
    flows = []
    for number, part in enumerate(parts(source, task)):
        if as_known and part.versions is None:
            raise TaskError("These data do not say when each event was learned: leave --as-known out.")
        found = cohort(task, part.events, part.versions if as_known else None)
        if found.rows.height:
            labels(found.rows, integer).write_parquet(folder / f"{number:05d}.parquet")
        flows.append(found.flow)
        advance()
    if not flows:
        raise TaskError("The data hold no events.")
    flow = total(flows)
    if flow.rows == 0:
        raise EmptyCohort.of(task.trigger.file, flow)
    return flow
