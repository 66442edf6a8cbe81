"""Cross-fitting as most learners do it: fit without a fold, score the fold."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.learner.learner import Floats, Progress, Scorer, Settings
from models.learner.sample import Sample, Shape

WIGGLES = (0.1, 10.0)  # beside 1
Fit = Callable[[Shape, Sample, Settings, int], Scorer]


def scores(
    fit: Fit,
    shape: Shape,
    part: Sample,
    fold: NDArray[np.int64],
    settings: Settings,
    threads: int,
    progress: Progress,
) -> Floats:
    """Log-odds of every row by a model that never saw its fold."""
    found = np.empty(len(part.y))
    for number in np.unique(fold):
        outside = fold == number
        found[outside] = fit(shape, part.rows(~outside), settings, threads).score(part.x[outside])
        progress()
    return found


def penalties(lost: Callable[[float, float], float], weights: Sequence[float]) -> Settings:
    """The penalty of slopes of least loss, then that of changes of slope."""
    first = {weight: lost(weight, 1.0) for weight in weights}
    weight = min(first, key=lambda w: first[w])
    then = {wiggle: lost(weight, wiggle) for wiggle in WIGGLES} | {1.0: first[weight]}
    return {"penalty": weight, "wiggle": min(then, key=lambda w: then[w])}
