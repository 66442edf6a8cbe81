"""What learners see: rows as arrays, and what is known of their columns."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.split import folds

Floats = NDArray[np.float64]
CENSORED, EVENT, DEATH = 0, 1, 2


@dataclass(frozen=True)
class Follow:
    """Follow-up of right-censored rows: `time` > 0 from the prediction on, in the unit of the
    horizon; `event` 0 censored at that time, 1 the event, 2 dead of something else before it."""

    time: Floats
    event: NDArray[np.int8]


@dataclass(frozen=True)
class Sample:
    """x float32 [rows, inputs] with NaN, y 0/1, whose row it is, its weight (1 if none is said).

    Of right-censored rows y is "the event by the horizon", `weight` is 0 where that is not known and
    the inverse probability of being known elsewhere; `follow` has what y leaves out.
    """

    x: NDArray[np.float32]
    y: NDArray[np.int8]
    subject: NDArray[np.int64]
    weight: Floats = field(default_factory=lambda: np.ones(0))
    follow: Follow | None = None

    def __post_init__(self) -> None:
        if not len(self.weight) and len(self.y):
            object.__setattr__(self, "weight", np.ones(len(self.y)))

    @property
    def event_subjects(self) -> int:
        """Subjects with the event at least once: several rows of one subject are one experience."""
        return len(np.unique(self.subject[self.y == 1]))

    def rows(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "Sample":
        """Some of the rows."""
        follow = self.follow and Follow(self.follow.time[which], self.follow.event[which])
        return Sample(self.x[which], self.y[which], self.subject[which], self.weight[which], follow)

    def known(self) -> "Sample":
        """The rows that weigh something."""
        return self if (self.weight > 0).all() else self.rows(self.weight > 0)

    def few(self, rows: int) -> "Sample":
        """About so many rows, whole subjects, the same every time."""
        if len(self.y) <= rows:
            return self
        parts = -(-len(self.y) // rows)
        return self.rows(folds(self.subject, 97 * parts, salt=2) % parts == 0)

    def weighted(self, weight: Floats) -> "Sample":
        return replace(self, weight=weight)


@dataclass(frozen=True)
class Shape:
    """The columns of x: names, directions of which medicine is sure (-1, 0, 1), those whose numbers
    are names and not amounts; the horizon of right-censored rows."""

    inputs: tuple[str, ...]
    monotone: tuple[int, ...]
    categorical: tuple[int, ...] = ()
    horizon: float | None = None

    def with_step(self) -> "Shape":
        """The same with one more column, the number of the step."""
        return replace(self, inputs=(*self.inputs, "step"), monotone=(*self.monotone, 0))


def loss(y: NDArray[np.int8], score: Floats) -> Floats:
    """Log loss of each row, of log-odds."""
    return np.asarray(np.logaddexp(0.0, np.where(y == 1, -score, score)))
