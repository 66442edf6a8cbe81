"""What every learner can do, and every scorer that it makes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.learner.graph import Graph
from models.learner.sample import Sample, Shape

Floats = NDArray[np.float64]
Rows = NDArray[np.float32]
Settings = Mapping[str, float | int | bool]
Progress = Callable[[], None]


class Scores(Protocol):
    """Whatever gives log-odds."""

    def score(self, x: Rows) -> Floats:
        """Log-odds [rows]."""
        ...


class Scorer(Scores, Protocol):
    """A fitted model, before calibration."""

    def contributions(self, x: Rows) -> Floats:
        """[rows, inputs + 1], adding up to `score` within 1e-6; the last column is the base."""
        ...

    def onnx(self, graph: Graph, x: str) -> str:
        """Add the nodes that make of `x` (float64 [rows, inputs], NaN missing) float64 [rows]."""
        ...

    def parts(self) -> "Sequence[Part]":
        """As the bundle keeps it, for explanations."""
        ...


class Part(Protocol):
    """One addend of a published score: what serving.explain needs, and the file with its trees."""

    @property
    def said(self) -> Mapping[str, object]: ...

    @property
    def trees(self) -> str | None: ...


class Learner(Protocol):
    """A module of this package that fits."""

    NAME: str

    def tune(self, shape: Shape, part: Sample, threads: int) -> Settings:
        """Choose settings by cross-validation within `part`, which nothing else is judged on."""
        ...

    def cross_fit(
        self,
        shape: Shape,
        part: Sample,
        fold: NDArray[np.int64],
        settings: Settings,
        threads: int,
        progress: Progress,
    ) -> tuple[Floats, Settings]:
        """Scores of every row by a model that never saw its fold; the settings for all rows."""
        ...

    def fit(self, shape: Shape, part: Sample, settings: Settings, threads: int) -> Scorer:
        """Fit on all rows."""
        ...
