"""The graph says what the fitted model says, and a graph that does not is refused."""

import lightgbm
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from models import calibration, export
from models.cohort import Table
from models.export import ParityError
from models.learner import boosted
from models.learner.trees import Trees
from models.manifest import Beta, Calibration, Isotonic, Platt
from models.registry import models
from models.training import Fitted, sample, shape

SPEC = models()["type2_diabetes_2y"]
PLAIN = Platt(slope=1, intercept=0)


@pytest.fixture(scope="module")
def trees(tables: dict[str, Table]) -> Trees:
    seen = sample(SPEC, tables[SPEC.name].rows)
    return boosted.fit(shape(SPEC), seen, {**boosted.SHAPES[1], "rounds": 150}, 1)


@pytest.fixture(scope="module")
def graph(fitted: Fitted) -> bytes:
    return export.to_onnx(fitted.scorer, fitted.calibration, len(SPEC.inputs))


def test_the_graph_agrees_on_real_missing_extreme_and_borderline_rows(
    graph: bytes, fitted: Fitted, trees: Trees
) -> None:
    assert export.parity(graph, fitted.scorer, fitted.calibration, fitted.held_out.x) < 1e-6
    assert export.parity(export.to_onnx(trees, PLAIN, 26), trees, PLAIN, fitted.held_out.x) < 1e-6
    assert len(export.adversarial(fitted.held_out.x)) >= 10_000


def test_the_graph_has_one_float32_output_of_one_number_a_row(graph: bytes, fitted: Fitted) -> None:
    model = onnx.load_from_string(graph)

    assert [o.name for o in model.graph.output] == ["probability"] and [
        i.name for i in model.graph.input
    ] == ["input"]
    for rows in (0, 1, 7):
        answer = export.run(graph, fitted.held_out.x[:rows])
        assert answer.shape == (rows,) and answer.dtype == np.float32


@pytest.mark.parametrize(
    "how",
    [
        PLAIN,
        Platt(slope=0.4, intercept=-3),
        Platt(slope=2.5, intercept=4),
        Beta(a=0.6, b=1.7, c=-0.3),
        Isotonic(score=(-3.0, -1.5, -1.0), log_odds=(-4.0, -1.0, -1.0)),
    ],
)
def test_the_calibration_nodes_compute_what_the_manifest_says(
    fitted: Fitted, trees: Trees, how: Calibration
) -> None:
    x = np.concatenate([fitted.held_out.x, export.adversarial(fitted.held_out.x)])

    ours = export.run(export.to_onnx(trees, how, len(SPEC.inputs)), x)

    score = np.asarray(trees.booster.predict(x, raw_score=True))
    p = 1 / (1 + np.exp(-score))
    match how:
        case Platt():
            by_hand = how.slope * score + how.intercept
        case Beta():
            by_hand = how.a * np.log(p) - how.b * np.log(1 - p) + how.c
        case Isotonic():
            by_hand = np.interp(score, how.score, how.log_odds)
    assert np.abs(ours - 1 / (1 + np.exp(-by_hand))).max() < 2e-6
    assert np.abs(calibration.apply(how, score) - 1 / (1 + np.exp(-by_hand))).max() < 1e-9


def broken(graph: bytes, name: str, value: float) -> bytes:
    model = onnx.load_from_string(graph)
    (constant,) = [c for c in model.graph.initializer if c.name == name]
    constant.CopyFrom(numpy_helper.from_array(np.array(value, np.float64), name))
    return bytes(model.SerializeToString())


def test_a_graph_with_another_calibration_is_refused(trees: Trees, fitted: Fitted) -> None:
    how = Platt(slope=0.9, intercept=-0.2)
    good = export.to_onnx(trees, how, len(SPEC.inputs))

    for name, value in (("platt_slope", 0.91), ("platt_intercept", -0.21), ("platt_slope", float("nan"))):
        with pytest.raises(ParityError):
            export.parity(broken(good, name, value), trees, how, fitted.held_out.x)


def test_a_graph_of_another_booster_is_refused(trees: Trees, fitted: Fitted) -> None:
    shorter = Trees(lightgbm.Booster(model_str=trees.booster.model_to_string(num_iteration=75)))
    other = export.to_onnx(shorter, PLAIN, len(SPEC.inputs))

    with pytest.raises(ParityError, match="not published"):
        export.parity(other, trees, PLAIN, fitted.held_out.x)


# skl2onnx and onnxmltools on newer versions of what they stand on: their affair, not this test's.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_a_model_calibrated_through_skl2onnx_is_refused(fitted: Fitted, tables: dict[str, Table]) -> None:
    """The usual way to export a calibrated LightGBM model answers wrongly, and says nothing of it."""
    from lightgbm import LGBMClassifier
    from onnxmltools.convert.lightgbm.operator_converters.LightGbm import (  # type: ignore[import-untyped] # ships no types
        convert_lightgbm,
    )
    from skl2onnx import convert_sklearn, update_registered_converter  # type: ignore[import-untyped] # as above
    from skl2onnx.common.data_types import FloatTensorType  # type: ignore[import-untyped] # as above
    from skl2onnx.common.shape_calculator import (  # type: ignore[import-untyped] # as above
        calculate_linear_classifier_output_shapes,
    )
    from sklearn.calibration import CalibratedClassifierCV  # type: ignore[import-untyped] # as above

    seen = sample(SPEC, tables[SPEC.name].rows)
    learner = LGBMClassifier(n_estimators=60, num_leaves=8, verbose=-1, n_jobs=1, random_state=1)
    model = CalibratedClassifierCV(learner, method="isotonic", cv=3).fit(seen.x, seen.y)
    update_registered_converter(
        LGBMClassifier,
        "LightGbmLGBMClassifier",
        calculate_linear_classifier_output_shapes,
        convert_lightgbm,
        options={"nocl": [True, False], "zipmap": [True, False, "columns"]},
    )
    exported = convert_sklearn(
        model,
        initial_types=[("input", FloatTensorType([None, len(SPEC.inputs)]))],
        options={id(model): {"zipmap": False}},
        target_opset={"": 15, "ai.onnx.ml": 3},
    )
    graph = event_alone(exported)

    with pytest.raises(ParityError, match="differs from the trained model by up to"):
        export.parity(graph, Calibrated(model), PLAIN, fitted.held_out.x)


def event_alone(model: onnx.ModelProto) -> bytes:
    """The graph with one output, the probability of the event, as ours have."""
    name = next(o.name for o in model.graph.output if "prob" in o.name)
    one = numpy_helper.from_array(np.array(1, np.int64), "one")
    model.graph.initializer.append(one)
    model.graph.node.append(onnx.helper.make_node("Gather", [name, "one"], ["probability"], axis=1))
    del model.graph.output[:]
    model.graph.output.append(
        onnx.helper.make_tensor_value_info("probability", onnx.TensorProto.FLOAT, [None])
    )
    return bytes(model.SerializeToString())


class Calibrated:
    """scikit-learn's calibrated classifier as a scorer."""

    def __init__(self, model: object) -> None:
        self._model = model

    def score(self, x: np.ndarray) -> np.ndarray:
        wild = np.clip(x, -3e38, 3e38)  # scikit-learn takes no infinity
        return calibration.logit(self._model.predict_proba(wild)[:, 1])  # type: ignore[attr-defined] # untyped


def test_adversarial_rows_hold_what_breaks_exports_and_no_subject(fitted: Fitted) -> None:
    rows = export.adversarial(fitted.held_out.x)

    assert np.isnan(rows).any() and np.isinf(rows).any() and np.isnan(rows).all(axis=1).any()
    assert rows.dtype == np.float32 and (rows == export.adversarial(fitted.held_out.x))[~np.isnan(rows)].all()
    real = {row.tobytes() for row in fitted.held_out.x}
    assert not any(row.tobytes() in real for row in rows)


def test_a_value_exactly_between_two_of_training_goes_the_same_way() -> None:
    rng = np.random.default_rng(3)
    tenths = rng.integers(30, 90, (4_000, 3)) * 2 / 10  # 6.0, 6.2 …: the odd tenths come later
    label = (tenths.sum(axis=1) + rng.normal(0, 2, 4_000) > 36).astype(np.int8)
    booster = lightgbm.train(
        {"objective": "binary", "num_leaves": 31, "verbose": -1},
        lightgbm.Dataset(tenths.astype(np.float32), label),
        num_boost_round=50,
    )
    between = (rng.integers(60, 180, (4_000, 3)) / 10).astype(np.float32)

    trees = Trees(booster)
    assert export.parity(export.to_onnx(trees, PLAIN, 3), trees, PLAIN, between) < 1e-6
