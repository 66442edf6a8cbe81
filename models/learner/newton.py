"""Penalised likelihood by Newton's method, with coefficients that may not change their sign."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.link import sigmoid, softplus

Floats = NDArray[np.float64]
Family = Literal["logistic", "poisson"]
STEPS = 60
HALVINGS = 20
CLOSE = 1e-9  # of the objective, a row
FARTHEST = 30.0  # of a Poisson log mean


@dataclass(frozen=True)
class Likelihood:
    """Rows [rows, coefficients] whose first column is the intercept; y 0/1, or counts for Poisson."""

    z: Floats
    y: Floats
    weight: Floats
    offset: Floats | float = 0.0
    family: Family = "logistic"

    def loss(self, beta: Floats) -> float:
        """Negative log likelihood."""
        eta = self.z @ beta + self.offset
        if self.family == "logistic":
            return float(self.weight @ (softplus(eta) - self.y * eta))
        return float(self.weight @ (np.exp(np.minimum(eta, FARTHEST)) - self.y * eta))

    def derivatives(self, beta: Floats) -> tuple[Floats, Floats]:
        """Gradient and Hessian of `loss`."""
        eta = self.z @ beta + self.offset
        if self.family == "logistic":
            mean = sigmoid(eta)
            spread = mean * (1 - mean)
        else:
            mean = np.exp(np.minimum(eta, FARTHEST))
            spread = mean
        gradient = self.z.T @ (self.weight * (mean - self.y))
        return gradient, (self.z * (self.weight * spread)[:, None]).T @ self.z


def minimum(
    likelihood: Likelihood,
    penalty: Floats,
    sign: NDArray[np.int8],
    start: Floats | None = None,
    steps: int = STEPS,
) -> Floats:
    """Coefficients β of least loss + β'Pβ / 2, with sign·β ≥ 0 where a sign is given.

    Projected Newton (Bertsekas 1982, doi:10.1137/0320018): coefficients that are held at 0 by their
    sign leave the step, the others take it, and what oversteps is put back to 0.
    """
    beta = np.zeros(likelihood.z.shape[1]) if start is None else start.copy()

    def objective(b: Floats) -> float:
        return likelihood.loss(b) + 0.5 * float(b @ penalty @ b)

    now = objective(beta)
    enough = CLOSE * max(float(likelihood.weight.sum()), 1.0)
    for _ in range(steps):
        gradient, hessian = likelihood.derivatives(beta)
        gradient = gradient + penalty @ beta
        hessian = hessian + penalty
        held = (sign != 0) & (beta == 0) & (sign * gradient > 0)
        free = np.flatnonzero(~held)
        ridge = 1e-9 * float(np.trace(hessian)) / len(beta) * np.eye(len(free))
        step = np.zeros_like(beta)
        step[free] = -np.linalg.solve(hessian[np.ix_(free, free)] + ridge, gradient[free])
        length = 1.0
        for _ in range(HALVINGS):
            moved = beta + length * step
            moved[(sign != 0) & (sign * moved < 0)] = 0.0
            then = objective(moved)
            if then <= now:
                break
            length /= 2
        else:
            break
        gain, beta, now = now - then, moved, then
        if gain < enough:
            break
    return beta
