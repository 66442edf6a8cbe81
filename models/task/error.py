"""What can be wrong with a task, told by file and key."""

from features.error import Problem
from models.task.flow import Flow


class TaskError(Problem):
    """A task file cannot be used, or the data cannot answer it; the message names file and key."""


class EmptyCohort(TaskError):
    """Nobody is left. `flow` tells how many were lost at each step."""

    def __init__(self, message: str, flow: Flow) -> None:
        super().__init__(message)
        self.flow = flow

    @classmethod
    def of(cls, file: str, flow: Flow) -> "EmptyCohort":
        """Of the task in this file, with the step that took the last row."""
        step = flow.emptied or flow.steps[-1]
        place = f"{file}, {step.key}" if step.key else file
        lost = f" ({step.lost:,} {step.unit} lost there)" if step.lost else ""
        return cls(f"{place}: the cohort is empty: nothing is left after {step.said!r}{lost}.", flow)
