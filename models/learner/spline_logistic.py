"""Logistic regression on monotone splines with a ridge penalty: the baseline to beat."""

import numpy as np
from numpy.typing import NDArray

from models.learner import crossing, newton
from models.learner.additive import Additive
from models.learner.basis import basis
from models.learner.learner import Floats, Progress, Settings
from models.learner.sample import Sample, Shape, loss
from models.split import folds

NAME = "spline_logistic"
PENALTIES = (1000.0, 300.0, 100.0, 30.0, 10.0, 3.0)
FOLDS = 4
ROWS = 15_000  # enough to choose a penalty


def tune(shape: Shape, part: Sample, threads: int) -> Settings:
    """The penalty of least log loss in cross-validation by subject."""
    few = part.known().few(ROWS)
    z = basis(shape, few.x)
    design, y = z.design(few.x), few.y.astype(np.float64)
    fold = folds(few.subject, FOLDS, salt=3)
    parts = [(fold != number, fold == number) for number in range(FOLDS)]
    parts = [(i, o) for i, o in parts if 0 < y[i].sum() < i.sum() and o.any()]
    likelihoods = [newton.Likelihood(design[inside], y[inside], few.weight[inside]) for inside, _ in parts]
    starts: list[Floats | None] = [None] * len(parts)

    def lost(weight: float, wiggle: float) -> float:
        total = 0.0
        for place, (likelihood, (_, outside)) in enumerate(zip(likelihoods, parts, strict=True)):
            beta = newton.minimum(likelihood, *z.penalty(weight, wiggle), start=starts[place])
            starts[place] = beta
            total += few.weight[outside] @ loss(few.y[outside], design[outside] @ beta)
        return total

    return crossing.penalties(lost, PENALTIES)


def cross_fit(
    shape: Shape,
    part: Sample,
    fold: NDArray[np.int64],
    settings: Settings,
    threads: int,
    progress: Progress,
) -> tuple[Floats, Settings]:
    """Scores of every row by a model that never saw its fold."""
    return crossing.scores(fit, shape, part, fold, settings, threads, progress), settings


def fit(shape: Shape, part: Sample, settings: Settings, threads: int) -> Additive:
    """Fit on all rows."""
    known = part.known()
    z = basis(shape, known.x)
    likelihood = newton.Likelihood(z.design(known.x), known.y.astype(np.float64), known.weight)
    beta = newton.minimum(likelihood, *z.penalty(settings["penalty"], settings["wiggle"]))
    return Additive(z.terms(beta), "log_odds")
