"""What a published model says of itself: the contract between export and serving.

A bundle is a folder `<bundles>/<name>/<version>/` with `model.onnx`, `manifest.json` and, for
explanations, `explanation.json` (the parts of the score: terms as numbers, trees by file) and
LightGBM's own text of the trees (`model.txt`, `model_2.txt` …). Without `explanation.json` the score
is the trees of `model.txt`. The file `<bundles>/<name>/current` holds the version
that is served. Readers follow `current` on every request batch, so a publish is one rename.
"""

from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

ONNX = "model.onnx"
BOOSTER = "model.txt"
EXPLANATION = "explanation.json"
MANIFEST = "manifest.json"
CURRENT = "current"
CHECK = "check.json"  # rows and the probabilities that the bundle must give for them


class Text(BaseModel):
    """The same sentence for both readers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ru: str
    en: str


Floats = NDArray[np.float64]


class Platt(BaseModel):
    """Calibrated log-odds = slope · score + intercept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float
    intercept: float

    def of(self, score: Floats) -> Floats:
        """Calibrated log-odds."""
        return self.slope * score + self.intercept


class Beta(BaseModel):
    """Calibrated log-odds = a · ln p - b · ln(1 - p) + c of the probability p that the score says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    a: float = Field(ge=0)
    b: float = Field(ge=0)
    c: float

    def of(self, score: Floats) -> Floats:
        """Calibrated log-odds."""
        near = np.log1p(np.exp(-np.abs(score)))
        return self.a * (np.minimum(score, 0) - near) + self.b * (np.maximum(score, 0) + near) + self.c


class Isotonic(BaseModel):
    """Calibrated log-odds at some scores, straight between them, level beyond the outer ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: tuple[float, ...] = Field(min_length=2)
    log_odds: tuple[float, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if len(self.score) != len(self.log_odds):
            raise ValueError("as many log-odds as scores")
        if min(np.diff(self.score)) <= 0 or min(np.diff(self.log_odds)) < 0:
            raise ValueError("scores rise, and log-odds do not fall")
        return self

    def of(self, score: Floats) -> Floats:
        """Calibrated log-odds."""
        return np.interp(score, self.score, self.log_odds)


Calibration = Platt | Beta | Isotonic


class Timing(BaseModel):
    """How a discrete-time hazard becomes a date.

    The graph is asked once per step with the feature `step` set to 0, 1, 2 …; step k covers days
    [k · step_days, (k + 1) · step_days) after the prediction time, which is when the last such
    examination was known. The date is the day on which the cumulative probability 1 − Π(1 − hazard)
    reaches `threshold`; inside a step the hazard is constant.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    examination: str = Field(description="the examination of models/rules that this dates")
    step_days: int = Field(gt=0)
    steps: int = Field(gt=0)
    step_feature: str = "step"
    threshold: float = Field(gt=0, lt=1)
    soonest_days: int = Field(ge=0, description="never sooner than this after the last one")


class Manifest(BaseModel):
    """Everything that serving may know of a model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str = Field(description="file name of the declaration, such as type2_diabetes_2y")
    version: str
    kind: Literal["risk", "timing"]
    title: Text
    outcome: str = Field(description="VOCABULARY//CODE of what is predicted, such as ICD10//E11")
    horizon_days: int = Field(gt=0)
    features: tuple[str, ...] = Field(description="columns of the ONNX input, in order, float32")
    essential: tuple[str, ...] = Field(
        description="if all of these are missing for a subject, there is no answer"
    )
    input: str = Field(default="input", description="ONNX input: float32 [rows, features], NaN missing")
    output: str = Field(
        default="probability", description="ONNX output: float32 [rows], calibrated probability"
    )
    calibration: Calibration = Field(description="of the score that the explanation adds up to")
    learner: str = Field(default="lightgbm", description="which of models/learner was published")
    reason: str = Field(default="", description="why that one")
    candidates: dict[str, float] = Field(
        default_factory=dict, description="cross-fitted log loss of each learner on train and tuning"
    )
    applies: Text = Field(description="for whom the model was made, in words")
    minimum_age: float = Field(ge=0, description="years; below it there is no answer")
    maximum_age: float = Field(description="years")
    excluded: tuple[str, ...] = Field(
        default=(), description="features that, if above 0, mean the model is not for this subject"
    )
    timing: Timing | None = None
    trained_on: dict[str, int] = Field(description="subjects, rows and events by split")
    trained_until: str = Field(description="latest event seen in training, ISO date")
    metrics: dict[str, float] = Field(description="on held_out subjects")
    parity: float = Field(description="largest difference between the graph and the trained model")


def read(folder: Path) -> Manifest:
    """Read the manifest of one bundle folder."""
    return Manifest.model_validate_json((folder / MANIFEST).read_bytes())


def current(bundles: Path, name: str) -> Path | None:
    """Folder of the version of `name` that is published now; None if there is none."""
    try:
        version = (bundles / name / CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return bundles / name / version
