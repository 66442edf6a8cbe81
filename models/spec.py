"""What a model is: the declaration that each file of models/risk and models/timing makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from features.codes import CodeGroup
from models.manifest import Text


@dataclass(frozen=True)
class Abnormal:
    """A result that changes what is done: in the group's unit ≥ `at_least`, or < `below`.

    `as_egfr`: the group is creatinine, and the limits are of the filtration rate that it gives with
    the age and sex on record (features.formula.egfr), mL/min/1.73 m2.
    """

    group: CodeGroup
    at_least: float | None = None
    below: float | None = None
    as_egfr: bool = False

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.below is None):
            raise ValueError(f"{self.group.name}: an abnormal result says either `at_least` or `below`")


@dataclass(frozen=True)
class TimingSpec:
    """A discrete-time hazard of the first abnormal result, on a grid of `steps` × `step_days`.

    `threshold`: the cumulative probability at which the examination is worth taking.
    `soonest_days`: never sooner than this after the last one.
    """

    examination: str  # of models/rules
    abnormal: tuple[Abnormal, ...]
    threshold: float
    soonest_days: int
    step_days: int = 90
    steps: int = 12


@dataclass(frozen=True)
class ModelSpec:
    """A risk or timing model. Features are names of `features.catalogue.FEATURES`.

    `outcome_group`: the first of these codes recorded within (T, T + horizon_days] is the event;
    a timing model's event is in `timing`. `excluded`: features that, above 0, put a subject outside
    the model, in training and in serving alike. `essential`: if all are missing there is no answer,
    and no training row. `monotone`: feature → +1 (risk never falls as it rises) or -1. `categorical`: features whose numbers
    are names and not amounts.
    """

    name: str
    kind: Literal["risk", "timing"]
    title: Text
    applies: Text
    outcome: str  # VOCABULARY//CODE
    outcome_group: CodeGroup
    horizon_days: int
    features: tuple[str, ...]
    essential: tuple[str, ...]
    minimum_age: float = 18.0  # years
    maximum_age: float = 100.0
    excluded: tuple[str, ...] = ()
    monotone: Mapping[str, int] = field(default_factory=dict)
    categorical: tuple[str, ...] = ()
    every_quarters: int = 2  # training prediction times: every half-year
    timing: TimingSpec | None = None

    def __post_init__(self) -> None:
        if (self.kind == "timing") != (self.timing is not None):
            raise ValueError(f"{self.name}: a timing model, and no other, has a `timing` part")
        if len(set(self.features)) != len(self.features):
            raise ValueError(f"{self.name}: a feature is listed twice")
        stray = {*self.essential, *self.monotone, *self.categorical} - set(self.features)
        if stray:
            raise ValueError(f"{self.name}: not among its features: {', '.join(sorted(stray))}")
        if not set(self.monotone.values()) <= {-1, 1}:
            raise ValueError(f"{self.name}: a monotone constraint is +1 or -1")

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns of the booster, in order: the features, and for timing the step."""
        return (*self.features, STEP) if self.timing else self.features


STEP = "step"
