"""Every learner: finds what is there, keeps directions, explains itself exactly, exports exactly."""

import json
from pathlib import Path

import numpy as np
import pytest

from models import calibration, export, manifest
from models.evaluation import auroc
from models.learner import blend, boosted, censoring, cox, hazard, newton, spline_logistic
from models.learner.learner import Scorer
from models.learner.sample import CENSORED, DEATH, EVENT, Follow, Sample, Shape
from models.learning import Candidate, choice, learn
from models.link import follow, log_odds_of_log_hazard, sigmoid
from models.manifest import Platt
from serving.explain import Explainer

NAMES = ("age", "sugar", "flag", "clinic", "noise")
SHAPE = Shape(NAMES, (1, 1, 1, 0, 0), categorical=(3,), horizon=5.0)
PLAIN = Platt(slope=1, intercept=0)
CLINICS = np.array([-0.8, 0.0, 0.9, 0.3])


def made(rows: int, seed: int) -> tuple[Sample, np.ndarray, Follow]:
    """People with a truth: curved, with a category and with sugar missing at times; censored, and mortal."""
    rng = np.random.default_rng(seed)
    x = np.column_stack(
        [
            rng.uniform(20, 80, rows),
            rng.normal(5.5, 1, rows),
            rng.random(rows) < 0.2,
            rng.integers(0, 4, rows),
            rng.normal(size=rows),
        ]
    ).astype(np.float32)
    log_hazard = -4.2 + 0.04 * (x[:, 0] - 50) + 0.8 * np.maximum(x[:, 1] - 5.5, 0) + 0.5 * x[:, 2]
    log_hazard += CLINICS[x[:, 3].astype(int)]
    x[rng.random(rows) < 0.15, 1] = np.nan
    onset = rng.exponential(np.exp(-log_hazard))
    death = rng.exponential(np.exp(4.5 - 0.03 * (x[:, 0] - 50)))
    leave = rng.uniform(1, 9, rows)
    time = np.minimum(np.minimum(onset, death), leave)
    event = np.where(time == onset, EVENT, np.where(time == death, DEATH, CENSORED)).astype(np.int8)
    follow_up = Follow(time, event)
    truth = (onset <= 5) & (onset < death)  # what nobody censored would have shown
    seen = censoring.weighted(SHAPE, x, np.arange(rows), follow_up)
    return seen, truth, follow_up


@pytest.fixture(scope="module")
def people() -> Sample:
    return made(5_000, seed=1)[0]


@pytest.fixture(scope="module")
def others() -> tuple[Sample, np.ndarray]:
    seen, truth, _ = made(20_000, seed=2)
    return seen, truth


@pytest.fixture(scope="module")
def scorers(people: Sample) -> dict[str, Scorer]:
    trees = {**boosted.SHAPES[1], "learning_rate": 0.08, "rounds": 120}
    found: dict[str, Scorer] = {
        "spline_logistic": spline_logistic.fit(SHAPE, people, {"penalty": 10.0, "wiggle": 1.0}, 1),
        "cox": cox.fit(SHAPE, people, {"penalty": 10.0, "wiggle": 1.0}, 1),
        "lightgbm": boosted.fit(SHAPE, people, trees, 1),
        "hazard": hazard.fit(SHAPE, people, trees, 1),
    }
    return {**found, "blend": blend.Blend(tuple(found.values()), (0.3, 0.3, 0.2, 0.2), 0.02)}


LEARNERS = ("spline_logistic", "cox", "lightgbm", "hazard", "blend")


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_finds_the_risk_that_censoring_and_death_hide(
    name: str, scorers: dict[str, Scorer], others: tuple[Sample, np.ndarray]
) -> None:
    sample, truth = others
    score = scorers[name].score(sample.x)

    assert auroc(truth.astype(np.int8), score) > 0.72
    assert sigmoid(score).mean() == pytest.approx(truth.mean(), rel=0.12)
    slope, _, _ = calibration.slope(score, truth.astype(float), sample.subject)
    assert 0.8 < slope < 1.25


@pytest.mark.parametrize("name", LEARNERS)
def test_contributions_add_up_to_the_score_of_any_row(
    name: str, scorers: dict[str, Scorer], people: Sample
) -> None:
    rows = np.concatenate([people.x[:300], export.adversarial(people.x)[:300]])

    found = scorers[name].contributions(rows)

    assert found.shape == (600, len(NAMES) + 1)
    assert np.abs(found.sum(axis=1) - scorers[name].score(rows)).max() < 1e-6


@pytest.mark.parametrize("name", LEARNERS)
def test_one_graph_says_the_same_on_ten_thousand_rows_unseen_names_among_them(
    name: str, scorers: dict[str, Scorer], people: Sample
) -> None:
    scorer = scorers[name]
    unseen = people.x[:200].copy()
    unseen[:, 3] = np.arange(200) + 4

    worst = export.parity(export.to_onnx(scorer, PLAIN, len(NAMES)), scorer, PLAIN, unseen)

    assert worst < 1e-6


@pytest.mark.parametrize("name", LEARNERS)
def test_risk_never_falls_where_medicine_is_sure(
    name: str, scorers: dict[str, Scorer], people: Sample
) -> None:
    for column in (0, 1, 2):
        rows = np.repeat(people.x[:50, None], 12, axis=1)
        rows[:, :, column] = np.linspace(np.nanmin(people.x[:, column]), np.nanmax(people.x[:, column]), 12)
        score = scorers[name].score(rows.reshape(-1, len(NAMES))).reshape(50, 12)
        assert (np.diff(score, axis=1) > -1e-9).all(), NAMES[column]


@pytest.mark.parametrize("name", LEARNERS)
def test_serving_explains_a_bundle_as_training_does(
    name: str, scorers: dict[str, Scorer], people: Sample, tmp_path: Path
) -> None:
    parts = []
    for number, part in enumerate(scorers[name].parts()):
        said = dict(part.said)
        if part.trees is not None:
            said["file"] = f"model_{number}.txt"
            (tmp_path / f"model_{number}.txt").write_text(part.trees)
        parts.append(said)
    (tmp_path / manifest.EXPLANATION).write_text(json.dumps({"parts": parts}))

    found = Explainer(tmp_path, len(NAMES)).contributions(people.x[:100])

    assert np.abs(found - scorers[name].contributions(people.x[:100])).max() < 1e-9


def test_the_spline_of_a_step_is_found_and_noise_is_worth_little(people: Sample) -> None:
    fitted = spline_logistic.fit(SHAPE, people, {"penalty": 10.0, "wiggle": 1.0}, 1)
    spread = fitted.terms.of(people.x).std(axis=0)

    assert spread[0] > 5 * spread[4] and spread[1] > 3 * spread[4] and spread[3] > 3 * spread[4]
    low, middle, high = fitted.terms.of(
        np.array([[50, 4.5, 0, 1, 0], [50, 5.5, 0, 1, 0], [50, 7.5, 0, 1, 0]], np.float32)
    )[:, 1]
    assert (high - middle) / 2 > 3 * (middle - low)  # flat, then steep


def test_cox_agrees_with_the_partial_likelihood_by_hand() -> None:
    """Without competing death the fixed point is Cox's: its score equations hold."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(400, 2))
    time = np.ceil(rng.exponential(np.exp(-x @ [0.7, -0.4])) * 10)  # ties
    event = (rng.random(400) < 0.7).astype(np.int8)
    at, order = cox.risk(Follow(time, event), 25.0)
    design = np.column_stack([np.ones(400), x])[order]

    beta, increments = cox.regression(design, at, np.zeros((3, 3)), np.zeros(3, np.int8))

    relative = np.exp(design[:, 1:] @ beta[1:])
    score = np.zeros(2)
    for moment in np.unique(time[(event == 1) & (time <= 25)]):
        at_risk = time[order] >= moment
        mean = np.average(design[at_risk, 1:], axis=0, weights=relative[at_risk])
        own = (time[order] == moment) & (event[order] == 1)
        score += (design[own, 1:] - mean).sum(axis=0)
    assert np.abs(score).max() < 0.1
    assert beta[1:] == pytest.approx([0.7, -0.4], abs=0.2) and (increments > 0).all()


def test_dead_of_something_else_count_as_free_of_the_event_not_as_gone() -> None:
    """A cumulative incidence: half die early, so that the event by the horizon is halved."""
    rows = 20_000
    rng = np.random.default_rng(6)
    x = rng.normal(size=(rows, 1)).astype(np.float32)
    onset, death = rng.exponential(5, rows), np.where(rng.random(rows) < 0.5, 0.001, np.inf)
    leave = rng.uniform(0.5, 8, rows)
    time = np.minimum(np.minimum(onset, death), leave)
    event = np.where(time == onset, EVENT, np.where(time == death, DEATH, CENSORED)).astype(np.int8)
    shape = Shape(("x",), (0,), horizon=4.0)
    sample = censoring.weighted(shape, x, np.arange(rows), Follow(time, event))
    truth = 0.5 * (1 - np.exp(-4 / 5))

    assert np.average(sample.y, weights=sample.weight) == pytest.approx(truth, rel=0.06)
    settings = {"penalty": 100.0, "wiggle": 1.0, "rounds": 30, **boosted.SHAPES[1], "learning_rate": 0.1}
    for learner in (cox, hazard, spline_logistic):
        fitted = learner.fit(shape, sample, settings, 1)
        assert sigmoid(fitted.score(x)).mean() == pytest.approx(truth, rel=0.1), learner.NAME


def test_weights_of_a_blend_are_never_negative_and_prefer_who_knows() -> None:
    rng = np.random.default_rng(7)
    truth = rng.normal(-1, 1, 4_000)
    y = (rng.random(4_000) < sigmoid(truth)).astype(np.int8)
    scores = np.column_stack([truth + rng.normal(0, 0.2, 4_000), rng.normal(-1, 1, 4_000), -truth])
    sample = Sample(np.zeros((4_000, 1), np.float32), y, np.arange(4_000))

    weights, _ = blend.weights(scores, sample)

    assert weights[0] > 0.7 and weights[2] == 0 and 0 <= weights[1] < 0.1


def test_the_simplest_within_one_standard_error_is_chosen_and_said() -> None:
    rng = np.random.default_rng(8)
    truth = rng.normal(-1, 1.5, 6_000)
    y = (rng.random(6_000) < sigmoid(truth)).astype(np.int8)
    part = Sample(np.zeros((6_000, 1), np.float32), y, np.arange(6_000))

    def candidate(name: str, score: np.ndarray) -> Candidate:
        return Candidate(name, score, float(np.mean(np.logaddexp(0, np.where(y == 1, -score, score)))), {})

    simple = candidate("spline_logistic", truth + rng.normal(0, 0.02, 6_000))
    equal = candidate("lightgbm", truth)
    worse = candidate("spline_logistic", truth + rng.normal(0, 1, 6_000))

    assert choice([simple, equal], part)[0] is simple
    chosen, reason = choice([worse, equal], part)
    assert chosen is equal and "lightgbm" in reason and "spline_logistic" in reason


def test_learning_is_repeatable_and_publishes_the_baseline_where_nothing_beats_it() -> None:
    rng = np.random.default_rng(9)
    x = rng.normal(size=(1_500, 3)).astype(np.float32)
    y = (rng.random(1_500) < sigmoid(x @ [1.0, -0.5, 0.0] - 1.5)).astype(np.int8)
    part = Sample(x, y, np.arange(1_500))
    shape = Shape(("a", "b", "c"), (1, 0, 0))

    first = learn(shape, part, np.arange(1_500) % 4 == 0, 1)
    again = learn(shape, part, np.arange(1_500) % 4 == 0, 2)

    assert first.name == "spline_logistic" and first.candidates == again.candidates
    assert np.array_equal(first.scorer.score(x), again.scorer.score(x))


def test_following_a_curve_keeps_signs_and_sums() -> None:
    rng = np.random.default_rng(10)
    rows = np.column_stack([rng.normal(size=(200, 3)), np.full(200, -2.0)])
    rows[0, :3] = 0.0  # a row at the base

    found = follow(rows, log_odds_of_log_hazard)

    assert np.abs(found.sum(axis=1) - log_odds_of_log_hazard(rows.sum(axis=1))).max() < 1e-12
    assert (np.sign(found[:, :3]) == np.sign(rows[:, :3])).all()


def test_newton_with_signs_agrees_with_a_general_optimiser() -> None:
    from scipy.optimize import minimize  # type: ignore[import-untyped] # ships no types

    rng = np.random.default_rng(11)
    z = np.column_stack([np.ones(500), rng.normal(size=(500, 4))])
    y = (rng.random(500) < sigmoid(z @ [-1, 0.5, -0.7, 0.2, 0.0])).astype(float)
    likelihood = newton.Likelihood(z, y, np.ones(500))
    penalty, sign = np.diag([0.0, 2, 2, 2, 2]), np.array([0, 1, 1, 0, -1], np.int8)

    ours = newton.minimum(likelihood, penalty, sign)

    bounds = [(None, None), (0, None), (0, None), (None, None), (None, 0)]
    theirs = minimize(
        lambda b: likelihood.loss(b) + 0.5 * b @ penalty @ b, np.zeros(5), bounds=bounds, method="L-BFGS-B"
    )
    assert ours == pytest.approx(theirs.x, abs=1e-3) and ours[2] == 0
