"""From a learner's log-odds to calibrated ones: Platt, beta or isotonic, whichever holds on `tuning`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.link import CLIP, logit, sigmoid, softplus
from models.manifest import Beta, Calibration, Isotonic, Platt
from models.split import folds

__all__ = ["CLIP", "apply", "choose", "cumulative", "fit", "logistic", "logit", "sigmoid", "slope"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# How far the slopes of regularised, early-stopped learners really are from 1, as a standard deviation.
SLOPE_SPREAD = 0.1
BETA_SPREAD = 0.1  # the same of the two slopes of beta calibration
FOLDS = 5
BINS = 400  # isotonic regression is done on so many groups of rows at most
LEAST_EVENTS = 10.0  # in a block of isotonic regression, and as many rows without the event


def logistic(x: Floats, label: Floats, offset: Floats | float = 0.0, weight: Floats | None = None) -> Floats:
    """Unpenalised logistic regression by Newton's method; coefficients of the columns of `x`.

    Raises:
        np.linalg.LinAlgError: the columns are not independent, or the labels are separable.
    """
    beta = np.zeros(x.shape[1])
    w = np.ones(len(label)) if weight is None else weight
    for _ in range(100):
        p = sigmoid(x @ beta + offset)
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x
        step = np.linalg.solve(hessian, x.T @ (w * (label - p)))
        # A long step can overshoot where the curvature is small: half a dozen log-odds is far enough.
        beta = beta + step * min(1.0, 6.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-10:
            return beta
    raise np.linalg.LinAlgError("logistic regression did not converge: the labels may be separable")


def slope(
    score: Floats, label: Floats, subject: Ints, weight: Floats | None = None
) -> tuple[float, float, float]:
    """Slope and its standard error, and intercept, of the label on log-odds.

    The error allows for several rows of one subject (cluster sandwich, Liang and Zeger 1986).

    Raises:
        np.linalg.LinAlgError: as `logistic`.
    """
    design = np.column_stack([score, np.ones_like(score)])
    w = np.ones(len(label)) if weight is None else weight
    beta = logistic(design, label, weight=w)
    p = sigmoid(design @ beta)
    bread = np.linalg.inv((design * (w * p * (1 - p))[:, None]).T @ design)
    _, cluster = np.unique(subject, return_inverse=True)
    pull = np.zeros((int(cluster.max()) + 1, 2))
    np.add.at(pull, cluster, design * (w * (label - p))[:, None])
    variance = bread @ (pull.T @ pull) @ bread
    return float(beta[0]), float(np.sqrt(variance[0, 0])), float(beta[1])


def fit(score: Floats, label: NDArray[np.int8], subject: Ints, weight: Floats | None = None) -> Platt:
    """The Platt scaling of out-of-fold log-odds, held near slope 1 as far as data leave it open.

    The slope is drawn towards 1 by its own uncertainty (empirical Bayes with `SLOPE_SPREAD`): with
    few events a fitted slope is mostly noise, and applying it would undo a good calibration.
    """
    y = np.asarray(label, dtype=np.float64)
    fitted, error, _ = slope(score, y, subject, weight)
    trust = SLOPE_SPREAD**2 / (SLOPE_SPREAD**2 + error**2)
    held = 1 + trust * (fitted - 1)
    (intercept,) = logistic(np.ones((len(y), 1)), y, held * score, weight)
    return Platt(slope=held, intercept=float(intercept))


def fit_beta(score: Floats, label: NDArray[np.int8], subject: Ints, weight: Floats | None = None) -> Beta:
    """Beta calibration (Kull et al. 2017, doi:10.1214/17-EJS1338SI), drawn towards leaving all as it is.

    Raises:
        np.linalg.LinAlgError: a slope is negative: no curve that keeps the order.
    """
    y = np.asarray(label, dtype=np.float64)
    w = np.ones(len(y)) if weight is None else weight
    design = np.column_stack([-softplus(-score), softplus(score), np.ones_like(score)])
    beta, prior = np.array([1.0, 1.0, 0.0]), np.diag([1 / BETA_SPREAD**2, 1 / BETA_SPREAD**2, 0.0])
    for _ in range(100):
        p = sigmoid(design @ beta)
        gradient = design.T @ (w * (p - y)) + prior @ (beta - [1.0, 1.0, 0.0])
        step = np.linalg.solve((design * (w * p * (1 - p))[:, None]).T @ design + prior, -gradient)
        beta = beta + step * min(1.0, 6.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    if min(beta[:2]) < 0:
        raise np.linalg.LinAlgError("beta calibration would turn the order round")
    return Beta(a=float(beta[0]), b=float(beta[1]), c=float(beta[2]))


def fit_isotonic(
    score: Floats, label: NDArray[np.int8], subject: Ints, weight: Floats | None = None
) -> Isotonic:
    """Isotonic regression, its steps joined by straight pieces so that different scores stay different.

    Raises:
        np.linalg.LinAlgError: fewer than two steps.
    """
    w = np.ones(len(score)) if weight is None else weight
    order = np.argsort(score, kind="stable")
    parts = np.array_split(order, min(BINS, len(order)))
    blocks: list[Floats] = []  # weight, weight of events, weight · score
    for rows in parts:
        own = w[rows]
        blocks.append(np.array([own.sum(), own @ label[rows], own @ score[rows]]))
        while len(blocks) > 1 and (
            blocks[-2][1] / max(blocks[-2][0], CLIP) >= blocks[-1][1] / max(blocks[-1][0], CLIP)
            or _thin(blocks[-2])
        ):
            blocks.append(blocks.pop() + blocks.pop())
    if len(blocks) > 1 and _thin(blocks[-1]):
        blocks.append(blocks.pop() + blocks.pop())
    if len(blocks) < 2:
        raise np.linalg.LinAlgError("isotonic regression finds no two levels")
    found = np.array(blocks)
    return Isotonic(
        score=tuple((found[:, 2] / found[:, 0]).tolist()),
        log_odds=tuple(logit(found[:, 1] / found[:, 0]).tolist()),
    )


def _thin(block: Floats) -> bool:
    return bool(block[1] < LEAST_EVENTS or block[0] - block[1] < LEAST_EVENTS)


Method = Callable[[Floats, NDArray[np.int8], Ints, Floats | None], Calibration]
METHODS: Mapping[str, Method] = {"platt": fit, "beta": fit_beta, "isotonic": fit_isotonic}  # simplest first


@dataclass(frozen=True)
class Choice:
    """A calibration fitted on all rows, and each method's log loss on `tuning` in cross-fitting."""

    calibration: Calibration
    method: str
    losses: dict[str, float]


def choose(
    score: Floats, label: NDArray[np.int8], subject: Ints, tuning: NDArray[np.bool_], weight: Floats
) -> Choice:
    """The method of least log loss on the `tuning` rows, or a simpler one within one standard error.

    `score` is out of fold; each method is fitted on some subjects and judged on others, so that many
    pieces win nothing by following noise.
    """
    fold = folds(subject, FOLDS, salt=5)
    found: dict[str, Floats] = {}
    for name, method in METHODS.items():
        lost = np.full(len(score), np.nan)
        try:
            for number in range(FOLDS):
                out = fold == number
                made = method(score[~out], label[~out], subject[~out], weight[~out])
                said = made.of(score[out])
                lost[out] = np.logaddexp(0.0, np.where(label[out] == 1, -said, said)) * weight[out]
        except np.linalg.LinAlgError:
            continue
        found[name] = lost
    if not found or not tuning.any():
        return Choice(fit(score, label, subject, weight), "platt", {})
    total = float(weight[tuning].sum())
    losses = {name: float(lost[tuning].sum() / total) for name, lost in found.items()}
    best = min(losses, key=lambda name: losses[name])
    for name in found:  # simplest first
        worse = (found[name] - found[best])[tuning]
        _, cluster = np.unique(subject[tuning], return_inverse=True)
        error = float(np.sqrt(np.sum(np.bincount(cluster, worse) ** 2))) / total
        if losses[name] - losses[best] <= error:
            return Choice(METHODS[name](score, label, subject, weight), name, losses)
    return Choice(METHODS[best](score, label, subject, weight), best, losses)


def apply(calibration: Calibration, score: Floats) -> Floats:
    """Calibrated probability of log-odds."""
    return sigmoid(calibration.of(score))


def cumulative(hazard: Floats) -> Floats:
    """Probability of the event by the end of each step, from the hazards along the last axis."""
    return np.asarray(1 - np.cumprod(1 - hazard, axis=-1))
