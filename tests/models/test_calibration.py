"""Platt scaling, logistic regression and hazards, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped] # ships no types

from models import calibration
from models.manifest import Platt

RNG = np.random.default_rng(3)


def test_newton_agrees_with_unpenalised_logistic_regression() -> None:
    x = RNG.normal(size=(2_000, 3))
    y = (RNG.random(2_000) < calibration.sigmoid(x @ [1.0, -0.5, 0.2] - 2)).astype(float)

    ours = calibration.logistic(np.column_stack([x, np.ones(2_000)]), y)

    theirs = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000).fit(x, y)
    assert ours == pytest.approx([*theirs.coef_[0], theirs.intercept_[0]], abs=1e-4)


def test_separable_labels_are_refused_not_answered() -> None:
    x = np.column_stack([np.linspace(-1, 1, 100), np.ones(100)])

    with pytest.raises(np.linalg.LinAlgError):
        calibration.logistic(x, (x[:, 0] > 0).astype(float))


def test_platt_scaling_undoes_a_distortion() -> None:
    truth = calibration.sigmoid(RNG.normal(-2, 1.5, 200_000))
    label = (RNG.random(truth.size) < truth).astype(np.int8)
    overconfident = calibration.sigmoid(2 * calibration.logit(truth) + 1)

    platt = calibration.fit(overconfident, label, np.arange(truth.size))

    assert platt.slope == pytest.approx(0.5, abs=0.03)
    assert np.abs(calibration.apply(platt, overconfident) - truth).max() < 0.02


def test_a_slope_from_few_events_is_not_believed_outright() -> None:
    truth = calibration.sigmoid(RNG.normal(-3.5, 1.0, 3_000))
    label = (RNG.random(truth.size) < truth).astype(np.int8)
    subject = np.repeat(np.arange(1_000), 3)
    fitted, error, _ = calibration.slope(calibration.logit(truth), label.astype(float), subject)

    platt = calibration.fit(truth, label, subject)

    assert error > 0.05 and abs(platt.slope - 1) < abs(fitted - 1)
    assert calibration.apply(platt, truth).mean() == pytest.approx(label.mean(), abs=1e-6)


def test_extremes_stay_probabilities() -> None:
    raw = np.array([0.0, 1.0, 1e-300, 0.5])

    assert np.isfinite(calibration.logit(raw)).all()
    assert calibration.sigmoid([-1e4, 0, 1e4]).tolist() == [0, 0.5, 1]
    assert calibration.apply(Platt(slope=1, intercept=0), 0.5) == pytest.approx(0.5)


def test_hazards_add_up_to_the_chance_by_the_end_of_each_step() -> None:
    assert calibration.cumulative(np.array([0.1, 0.2, 0.0])) == pytest.approx([0.1, 0.28, 0.28])
    rows = calibration.cumulative(RNG.random((5, 12)))
    assert rows.shape == (5, 12) and (np.diff(rows, axis=1) >= 0).all() and (rows <= 1).all()
