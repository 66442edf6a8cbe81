"""How many are left, and lost, at each step from the data to the rows of a cohort."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

Unit = Literal["subjects", "rows"]


@dataclass(frozen=True)
class Step:
    """`key`: the place in the task file, such as `windows.gap.has.death`. `said`: in plain words what was
    asked. `lost`: how many did not meet it; `left`: how many did."""

    key: str
    said: str
    unit: Unit
    lost: int
    left: int


@dataclass(frozen=True)
class Flow:
    """The steps in order. `rows` and `subjects` are what came out; `positive`: rows whose label is above 0
    (None: the task has no label); `repeated`: rows whose subject and prediction time another row before
    has too, as two triggers may end in one moment. `hollow`: rows whose label window holds no moment, as
    that from a trigger to an event that is the trigger itself."""

    steps: tuple[Step, ...]
    rows: int
    subjects: int
    positive: int | None
    repeated: int
    hollow: int = 0

    @property
    def emptied(self) -> Step | None:
        """The step that took the last."""
        return next((step for step in self.steps if step.left == 0), None)

    def record(self) -> dict[str, object]:
        """As JSON."""
        return asdict(self)


def total(flows: Iterable[Flow]) -> Flow:
    """The flow of several parts of the data, no subject in two of them.

    Raises:
        ValueError: there is no part.
    """
    parts: Sequence[Flow] = list(flows)
    if not parts:
        raise ValueError("no part of the data")
    steps = tuple(
        replace(same[0], lost=sum(step.lost for step in same), left=sum(step.left for step in same))
        for same in zip(*(part.steps for part in parts), strict=True)
    )
    positive = [part.positive for part in parts if part.positive is not None]
    return Flow(
        steps,
        sum(part.rows for part in parts),
        sum(part.subjects for part in parts),
        sum(positive) if positive else None,
        sum(part.repeated for part in parts),
        sum(part.hollow for part in parts),
    )
