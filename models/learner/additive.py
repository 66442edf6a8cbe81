"""The scorer of an additive model, on log-odds or on the log cumulative hazard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.learner.graph import Graph
from models.link import follow, log_odds_of_log_hazard
from models.terms import Terms

Floats = NDArray[np.float64]
Link = Literal["log_odds", "log_hazard"]


@dataclass(frozen=True)
class SplinePart:
    """Terms in the bundle."""

    said: Mapping[str, object]
    trees: None = None


@dataclass(frozen=True)
class Additive:
    """Terms and their scale."""

    terms: Terms
    link: Link

    def score(self, x: NDArray[np.float32]) -> Floats:
        """Log-odds [rows]."""
        total = self.terms.base + self.terms.of(x).sum(axis=1)
        return total if self.link == "log_odds" else log_odds_of_log_hazard(total)

    def contributions(self, x: NDArray[np.float32]) -> Floats:
        """[rows, inputs + 1]: the terms themselves, along the curve to log-odds if there is one."""
        found = self.terms.contributions(x)
        return found if self.link == "log_odds" else follow(found, log_odds_of_log_hazard)

    def onnx(self, graph: Graph, x: str) -> str:
        """[rows]."""
        t = self.terms
        gone = graph.add("IsNaN", x)
        filled = graph.add("Where", gone, graph.constant(t.center), x)
        held = graph.add("Max", graph.add("Min", filled, graph.constant(t.high)), graph.constant(t.low))
        u = graph.add("Div", graph.add("Sub", held, graph.constant(t.center)), graph.constant(t.scale))
        found = graph.add("Add", graph.add("Mul", u, graph.constant(t.slope)), graph.constant(t.shift))
        for knot, bend in zip(t.knots.T, t.bends.T, strict=True):
            over = graph.add("Max", graph.add("Sub", u, graph.constant(knot)), graph.constant(0.0))
            bent = graph.add("Mul", graph.add("Mul", over, over), graph.constant(bend))
            found = graph.add("Add", found, bent)
        total = graph.summed(graph.add("Where", gone, graph.constant(t.missing), found), axis=1)
        for column, levels in t.levels.items():
            own = graph.add("Gather", x, graph.constant(np.array([column])), axis=1)
            values = graph.constant(np.array([level for level, _ in levels]))
            same = graph.double(graph.add("Equal", own, values))
            worth = graph.constant(np.array([coefficient for _, coefficient in levels]))
            total = graph.add("Add", total, graph.add("MatMul", same, worth))
        total = graph.add("Add", total, graph.constant(t.base))
        if self.link == "log_odds":
            return total
        held = graph.add("Min", total, graph.constant(50.0))
        return graph.log_odds_of_hazard(graph.add("Exp", held))

    def parts(self) -> list[SplinePart]:
        """One."""
        return [SplinePart({"kind": "terms", "link": self.link, "terms": self.terms.dumped()})]
