"""From a booster's raw probability to a calibrated one: Platt scaling on the log-odds."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.manifest import Platt

CLIP = 1e-7  # float32 cannot tell probabilities nearer to 0 and 1 apart; the ONNX nodes clip alike


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


def fit(raw: ArrayLike, label: ArrayLike) -> Platt:
    """The Platt scaling that makes raw probabilities fit the labels best."""
    score = logit(raw)
    design = np.column_stack([score, np.ones_like(score)])
    slope, intercept = logistic(design, np.asarray(label, dtype=np.float64))
    return Platt(slope=float(slope), intercept=float(intercept))


def apply(platt: Platt, raw: ArrayLike) -> NDArray[np.float64]:
    """Calibrated probability of raw ones."""
    return sigmoid(platt.slope * logit(raw) + platt.intercept)


def cumulative(hazard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of the event by the end of each step, from the hazards along the last axis."""
    return np.asarray(1 - np.cumprod(1 - hazard, axis=-1))
