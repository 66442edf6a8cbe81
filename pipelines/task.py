"""`smartclinic task`: labels of a task file from the home's events or a MEDS data set, and the flow shown."""

from pathlib import Path

from rich.markup import escape
from rich.table import Table

from models.task import EmptyCohort, Flow, Task, extract, read
from pipelines import table
from pipelines.home import Home
from pipelines.progress import Display


def run(
    here: Home,
    file: Path,
    predicates: Path | None,
    data: Path | None,
    out: Path | None,
    integer: bool,
    as_known: bool,
    display: Display,
) -> None:
    """Extract with a bar and show what was lost on the way, also if nothing is left.

    Raises:
        TaskError, EmptyCohort, NoEvents: what to mend is in the message.
    """
    task = read(file, predicates)
    folder = out or here.tasks / task.name
    done = 0
    try:
        with display.phase("task") as phase:

            def advance() -> None:
                nonlocal done
                done += 1
                phase.advance(done, 0)

            source = data or _events(here)
            found = extract(task, source, folder, integer, as_known, advance)
            flow = found.flow
            phase.note = f"{flow.rows:,} rows of {flow.subjects:,} subjects: {folder}"
    except EmptyCohort as error:
        table.show(table.console(), steps(task, error.flow))
        raise
    table.show(table.console(), steps(task, flow))
    for note in notes(flow):
        display.say(note)


def _events(here: Home) -> Path:
    from features.shards import ParquetEvents

    return ParquetEvents(here.events).folder


def steps(task: Task, flow: Flow) -> Table:
    """The cohort flow: every step, what it lost and what was left."""
    shown = table.columns(f"Cohort of {escape(task.name)}", "step", "what is asked", "of", "lost", "left")
    for step in flow.steps:
        shown.add_row(
            escape(step.key),
            escape(step.said),
            step.unit,
            f"{step.lost:,}" if step.lost else "",
            f"{step.left:,}",
        )
    if flow.positive is not None:
        shown.add_row("label", "above 0", "rows", "", f"{flow.positive:,}")
    return shown


def notes(flow: Flow) -> list[str]:
    """What is worth a second look."""
    said = []
    if flow.positive in (0, flow.rows):
        said.append("All rows have the same label: look at the label's window again.")
    if flow.hollow:
        said.append(
            f"{flow.hollow:,} rows have a label window that holds no moment: an event at its start ends it "
            "at once, as end_inclusive lets it."
        )
    if flow.repeated:
        said.append(f"{flow.repeated:,} rows share subject and prediction time with another row.")
    return said
