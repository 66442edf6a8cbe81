"""From a booster and its calibration to one ONNX graph, and the gate that no wrong graph passes."""

import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models import calibration
from models.manifest import Platt

if TYPE_CHECKING:
    import lightgbm

INPUT = "input"
OUTPUT = "probability"
TOLERANCE = 1e-5
OPSET = 15
ADVERSARIAL_ROWS = 2_000


class ParityError(RuntimeError):
    """The exported graph does not say what the trained model says; it must not be served."""


def to_onnx(booster: "lightgbm.Booster", platt: Platt, inputs: int) -> bytes:
    """The booster as ONNX, with the calibration appended by hand: skl2onnx exports calibrated
    LightGBM models silently wrong (probabilities off by up to 0.47).

    Graph: `input` float32 [rows, inputs], NaN missing → `probability` float32 [rows].
    """
    import onnx
    from onnx import TensorProto, helper
    from onnxmltools import convert_lightgbm  # type: ignore[import-untyped] # ships no types
    from onnxmltools.convert.common.data_types import FloatTensorType  # type: ignore[import-untyped] # as above

    model = convert_lightgbm(
        single_precision(booster),
        initial_types=[(INPUT, FloatTensorType([None, inputs]))],
        zipmap=False,
        target_opset=OPSET,
    )
    raw = next(o.name for o in model.graph.output if o.name != "label")
    double = TensorProto.DOUBLE
    constants = {
        "platt_one": np.array(1, np.int64),
        "platt_low": np.array(calibration.CLIP, np.float64),
        "platt_high": np.array(1 - calibration.CLIP, np.float64),
        "platt_unit": np.array(1, np.float64),
        "platt_slope": np.array(platt.slope, np.float64),
        "platt_intercept": np.array(platt.intercept, np.float64),
    }
    # In double throughout: a float32 log-odds near 0 or 1 would cost the parity. Max and Min, not Clip:
    # the converter declares the lowest opset that its own nodes need, where Clip takes no inputs.
    nodes = [
        helper.make_node("Gather", [raw, "platt_one"], ["platt_event"], axis=1),
        helper.make_node("Cast", ["platt_event"], ["platt_double"], to=double),
        helper.make_node("Max", ["platt_double", "platt_low"], ["platt_raised"]),
        helper.make_node("Min", ["platt_raised", "platt_high"], ["platt_p"]),
        helper.make_node("Sub", ["platt_unit", "platt_p"], ["platt_q"]),
        helper.make_node("Div", ["platt_p", "platt_q"], ["platt_odds"]),
        helper.make_node("Log", ["platt_odds"], ["platt_logit"]),
        helper.make_node("Mul", ["platt_logit", "platt_slope"], ["platt_scaled"]),
        helper.make_node("Add", ["platt_scaled", "platt_intercept"], ["platt_score"]),
        helper.make_node("Sigmoid", ["platt_score"], ["platt_probability"]),
        helper.make_node("Cast", ["platt_probability"], [OUTPUT], to=TensorProto.FLOAT),
    ]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(onnx.numpy_helper.from_array(v, k) for k, v in constants.items())
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None]))
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def single_precision(booster: "lightgbm.Booster") -> "lightgbm.Booster":
    """The same booster with each split at the largest float32 that is not above it.

    The graph keeps splits as float32, rounded to nearest. Laboratory values have one or two decimals,
    so a value seen later often lies exactly between two that were seen in training, where rounding up
    sends it to the other side. For float32 inputs the lowered split decides every row as before.
    """
    import lightgbm

    def lowered(line: re.Match[str]) -> str:
        splits = np.array(line[1].split(), np.float64)
        single = splits.astype(np.float32)
        above = single.astype(np.float64) > splits
        single[above] = np.nextafter(single[above], np.float32(-np.inf))
        return "threshold=" + " ".join(repr(float(split)) for split in single)

    text = re.sub(r"(?m)^threshold=(.*)$", lowered, booster.model_to_string())
    # Sizes of the trees in bytes, which no longer hold; without them the text is read in order.
    return lightgbm.Booster(model_str=re.sub(r"(?m)^tree_sizes=.*$", "", text))


def run(graph: bytes, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of the graph, by ONNX Runtime with one thread, as serving runs it."""
    import onnxruntime  # type: ignore[import-untyped] # ships no types

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # the converter gives `label` a fixed shape, of which the runtime warns
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    (probability,) = session.run([OUTPUT], {INPUT: x})
    return np.asarray(probability)


def adversarial(x: NDArray[np.float32], rows: int = ADVERSARIAL_ROWS) -> NDArray[np.float32]:
    """Rows that training never saw: everything missing, extremes, columns shuffled apart, steps
    just beside real values. No row is a subject's: every column is drawn on its own."""
    rng = np.random.default_rng(1)
    drawn = np.column_stack([rng.choice(column, rows) for column in x.T]).astype(np.float32)
    lower = np.nextafter(drawn, np.float32(-np.inf))
    drawn = np.where(rng.random(drawn.shape) < 0.2, lower, drawn)
    drawn = np.where(rng.random(drawn.shape) < 0.1, np.float32(np.nan), drawn)
    wild = np.array([0, -1, 1e-30, 1e6, -1e6, 3e38, -3e38, np.inf, -np.inf], np.float32)
    drawn = np.where(rng.random(drawn.shape) < 0.05, rng.choice(wild, drawn.shape), drawn)
    same = np.repeat(np.append(wild, np.float32(np.nan))[:, None], x.shape[1], axis=1)
    return np.concatenate([same, drawn]).astype(np.float32)


def parity(graph: bytes, booster: "lightgbm.Booster", platt: Platt, x: NDArray[np.float32]) -> float:
    """Largest difference between the graph and the calibrated booster on these rows and adversarial ones.

    Raises:
        ParityError: it is over 1e-5, or the graph answers with a wrong shape or with NaN.
    """
    rows = np.concatenate([x, adversarial(x)])
    ours = calibration.apply(platt, booster.predict(rows, num_threads=1))
    theirs = run(graph, rows)
    if theirs.shape != ours.shape or theirs.dtype != np.float32 or not np.isfinite(theirs).all():
        raise ParityError(f"the exported graph answers {theirs.dtype} {theirs.shape}, or not a number")
    difference = np.abs(ours - theirs)
    worst = float(difference.max())
    if worst > TOLERANCE:
        raise ParityError(
            f"the exported graph differs from the trained model by up to {worst:.2g} "
            f"({int((difference > TOLERANCE).sum())} of {len(rows)} rows over {TOLERANCE:g}): not published"
        )
    return worst
