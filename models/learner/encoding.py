"""Names as amounts for trees: a level becomes its own log-odds, drawn towards those of all rows.

Trees then split between levels of higher and lower risk, as LightGBM's own splits of categories do
node by node, and the graph needs no sets of levels. (Micci-Barreca 2001, doi:10.1145/507533.507538.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.learner.graph import Graph
from models.learner.sample import Sample, Shape
from models.terms import Levels

Floats = NDArray[np.float64]
PRIOR = 50.0  # rows of average risk that every level is given


@dataclass(frozen=True)
class Encoding:
    """Column → (level, its log-odds against the average); what is not named, or missing, is 0."""

    levels: dict[int, Levels]

    def of(self, x: NDArray[np.float32]) -> Floats:
        """float64 [rows, inputs], names replaced."""
        found = x.astype(np.float64)
        for column, levels in self.levels.items():
            named = np.zeros(len(x))
            for level, worth in levels:
                named[x[:, column] == level] = worth
            found[:, column] = named
        return found

    def onnx(self, graph: Graph, x: str, width: int) -> str:
        """The same as nodes."""
        if not self.levels:
            return x
        named = np.zeros(width, np.bool_)
        named[list(self.levels)] = True
        total = graph.constant(np.zeros((1, width)))
        for column, levels in self.levels.items():
            own = graph.add("Gather", x, graph.constant(np.array([column])), axis=1)
            same = graph.double(graph.add("Equal", own, graph.constant(np.array([v for v, _ in levels]))))
            worth = np.zeros((len(levels), width))
            worth[:, column] = [w for _, w in levels]
            total = graph.add("Add", total, graph.add("MatMul", same, graph.constant(worth)))
        mask = graph.add("Greater", graph.constant(named.astype(np.float64)), graph.constant(0.5))
        return graph.add("Where", mask, total, x)


def encoding(shape: Shape, part: Sample) -> Encoding:
    """Learn the levels of the columns that hold names."""
    rate = float(np.average(part.y, weights=part.weight))
    found: dict[int, Levels] = {}
    for column in shape.categorical:
        value = part.x[:, column]
        level, own = np.unique(value[~np.isnan(value)], return_inverse=True)
        seen = ~np.isnan(value)
        total = np.bincount(own, weights=part.weight[seen], minlength=len(level))
        events = np.bincount(own, weights=(part.weight * part.y)[seen], minlength=len(level))
        share = (events + PRIOR * rate) / (total + PRIOR)
        worth = np.log(share / (1 - share)) - np.log(rate / (1 - rate))
        found[column] = tuple(zip(level.astype(np.float64).tolist(), worth.tolist(), strict=True))
    return Encoding(found)
