"""Which learner is published: candidates compared by cross-fitting, the simplest good one calibrated."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import calibration
from models.learner import blend, boosted, cox, hazard, spline_logistic
from models.learner.blend import Blend
from models.learner.learner import Floats, Learner, Progress, Scorer, Settings
from models.learner.sample import Sample, Shape, loss
from models.manifest import Calibration
from models.split import folds

# Simplest first: a later one must beat every earlier one beyond its standard error.
UNCENSORED: tuple[Learner, ...] = (spline_logistic, boosted)
CENSORED: tuple[Learner, ...] = (spline_logistic, cox, boosted, hazard)
FOLDS = 5
SLIGHT = 0.03  # a member of a blend that weighs less is left out


@dataclass(frozen=True)
class Candidate:
    """Cross-fitted scores of a learner, its mean log loss, and its settings."""

    name: str
    score: Floats
    loss: float
    settings: Settings
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Learned:
    """The chosen scorer, fitted on all rows, and its calibration; why it was chosen, in words.

    `score`: cross-fitted, of the rows that it was learned from.
    """

    scorer: Scorer
    calibration: Calibration
    name: str
    reason: str
    candidates: dict[str, float]
    settings: dict[str, float | int | bool | str]
    score: Floats


def steps(shape: Shape) -> int:
    """How often `learn` calls its `progress`."""
    return FOLDS * len(_learners(shape)) + 1


def learn(
    shape: Shape,
    seen: Sample,
    tuning: NDArray[np.bool_],
    threads: int,
    progress: Progress = lambda: None,
    learners: Sequence[Learner] | None = None,
) -> Learned:
    """Tune on the rows that are not `tuning`, compare by cross-fitting on all, fit the best on all.

    Cross-fitting is by subject, so that every event helps to choose and none judges itself.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # ships no types

    # Small matrices gain nothing by threads and lose much where others work; sums keep their order.
    with threadpool_limits(limits=1, user_api="blas"):
        return _learn(shape, seen, tuning, threads, progress, learners or _learners(shape))


def _learners(shape: Shape) -> tuple[Learner, ...]:
    return UNCENSORED if shape.horizon is None else CENSORED


def _learn(
    shape: Shape,
    seen: Sample,
    tuning: NDArray[np.bool_],
    threads: int,
    progress: Progress,
    learners: Sequence[Learner],
) -> Learned:
    fold = folds(seen.subject, FOLDS)
    known = seen.weight > 0
    inside = seen.rows(~tuning) if seen.rows(~tuning).event_subjects else seen
    by_name = {learner.NAME: learner for learner in learners}
    found: list[Candidate] = []
    for learner in learners:
        settings = learner.tune(shape, inside, threads)
        score, settings = learner.cross_fit(shape, seen, fold, settings, threads, progress)
        found.append(Candidate(learner.NAME, score, _mean(seen, score), settings))
    if len(found) > 1:
        found.append(_blend(found, seen, known, fold))
    chosen, reason = choice(found, seen)
    settings = {f"{chosen.name}_{key}": value for key, value in chosen.settings.items()}
    scorer: Scorer
    if chosen.members:
        members = [candidate for candidate in found if candidate.name in chosen.members]
        scores = np.column_stack([member.score for member in members])
        weights, base = blend.weights(scores[known], seen.rows(known))
        fitted = tuple(by_name[m.name].fit(shape, seen, m.settings, threads) for m in members)
        scorer = Blend(fitted, weights, base)
        for member, weight in zip(members, weights, strict=True):
            settings |= {f"blend_{member.name}": weight}
            settings |= {f"{member.name}_{key}": value for key, value in member.settings.items()}
    else:
        scorer = by_name[chosen.name].fit(shape, seen, chosen.settings, threads)
    progress()
    how = calibration.choose(
        chosen.score[known], seen.y[known], seen.subject[known], tuning[known], seen.weight[known]
    )
    return Learned(
        scorer,
        how.calibration,
        chosen.name,
        reason,
        {candidate.name: candidate.loss for candidate in found},
        {**settings, "calibration": how.method},
        chosen.score,
    )


def _blend(
    found: Sequence[Candidate], seen: Sample, known: NDArray[np.bool_], fold: NDArray[np.int64]
) -> Candidate:
    """A blend of those that carry weight; of all if none can be left out."""
    scores = np.column_stack([candidate.score for candidate in found])
    weights, _ = blend.weights(scores[known], seen.rows(known))
    kept = [place for place, weight in enumerate(weights) if weight >= SLIGHT] or list(range(len(found)))
    score = np.zeros(len(seen.y))
    score[known] = blend.cross_fit(scores[known][:, kept], seen.rows(known), fold[known])
    return Candidate(blend.NAME, score, _mean(seen, score), {}, tuple(found[place].name for place in kept))


def _mean(part: Sample, score: Floats) -> float:
    return float(np.average(loss(part.y, score), weights=part.weight))


def choice(found: Sequence[Candidate], part: Sample) -> tuple[Candidate, str]:
    """The simplest candidate (first) that is within one standard error of the best, and why.

    The error is that of the difference, row by row, several rows of one subject allowed for.
    """
    best = min(found, key=lambda candidate: candidate.loss)
    _, cluster = np.unique(part.subject, return_inverse=True)
    for candidate in found:
        worse = part.weight * (loss(part.y, candidate.score) - loss(part.y, best.score))
        error = float(np.sqrt(np.sum(np.bincount(cluster, worse) ** 2)) / part.weight.sum())
        gap = candidate.loss - best.loss
        if candidate is best:
            others = ", ".join(f"{c.name} {c.loss:.5f}" for c in found if c is not best)
            return (
                best,
                f"{best.name}: cross-fitted log loss {best.loss:.5f}, beyond one standard error of {others}",
            )
        if gap <= error:
            return candidate, (
                f"{candidate.name}: cross-fitted log loss {candidate.loss:.5f}; {best.name} ({best.loss:.5f}) "
                f"is better by {gap:.5f}, which is within the standard error of {error:.5f}"
            )
    return best, best.name
