"""ONNX nodes one after another: a graph is written by hand, so that what it computes is known."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

INPUT = "input"
OUTPUT = "probability"
OPSET, ML_OPSET, IR = 15, 3, 8


class Graph:
    """Nodes and constants under way. Everything between input and output is float64."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def constant(self, value: ArrayLike, name: str = "") -> str:
        """A constant: whole numbers int64, all else float64."""
        from onnx import numpy_helper

        array = np.asarray(value)
        array = array.astype(np.int64 if array.dtype.kind in "iu" else np.float64)
        name = name or f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, operation: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """A node with one output, whose name is returned."""
        from onnx import helper

        name = f"{operation.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operation, list(inputs), [name], domain=domain, **attributes))
        return name

    def double(self, name: str) -> str:
        """As float64."""
        from onnx import TensorProto

        return self.add("Cast", name, to=TensorProto.DOUBLE)

    def flat(self, name: str) -> str:
        """As [rows]."""
        return self.add("Reshape", name, self.constant(np.array([-1])))

    def summed(self, name: str, axis: int) -> str:
        """Without the axis."""
        return self.add("ReduceSum", name, self.constant(np.array([axis])), keepdims=0)

    def softplus(self, name: str) -> str:
        """log(1 + e^x), without overflow."""
        near = self.add("Exp", self.add("Neg", self.add("Abs", name)))
        log = self.add("Log", self.add("Add", near, self.constant(1.0)))
        return self.add("Add", self.add("Max", name, self.constant(0.0)), log)

    def log_odds_of_hazard(self, name: str) -> str:
        """log(e^H - 1), as models.link says it."""
        from models.link import CLIP

        hazard = self.add("Max", name, self.constant(CLIP))
        survival = self.add("Exp", self.add("Neg", hazard))
        event = self.add("Log", self.add("Sub", self.constant(1.0), survival))
        return self.add("Add", hazard, event)

    def made(self, score: str, width: int) -> bytes:
        """The model: `input` float32 [rows, width] → `probability` float32 [rows] = sigmoid(score)."""
        import onnx
        from onnx import TensorProto, helper

        self._nodes.insert(0, helper.make_node("Cast", [INPUT], ["x"], to=TensorProto.DOUBLE))
        probability = self.add("Sigmoid", score)
        self._nodes.append(helper.make_node("Cast", [probability], [OUTPUT], to=TensorProto.FLOAT))
        graph = helper.make_graph(
            self._nodes,
            "model",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, width])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None])],
            self._constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="smartclinic")
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())
