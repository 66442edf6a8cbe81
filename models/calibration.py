"""From a booster's raw probability to a calibrated one: Platt scaling on the log-odds."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.manifest import Platt

CLIP = 1e-7  # float32 cannot tell probabilities nearer to 0 and 1 apart; the ONNX nodes clip alike
# How far the slopes of regularised, early-stopped boosters really are from 1, as a standard deviation.
SLOPE_SPREAD = 0.1


def logit(probability: ArrayLike) -> NDArray[np.float64]:
    """Log-odds, with probabilities held within [CLIP, 1 - CLIP]."""
    p = np.clip(np.asarray(probability, dtype=np.float64), CLIP, 1 - CLIP)
    return np.asarray(np.log(p) - np.log1p(-p))


def sigmoid(score: ArrayLike) -> NDArray[np.float64]:
    """Probability of log-odds, without overflow."""
    x = np.asarray(score, dtype=np.float64)
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1 / (1 + e), e / (1 + e)))


def logistic(
    x: NDArray[np.float64], label: NDArray[np.float64], offset: NDArray[np.float64] | float = 0.0
) -> NDArray[np.float64]:
    """Unpenalised logistic regression by Newton's method; coefficients of the columns of `x`.

    Raises:
        np.linalg.LinAlgError: the columns are not independent, or the labels are separable.
    """
    beta = np.zeros(x.shape[1])
    for _ in range(100):
        p = sigmoid(x @ beta + offset)
        hessian = (x * (p * (1 - p))[:, None]).T @ x
        step = np.linalg.solve(hessian, x.T @ (label - p))
        # A long step can overshoot where the curvature is small: half a dozen log-odds is far enough.
        beta = beta + step * min(1.0, 6.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-10:
            return beta
    raise np.linalg.LinAlgError("logistic regression did not converge: the labels may be separable")


def slope(
    score: NDArray[np.float64], label: NDArray[np.float64], subject: NDArray[np.int64]
) -> tuple[float, float, float]:
    """Slope and its standard error, and intercept, of the label on log-odds.

    The error allows for several rows of one subject (cluster sandwich, Liang and Zeger 1986).

    Raises:
        np.linalg.LinAlgError: as `logistic`.
    """
    design = np.column_stack([score, np.ones_like(score)])
    beta = logistic(design, label)
    p = sigmoid(design @ beta)
    bread = np.linalg.inv((design * (p * (1 - p))[:, None]).T @ design)
    _, cluster = np.unique(subject, return_inverse=True)
    pull = np.zeros((int(cluster.max()) + 1, 2))
    np.add.at(pull, cluster, design * (label - p)[:, None])
    variance = bread @ (pull.T @ pull) @ bread
    return float(beta[0]), float(np.sqrt(variance[0, 0])), float(beta[1])


def fit(raw: ArrayLike, label: ArrayLike, subject: NDArray[np.int64]) -> Platt:
    """The Platt scaling of out-of-fold probabilities, held near slope 1 as far as data leave it open.

    The slope is drawn towards 1 by its own uncertainty (empirical Bayes with `SLOPE_SPREAD`): with
    few events a fitted slope is mostly noise, and applying it would undo a good calibration.
    """
    score, y = logit(raw), np.asarray(label, dtype=np.float64)
    fitted, error, _ = slope(score, y, subject)
    trust = SLOPE_SPREAD**2 / (SLOPE_SPREAD**2 + error**2)
    held = 1 + trust * (fitted - 1)
    (intercept,) = logistic(np.ones((len(y), 1)), y, offset=held * score)
    return Platt(slope=held, intercept=float(intercept))


def apply(platt: Platt, raw: ArrayLike) -> NDArray[np.float64]:
    """Calibrated probability of raw ones."""
    return sigmoid(platt.slope * logit(raw) + platt.intercept)


def cumulative(hazard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of the event by the end of each step, from the hazards along the last axis."""
    return np.asarray(1 - np.cumprod(1 - hazard, axis=-1))
