"""The scorer of LightGBM's trees, and the trees as an ONNX node written by hand.

In float64 throughout: splits are compared as LightGBM compares them, so that no value falls on the
other side of a split (converters keep splits as float32, rounded to nearest).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.learner.encoding import Encoding
from models.learner.graph import Graph

if TYPE_CHECKING:
    import lightgbm

Floats = NDArray[np.float64]
ENDLESS = 1e300  # as LightGBM writes an infinite threshold, which parts missing values from all others


@dataclass(frozen=True)
class TreePart:
    """Trees in the bundle, as LightGBM writes them."""

    said: Mapping[str, object]
    trees: str


@dataclass(frozen=True)
class Trees:
    """A booster of log-odds, behind the encoding of its names."""

    booster: "lightgbm.Booster"
    encoding: Encoding = field(default_factory=lambda: Encoding({}))

    def score(self, x: NDArray[np.float32], rounds: int | None = None) -> Floats:
        """Log-odds [rows], of the first `rounds` trees if said."""
        if not len(x):
            return np.zeros(0)
        found = self.booster.predict(
            self.encoding.of(x), raw_score=True, num_iteration=rounds or -1, num_threads=1
        )
        return np.asarray(found, np.float64)

    def contributions(self, x: NDArray[np.float32]) -> Floats:
        """[rows, inputs + 1], by LightGBM's own TreeSHAP."""
        if not len(x):
            return np.zeros((0, self.booster.num_feature() + 1))
        found = self.booster.predict(self.encoding.of(x), pred_contrib=True, num_threads=1)
        return np.asarray(found, np.float64)

    def onnx(self, graph: Graph, x: str) -> str:
        """[rows]."""
        return ensemble(graph, self.booster, self.encoding.onnx(graph, x, self.booster.num_feature()))

    def parts(self) -> list[TreePart]:
        """One."""
        levels = {str(c): [list(pair) for pair in pairs] for c, pairs in self.encoding.levels.items()}
        return [TreePart({"kind": "trees", "levels": levels}, self.booster.model_to_string())]


def ensemble(graph: Graph, booster: "lightgbm.Booster", x: str) -> str:
    """A node that sums up the leaves of a row: float64 [rows]."""
    from onnx import numpy_helper

    nodes: dict[str, list[Any]] = {name: [] for name in ("treeids", "nodeids", "featureids", "modes", "values",
                                                         "truenodeids", "falsenodeids", "missing")}  # fmt: skip
    leaves: dict[str, list[Any]] = {"treeids": [], "nodeids": [], "weights": []}
    for number, tree in enumerate(booster.dump_model()["tree_info"]):
        for place, node, yes, no in _walk(tree["tree_structure"]):
            if yes is None:
                leaves["treeids"].append(number)
                leaves["nodeids"].append(place)
                leaves["weights"].append(float(node["leaf_value"]))
            told = _split(node) if yes is not None else (0, "LEAF", 0.0, 0)
            for name, value in zip(("featureids", "modes", "values", "missing"), told, strict=True):
                nodes[name].append(value)
            nodes["treeids"].append(number)
            nodes["nodeids"].append(place)
            nodes["truenodeids"].append(yes or 0)
            nodes["falsenodeids"].append(no or 0)
    found = graph.add(
        "TreeEnsembleRegressor",
        x,
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        nodes_treeids=nodes["treeids"],
        nodes_nodeids=nodes["nodeids"],
        nodes_featureids=nodes["featureids"],
        nodes_modes=nodes["modes"],
        nodes_values_as_tensor=numpy_helper.from_array(np.array(nodes["values"], np.float64)),
        nodes_truenodeids=nodes["truenodeids"],
        nodes_falsenodeids=nodes["falsenodeids"],
        nodes_missing_value_tracks_true=nodes["missing"],
        target_treeids=leaves["treeids"],
        target_nodeids=leaves["nodeids"],
        target_ids=[0] * len(leaves["weights"]),
        target_weights_as_tensor=numpy_helper.from_array(np.array(leaves["weights"], np.float64)),
    )
    return graph.flat(graph.double(found))


def _split(node: Mapping[str, Any]) -> tuple[int, str, float, int]:
    """Feature, comparison, threshold, and whether a missing value goes where the comparison holds."""
    if node["decision_type"] != "<=":
        raise ValueError(f"a split by {node['decision_type']!r} is none that training makes")
    threshold = float(node["threshold"])
    if abs(threshold) >= ENDLESS:
        threshold = float(np.copysign(np.inf, threshold))
    # Where training saw no missing value, LightGBM takes a missing one for 0.
    missing = threshold >= 0.0 if node["missing_type"] == "None" else bool(node["default_left"])
    return int(node["split_feature"]), "BRANCH_LEQ", threshold, int(missing)


def _walk(root: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any], int | None, int | None]]:
    """Every node with its number and those of its children (none of a leaf), parents first."""
    waiting, count = [(0, root)], 1
    while waiting:
        place, node = waiting.pop()
        if "split_feature" not in node:
            yield place, node, None, None
            continue
        yield place, node, count, count + 1
        waiting += [(count + 1, node["right_child"]), (count, node["left_child"])]
        count += 2
