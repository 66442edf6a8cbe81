"""From a fitted model and its calibration to one ONNX graph, and the gate that no wrong graph passes."""

import numpy as np
from numpy.typing import NDArray

from models import calibration
from models.learner.graph import INPUT, OUTPUT, Graph
from models.learner.learner import Scorer, Scores
from models.manifest import Beta, Calibration, Isotonic, Platt

TOLERANCE = 1e-5
ADVERSARIAL_ROWS = 10_000


class ParityError(RuntimeError):
    """The exported graph does not say what the trained model says; it must not be served."""


def to_onnx(scorer: Scorer, how: Calibration, inputs: int) -> bytes:
    """The model as ONNX, node by node, with the calibration appended by hand: converters export
    calibrated LightGBM models silently wrong (probabilities off by up to 0.47).

    Graph: `input` float32 [rows, inputs], NaN missing → `probability` float32 [rows].
    """
    graph = Graph()
    return graph.made(_calibrated(graph, scorer.onnx(graph, "x"), how), inputs)


def _calibrated(graph: Graph, score: str, how: Calibration) -> str:
    """Nodes of models.manifest's `of`."""
    match how:
        case Platt():
            scaled = graph.add("Mul", score, graph.constant(how.slope, "platt_slope"))
            return graph.add("Add", scaled, graph.constant(how.intercept, "platt_intercept"))
        case Beta():
            other = graph.softplus(score)  # -ln(1 - p)
            own = graph.add("Sub", score, other)  # ln p
            low = graph.add("Mul", own, graph.constant(how.a, "beta_a"))
            high = graph.add("Mul", other, graph.constant(how.b, "beta_b"))
            return graph.add("Add", graph.add("Add", low, high), graph.constant(how.c, "beta_c"))
        case Isotonic():
            # Each piece adds its rise over the part of it that lies below the score.
            at, to = np.array(how.score), np.array(how.log_odds)
            column = graph.add("Unsqueeze", score, graph.constant(np.array([1])))
            into = graph.add("Sub", column, graph.constant(at[:-1], "isotonic_score"))
            some = graph.add("Max", into, graph.constant(0.0))
            held = graph.add("Min", some, graph.constant(np.diff(at)))
            rise = graph.constant(np.diff(to) / np.diff(at), "isotonic_rise")
            return graph.add("Add", graph.add("MatMul", held, rise), graph.constant(to[0], "isotonic_first"))


def run(graph: bytes, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of the graph, by ONNX Runtime with one thread, as serving runs it."""
    import onnxruntime  # type: ignore[import-untyped] # ships no types

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    (probability,) = session.run([OUTPUT], {INPUT: x})
    return np.asarray(probability)


def adversarial(x: NDArray[np.float32], rows: int = ADVERSARIAL_ROWS) -> NDArray[np.float32]:
    """Rows that training never saw: everything missing, extremes, names that no row had, columns
    shuffled apart, steps just beside real values. No row is a subject's: every column is drawn on its own."""
    rng = np.random.default_rng(1)
    wild = np.array([0, -1, 1e-30, 1e6, -1e6, 3e38, -3e38, np.inf, -np.inf], np.float32)
    same = np.repeat(np.append(wild, np.float32(np.nan))[:, None], x.shape[1], axis=1)
    drawn = np.column_stack([rng.choice(column, rows - len(same)) for column in x.T]).astype(np.float32)
    lower = np.nextafter(drawn, np.float32(-np.inf))
    drawn = np.where(rng.random(drawn.shape) < 0.2, lower, drawn)
    drawn = np.where(rng.random(drawn.shape) < 0.1, np.float32(np.nan), drawn)
    drawn = np.where(rng.random(drawn.shape) < 0.05, rng.choice(wild, drawn.shape), drawn)
    return np.concatenate([same, drawn]).astype(np.float32)


def parity(graph: bytes, scorer: Scores, how: Calibration, x: NDArray[np.float32]) -> float:
    """Largest difference between the graph and the calibrated model on these rows and adversarial ones.

    Raises:
        ParityError: it is over 1e-5, or the graph answers with a wrong shape or with NaN.
    """
    rows = np.concatenate([x, adversarial(x)])
    ours = calibration.apply(how, scorer.score(rows))
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
