"""The figures against scikit-learn, and what they say where the truth is known."""

from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics  # type: ignore[import-untyped] # ships no types

from models.calibration import logit, sigmoid
from models.evaluation import auroc, average_precision, calibration_plot, evaluate

RNG = np.random.default_rng(5)
TRUTH = sigmoid(RNG.normal(-2.5, 1.2, 20_000))
LABEL = (RNG.random(TRUTH.size) < TRUTH).astype(np.int8)
SUBJECT = np.arange(TRUTH.size)


@pytest.mark.parametrize("digits", [1, 2, 12])
def test_discrimination_agrees_with_scikit_learn_ties_included(digits: int) -> None:
    p = TRUTH.round(digits)

    assert auroc(LABEL, p) == pytest.approx(metrics.roc_auc_score(LABEL, p), abs=1e-12)
    assert average_precision(LABEL, p) == pytest.approx(metrics.average_precision_score(LABEL, p), abs=1e-12)


def test_true_probabilities_are_well_calibrated() -> None:
    found = evaluate(LABEL, TRUTH, SUBJECT)

    assert found.brier == pytest.approx(metrics.brier_score_loss(LABEL, TRUTH))
    assert found.calibration_slope == pytest.approx(1, abs=3 * found.calibration_slope_se)
    assert found.calibration_in_the_large == pytest.approx(0, abs=0.1)
    assert 0.01 < found.calibration_slope_se < 0.05
    assert set(found.metrics()) >= {"auroc", "calibration_slope", "calibration_in_the_large"}


def test_overconfident_and_shifted_probabilities_are_told_apart() -> None:
    overconfident = evaluate(LABEL, sigmoid(2 * logit(TRUTH) + 2.5), SUBJECT)
    shifted = evaluate(LABEL, sigmoid(logit(TRUTH) + 1), SUBJECT)

    assert overconfident.calibration_slope == pytest.approx(0.5, abs=0.05)
    assert shifted.calibration_slope == pytest.approx(1, abs=0.1)
    assert shifted.calibration_in_the_large == pytest.approx(-1, abs=0.1)


def test_ten_rows_of_one_subject_do_not_make_the_slope_surer() -> None:
    once = evaluate(LABEL, TRUTH, SUBJECT)
    tenfold = evaluate(np.tile(LABEL, 10), np.tile(TRUTH, 10), np.tile(SUBJECT, 10))

    assert tenfold.calibration_slope_se == pytest.approx(once.calibration_slope_se, rel=1e-6)


def test_the_standard_error_is_the_spread_of_the_slope() -> None:
    slopes = []
    for _ in range(200):
        some = RNG.integers(0, TRUTH.size, 2_000)
        slopes.append(evaluate(LABEL[some], TRUTH[some], np.arange(2_000)).calibration_slope)
    one = evaluate(LABEL[:2_000], TRUTH[:2_000], SUBJECT[:2_000])

    assert one.calibration_slope_se == pytest.approx(np.std(slopes), rel=0.25)


def test_the_calibration_plot_is_a_picture(tmp_path: Path) -> None:
    calibration_plot(LABEL, TRUTH, "Type 2 diabetes within two years", tmp_path / "plot.png")

    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
