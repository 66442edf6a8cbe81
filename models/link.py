"""Between scales: log-odds, probability, log cumulative hazard; and how contributions follow a curve.

Light on purpose (numpy alone): serving explains with it.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
CLIP = 1e-7  # float32 cannot tell probabilities nearer to 0 and 1 apart
NEAR = 1e-6  # two scores nearer than this are one point of a curve


def logit(probability: ArrayLike) -> Floats:
    """Log-odds, with probabilities held within [CLIP, 1 - CLIP]."""
    p = np.clip(np.asarray(probability, dtype=np.float64), CLIP, 1 - CLIP)
    return np.asarray(np.log(p) - np.log1p(-p))


def sigmoid(score: ArrayLike) -> Floats:
    """Probability of log-odds, without overflow."""
    x = np.asarray(score, dtype=np.float64)
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1 / (1 + e), e / (1 + e)))


def softplus(score: ArrayLike) -> Floats:
    """log(1 + e^x), without overflow: the cumulative hazard of a step whose log-odds are x."""
    x = np.asarray(score, dtype=np.float64)
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


def log_odds_of_hazard(hazard: ArrayLike) -> Floats:
    """Log-odds of an event whose cumulative hazard is H > 0: logit(1 - e^-H) = log(e^H - 1)."""
    h = np.maximum(np.asarray(hazard, dtype=np.float64), CLIP)
    return np.asarray(h + np.log(-np.expm1(-h)))


def log_odds_of_log_hazard(score: ArrayLike) -> Floats:
    """The same of log H, as a proportional hazards model gives it."""
    return log_odds_of_hazard(np.exp(np.minimum(np.asarray(score, dtype=np.float64), 50.0)))


def follow(contributions: Floats, curve: Callable[[Floats], Floats]) -> Floats:
    """Contributions [rows, features + 1] that add up to `curve` of what they added up to before.

    The last column is the base. Each contribution is scaled by the mean slope of the curve between
    the base and the row: the Aumann-Shapley value of a curve over a sum (Aumann and Shapley 1974;
    Sundararajan et al. 2017, arXiv:1703.01365), so the order and the signs stay, and the sum is exact.
    """
    base, total = contributions[:, -1], contributions.sum(axis=1)
    there, here = curve(total), curve(base)
    apart = np.abs(total - base) > NEAR
    around = (curve(base + NEAR) - curve(base - NEAR)) / (2 * NEAR)
    slope = np.where(apart, (there - here) / np.where(apart, total - base, 1.0), around)
    found = contributions * slope[:, None]
    found[:, -1] = there - found[:, :-1].sum(axis=1)
    return found


NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)  # of the path from the base to a row


def hazard_contributions(shap: Floats) -> Floats:
    """From the steps of a discrete-time hazard to the event: [rows, inputs + 1] of its log-odds.

    `shap` [rows, steps, inputs + step + base], log-odds of each step. The value of each step moves
    in a straight line from its base (with what the step itself adds) to the row, and a feature gets
    its share of every move (Aumann and Shapley, as `follow`). The last column is the base.
    """
    own, base = shap[:, :, :-2], shap[:, :, -2] + shap[:, :, -1]
    move = own.sum(axis=2)
    weight = np.zeros_like(move)
    for node, share in zip((NODES + 1) / 2, WEIGHTS / 2, strict=True):
        odds = base + node * move
        total = softplus(odds).sum(axis=1)
        weight += share * sigmoid(odds) / -np.expm1(-total)[:, None]
    found = np.einsum("rs,rsi->ri", weight, own)
    end = log_odds_of_hazard(softplus(base + move).sum(axis=1))
    return np.column_stack([found, end - found.sum(axis=1)])
