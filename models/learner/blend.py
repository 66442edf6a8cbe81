"""A weighted sum of scorers on the log-odds scale, weights never negative, chosen by cross-fitting.

(Stacking: Wolpert 1992, doi:10.1016/S0893-6080(05)80023-1; that weights should not be negative:
Breiman 1996, doi:10.1007/BF00117832.)
"""

from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from models.learner import newton
from models.learner.graph import Graph
from models.learner.learner import Floats, Part, Scorer
from models.learner.sample import Sample

NAME = "blend"
# Members say nearly the same, so that data alone do not tell their weights: they are drawn towards
# equal shares as if so much information said so.
PRIOR = 20.0


@dataclass(frozen=True)
class Weighted:
    """A part of a blend."""

    said: dict[str, object]
    trees: str | None


@dataclass(frozen=True)
class Blend:
    """base + Σ weight · score."""

    members: tuple[Scorer, ...]
    weights: tuple[float, ...]
    base: float

    def score(self, x: NDArray[np.float32]) -> Floats:
        """Log-odds [rows]."""
        pairs = zip(self.members, self.weights, strict=True)
        return np.asarray(self.base + sum(weight * member.score(x) for member, weight in pairs))

    def contributions(self, x: NDArray[np.float32]) -> Floats:
        """The members' contributions, weighed and summed."""
        pairs = zip(self.members, self.weights, strict=True)
        found = np.sum([weight * member.contributions(x) for member, weight in pairs], axis=0)
        found[:, -1] += self.base
        return np.asarray(found)

    def onnx(self, graph: Graph, x: str) -> str:
        """[rows]: all members in one graph."""
        total = graph.constant(self.base)
        for member, weight in zip(self.members, self.weights, strict=True):
            total = graph.add("Add", total, graph.add("Mul", member.onnx(graph, x), graph.constant(weight)))
        return total

    def parts(self) -> list[Part]:
        """Those of the members, each with its weight; and the base."""
        weighed = (
            Weighted({**part.said, "weight": weight}, part.trees)
            for member, weight in zip(self.members, self.weights, strict=True)
            for part in member.parts()
        )
        return [*chain(weighed, [Weighted({"kind": "constant", "value": self.base}, None)])]


def weights(scores: Floats, part: Sample) -> tuple[tuple[float, ...], float]:
    """Weights [members] and base of cross-fitted scores [rows, members], by logistic regression."""
    count = scores.shape[1]
    equal = np.full(count, 1 / count)
    design = np.column_stack([np.ones(len(scores)), scores])
    # Drawn towards equal shares: shift the origin there.
    likelihood = newton.Likelihood(design, part.y.astype(np.float64), part.weight)
    beta = np.append(0.0, equal)
    penalty = np.diag(np.append(0.0, np.full(count, PRIOR)))
    for _ in range(newton.STEPS):
        gradient, hessian = likelihood.derivatives(beta)
        gradient = gradient + penalty @ (beta - np.append(0.0, equal))
        held = (beta <= 0) & (gradient > 0)
        held[0] = False
        free = np.flatnonzero(~held)
        step = np.zeros(count + 1)
        step[free] = -np.linalg.solve((hessian + penalty)[np.ix_(free, free)], gradient[free])
        moved = beta + step
        moved[1:] = np.maximum(moved[1:], 0.0)
        done = np.abs(moved - beta).max() < 1e-9
        beta = moved
        if done:
            break
    return tuple(beta[1:].tolist()), float(beta[0])


def cross_fit(scores: Floats, part: Sample, fold: NDArray[np.int64]) -> Floats:
    """Scores of every row of a blend whose weights come from the other folds."""
    found = np.empty(len(scores))
    for number in np.unique(fold):
        outside = fold == number
        weight, base = weights(scores[~outside], part.rows(~outside))
        found[outside] = base + scores[outside] @ np.asarray(weight)
    return found
