"""What a model is: the declaration that each file of models/risk and models/timing makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from features.codes import CodeGroup
from models.manifest import Text


@dataclass(frozen=True)
class Abnormal:
    """A result that changes what is done: `numeric_value` in the group's unit ≥ `at_least`."""

    group: CodeGroup
    at_least: float


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


# Few leaves, random splits (extra_trees), few features a tree and L2: clinical outcomes are rare, and
# LightGBM as it comes is badly calibrated on small cohorts.
PARAMETERS: Mapping[str, float | int] = {
    "learning_rate": 0.06,
    "num_leaves": 3,
    "max_depth": 2,
    "min_data_in_leaf": 50,
    "min_sum_hessian_in_leaf": 1.0,
    "lambda_l2": 5.0,
    "extra_trees": True,
    "feature_fraction": 0.2,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "max_bin": 63,
}


@dataclass(frozen=True)
class ModelSpec:
    """A risk or timing model. Features are names of `features.catalogue.FEATURES`.

    `outcome_group`: the first of these codes recorded within (T, T + horizon_days] is the event;
    a timing model's event is in `timing`. `excluded`: features that, above 0, put a subject outside
    the model, in training and in serving alike. `essential`: if all are missing there is no answer,
    and no training row. `monotone`: feature → +1 (risk never falls as it rises) or -1.
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
    parameters: Mapping[str, float | int] = field(default_factory=lambda: PARAMETERS)
    every_quarters: int = 2  # training prediction times: every half-year
    timing: TimingSpec | None = None

    def __post_init__(self) -> None:
        if (self.kind == "timing") != (self.timing is not None):
            raise ValueError(f"{self.name}: a timing model, and no other, has a `timing` part")
        if len(set(self.features)) != len(self.features):
            raise ValueError(f"{self.name}: a feature is listed twice")
        stray = {*self.essential, *self.monotone} - set(self.features)
        if stray:
            raise ValueError(f"{self.name}: not among its features: {', '.join(sorted(stray))}")
        if not set(self.monotone.values()) <= {-1, 1}:
            raise ValueError(f"{self.name}: a monotone constraint is +1 or -1")

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns of the booster, in order: the features, and for timing the step."""
        return (*self.features, STEP) if self.timing else self.features


STEP = "step"
