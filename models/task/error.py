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
