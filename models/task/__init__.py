"""Labels and cohorts from ACES task files: who is asked, when, and what then happened."""

from models.task.definition import Task, read
from models.task.error import EmptyCohort, TaskError
from models.task.extract import Extract, extract
from models.task.flow import Flow, Step
from models.task.label import LABEL, labels
from models.task.realize import Cohort, cohort

__all__ = [
    "LABEL",
    "Cohort",
    "EmptyCohort",
    "Extract",
    "Flow",
    "Step",
    "Task",
    "TaskError",
    "cohort",
    "extract",
    "labels",
    "read",
]
