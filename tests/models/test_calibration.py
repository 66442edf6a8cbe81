"""Platt scaling, logistic regression and hazards, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped] # ships no types

from models import calibration
from models.manifest import Beta, Platt

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

    platt = calibration.fit(calibration.logit(overconfident), label, np.arange(truth.size))

    assert platt.slope == pytest.approx(0.5, abs=0.03)
    assert np.abs(calibration.apply(platt, calibration.logit(overconfident)) - truth).max() < 0.02


def test_a_slope_from_few_events_is_not_believed_outright() -> None:
    truth = calibration.sigmoid(RNG.normal(-3.5, 1.0, 3_000))
    label = (RNG.random(truth.size) < truth).astype(np.int8)
    subject = np.repeat(np.arange(1_000), 3)
    fitted, error, _ = calibration.slope(calibration.logit(truth), label.astype(float), subject)

    platt = calibration.fit(calibration.logit(truth), label, subject)

    assert error > 0.05 and abs(platt.slope - 1) < abs(fitted - 1)
    assert calibration.apply(platt, calibration.logit(truth)).mean() == pytest.approx(label.mean(), abs=1e-6)


def test_extremes_stay_probabilities() -> None:
    raw = np.array([0.0, 1.0, 1e-300, 0.5])

    assert np.isfinite(calibration.logit(raw)).all()
    assert calibration.sigmoid([-1e4, 0, 1e4]).tolist() == [0, 0.5, 1]
    assert calibration.apply(Platt(slope=1, intercept=0), np.zeros(1))[0] == pytest.approx(0.5)


def test_hazards_add_up_to_the_chance_by_the_end_of_each_step() -> None:
    assert calibration.cumulative(np.array([0.1, 0.2, 0.0])) == pytest.approx([0.1, 0.28, 0.28])
    rows = calibration.cumulative(RNG.random((5, 12)))
    assert rows.shape == (5, 12) and (np.diff(rows, axis=1) >= 0).all() and (rows <= 1).all()


def distorted(rows: int, curve: object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-odds that say `curve` of the truth, labels of the truth, and the truth."""
    rng = np.random.default_rng(4)
    truth = rng.normal(-1.5, 1.2, rows)
    label = (rng.random(rows) < calibration.sigmoid(truth)).astype(np.int8)
    assert callable(curve)
    return np.asarray(curve(truth)), label, truth


@pytest.mark.parametrize(
    ("curve", "method"),
    [
        (lambda t: 1.3 * t + 0.5, "platt"),
        (lambda t: np.where(t > -1, 3 * t + 2, 0.3 * t - 0.7), "isotonic"),  # a kink
    ],
)
def test_the_calibration_that_holds_on_tuning_is_chosen(curve: object, method: str) -> None:
    score, label, truth = distorted(30_000, curve)
    rows = np.arange(len(score))

    found = calibration.choose(score, label, rows, rows % 4 == 0, np.ones(len(rows)))

    assert found.method == method and found.losses.keys() >= {"platt", "isotonic"}
    middle = np.abs(truth + 1.5) < 2
    said = calibration.apply(found.calibration, score)
    assert np.abs(said - calibration.sigmoid(truth))[middle].max() < 0.08


def test_beta_calibration_bends_where_platt_cannot() -> None:
    score, label, truth = distorted(100_000, lambda t: t - 0.6 * np.logaddexp(0, -t))

    beta = calibration.fit_beta(score, label, np.arange(len(score)))
    platt = calibration.fit(score, label, np.arange(len(score)))

    def off(of: Beta | Platt) -> float:
        return float(np.abs(calibration.apply(of, score) - calibration.sigmoid(truth)).mean())

    assert off(beta) < 0.5 * off(platt)


def test_isotonic_calibration_keeps_the_order_and_ends_in_probabilities() -> None:
    score, label, _ = distorted(5_000, lambda t: t**3)

    found = calibration.fit_isotonic(score, label, np.arange(len(score)))

    grid = np.linspace(-50, 50, 1_001)
    said = calibration.apply(found, grid)
    assert (np.diff(said) >= 0).all() and 0 < said[0] < said[-1] < 1
    with pytest.raises(np.linalg.LinAlgError):
        calibration.fit_isotonic(score, np.zeros(len(score), np.int8), np.arange(len(score)))


def test_weights_stand_for_rows() -> None:
    score, label, _ = distorted(2_000, lambda t: 0.8 * t)
    rows, often = np.arange(len(score)), np.where(np.arange(len(score)) % 3 == 0, 3.0, 1.0)
    again = np.repeat(rows, often.astype(int))

    weighted = calibration.slope(score, label.astype(float), rows, often)
    repeated = calibration.slope(score[again], label[again].astype(float), rows[again])

    assert weighted == pytest.approx(repeated, rel=1e-9)
