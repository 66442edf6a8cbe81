"""What a published model says of itself: the contract between export and serving.

A bundle is a folder `<bundles>/<name>/<version>/` with `model.onnx`, `model.txt` (LightGBM's own
text, for explanations) and `manifest.json`; the file `<bundles>/<name>/current` holds the version
that is served. Readers follow `current` on every request batch, so a publish is one rename.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ONNX = "model.onnx"
BOOSTER = "model.txt"
MANIFEST = "manifest.json"
CURRENT = "current"
CHECK = "check.json"  # rows and the probabilities that the bundle must give for them


class Text(BaseModel):
    """The same sentence for both readers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ru: str
    en: str


class Platt(BaseModel):
    """Calibrated probability = sigmoid(slope · logit(raw) + intercept)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float
    intercept: float


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
    calibration: Platt
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
    parity: float = Field(description="largest difference between ONNX and LightGBM probabilities")


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
