"""The ONNX graph says what the booster says, and a graph that does not is refused."""

import lightgbm
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from models import calibration, export
from models.cohort import Table
from models.export import ParityError
from models.manifest import Platt
from models.registry import models
from models.training import Fitted, fit

SPEC = models()["type2_diabetes_2y"]


@pytest.fixture(scope="module")
def fitted(tables: dict[str, Table]) -> Fitted:
    return fit(SPEC, tables[SPEC.name], threads=1)


@pytest.fixture(scope="module")
def graph(fitted: Fitted) -> bytes:
    return export.to_onnx(fitted.booster, fitted.platt, len(SPEC.inputs))


def test_the_graph_agrees_on_real_missing_extreme_and_borderline_rows(graph: bytes, fitted: Fitted) -> None:
    assert export.parity(graph, fitted.booster, fitted.platt, fitted.held_out.x) < 1e-6


def test_the_graph_has_one_float32_output_of_one_number_a_row(graph: bytes, fitted: Fitted) -> None:
    model = onnx.load_from_string(graph)

    assert [o.name for o in model.graph.output] == ["probability"] and [
        i.name for i in model.graph.input
    ] == ["input"]
    for rows in (0, 1, 7):
        answer = export.run(graph, fitted.held_out.x[:rows])
        assert answer.shape == (rows,) and answer.dtype == np.float32


@pytest.mark.parametrize(
    "platt", [Platt(slope=1, intercept=0), Platt(slope=0.4, intercept=-3), Platt(slope=2.5, intercept=4)]
)
def test_the_calibration_nodes_compute_platt_scaling(fitted: Fitted, platt: Platt) -> None:
    x = np.concatenate([fitted.held_out.x, export.adversarial(fitted.held_out.x)])

    ours = export.run(export.to_onnx(fitted.booster, platt, len(SPEC.inputs)), x)

    raw = np.asarray(fitted.booster.predict(x))
    by_hand = 1 / (1 + np.exp(-(platt.slope * np.log(raw / (1 - raw)) + platt.intercept)))
    assert np.abs(ours - by_hand).max() < 2e-6
    assert np.abs(calibration.apply(platt, raw) - by_hand).max() < 1e-9


def broken(graph: bytes, name: str, value: float) -> bytes:
    model = onnx.load_from_string(graph)
    for constant in model.graph.initializer:
        if constant.name == name:
            constant.CopyFrom(numpy_helper.from_array(np.array(value, np.float64), name))
    return bytes(model.SerializeToString())


def test_a_graph_with_another_calibration_is_refused(graph: bytes, fitted: Fitted) -> None:
    for bad in (
        broken(graph, "platt_slope", fitted.platt.slope * 1.01),
        broken(graph, "platt_intercept", fitted.platt.intercept + 0.01),
        broken(graph, "platt_slope", float("nan")),
    ):
        with pytest.raises(ParityError):
            export.parity(bad, fitted.booster, fitted.platt, fitted.held_out.x)


def test_a_graph_of_another_booster_is_refused(fitted: Fitted) -> None:
    shorter = lightgbm.Booster(model_str=fitted.booster.model_to_string(num_iteration=fitted.rounds // 2))
    other = export.to_onnx(shorter, fitted.platt, len(SPEC.inputs))

    with pytest.raises(ParityError, match="not published"):
        export.parity(other, fitted.booster, fitted.platt, fitted.held_out.x)


def test_the_uncalibrated_booster_itself_is_refused(fitted: Fitted) -> None:
    plain = export.to_onnx(fitted.booster, Platt(slope=1, intercept=0), len(SPEC.inputs))

    with pytest.raises(ParityError):
        export.parity(plain, fitted.booster, fitted.platt, fitted.held_out.x)


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

    exact = export.single_precision(booster)

    assert np.array_equal(np.asarray(exact.predict(between)), np.asarray(booster.predict(between)))
    plain = Platt(slope=1, intercept=0)
    assert export.parity(export.to_onnx(booster, plain, 3), booster, plain, between) < 1e-6
