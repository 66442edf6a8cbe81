"""Training on a small clinic: repeatable, calibrated, monotone, and refused where data are thin."""

import numpy as np
import polars as pl
import pytest

from models import calibration, training
from models.cohort import Table, feature_table
from models.evaluation import auroc, auroc_lower
from models.registry import models
from models.training import Fitted, NoBetterThanChance, TooFewEvents, fit, sample

DIABETES, LIPIDS = models()["type2_diabetes_2y"], models()["lipid_panel_due"]


@pytest.fixture(scope="module")
def fitted(tables: dict[str, Table]) -> Fitted:
    return fit(DIABETES, tables[DIABETES.name], threads=1)


def test_the_model_finds_the_risk_and_says_it_in_honest_probabilities(fitted: Fitted) -> None:
    found = fitted.evaluation

    assert found.auroc > 0.7
    assert abs(found.calibration_slope - 1) < 3 * found.calibration_slope_se
    assert abs(found.mean_probability - found.prevalence) < 0.03
    assert fitted.probability.shape == fitted.held_out.y.shape


def test_the_same_data_on_more_threads_give_the_same_trees(
    tables: dict[str, Table], fitted: Fitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "ROWS_FOR_THREADS", 0)

    again = fit(DIABETES, tables[DIABETES.name], threads=2)

    def trees(of: Fitted) -> str:
        return of.booster.model_to_string().split("\nparameters:")[0]

    assert trees(again) == trees(fitted) and again.platt == fitted.platt


def test_held_out_subjects_touch_nothing_but_the_evaluation(tables: dict[str, Table], fitted: Fitted) -> None:
    table = tables[DIABETES.name]
    held_out = pl.col("split") == "held_out"
    flipped = pl.when(held_out).then(1 - pl.col("label")).otherwise("label").cast(pl.Int8).alias("label")

    with pytest.raises(NoBetterThanChance, match="AUROC 0"):
        fit(DIABETES, Table(table.rows.with_columns(flipped), table.flow, table.until), threads=1)
    fewer = table.rows.filter(~held_out | (pl.col("age") > 40))
    assert fit(DIABETES, Table(fewer, table.flow, table.until), threads=1).platt == fitted.platt


def test_risk_never_falls_as_a_constrained_feature_rises(fitted: Fitted) -> None:
    rng = np.random.default_rng(0)
    base = fitted.held_out.x[rng.integers(0, len(fitted.held_out.x), 200)]
    for name, direction in DIABETES.monotone.items():
        column = DIABETES.inputs.index(name)
        seen = fitted.held_out.x[:, column]
        grid = np.unique(np.nanquantile(seen, np.linspace(0, 1, 15))) if np.isfinite(seen).any() else [0, 1]
        rows = np.repeat(base[None], len(grid), axis=0)
        rows[:, :, column] = np.asarray(grid, np.float32)[:, None]
        flat = calibration.apply(fitted.platt, fitted.booster.predict(rows.reshape(-1, rows.shape[2])))
        assert (direction * np.diff(flat.reshape(rows.shape[:2]), axis=0) >= -1e-12).all(), name


def test_a_timing_row_becomes_one_row_for_each_step_that_was_seen() -> None:
    rows = pl.DataFrame(
        {"subject_id": [7, 8], "label": [1, 0], "steps": [3, 2], **{f: [1.0, None] for f in LIPIDS.features}}
    )

    found = sample(LIPIDS, rows)

    assert found.y.tolist() == [0, 0, 1, 0, 0] and found.subject.tolist() == [7, 7, 7, 8, 8]
    assert found.x[:, -1].tolist() == [0, 1, 2, 0, 1]
    assert found.x.dtype == np.float32 and np.isnan(found.x[3, 0]) and found.event_subjects == 1


def test_the_hazard_model_trains_and_later_steps_do_not_lower_the_cumulative_chance(
    tables: dict[str, Table],
) -> None:
    fitted = fit(LIPIDS, tables[LIPIDS.name], threads=1)
    timing = LIPIDS.timing
    assert timing is not None

    one = fitted.held_out.x[fitted.held_out.x[:, -1] == 0][:50]
    rows = np.repeat(one, timing.steps, axis=0)
    rows[:, -1] = np.tile(np.arange(timing.steps), len(one))
    hazard = calibration.apply(fitted.platt, fitted.booster.predict(rows)).reshape(len(one), timing.steps)
    chance = calibration.cumulative(hazard)

    assert fitted.evaluation.auroc > 0.75
    assert (np.diff(chance, axis=1) > 0).all() and chance[:, -1].max() <= 1
    high = np.nan_to_num(one[:, LIPIDS.inputs.index("ldl_cholesterol_last_2y")])
    assert np.corrcoef(high, chance[:, 3])[0, 1] > 0.5


def test_too_few_events_are_refused_with_the_counts(
    few_events: pl.DataFrame, tables: dict[str, Table]
) -> None:
    table = feature_table(DIABETES, few_events, tables[DIABETES.name].until)

    with pytest.raises(
        TooFewEvents, match=r"type2_diabetes_2y: too few events .*\d+ subjects with the event"
    ):
        fit(DIABETES, table, threads=1)
    empty = Table(table.rows.clear(), table.flow, table.until)
    with pytest.raises(TooFewEvents, match="0 subjects"):
        fit(DIABETES, empty, threads=1)


@pytest.mark.parametrize("seed", range(4))
def test_a_model_of_noise_is_refused(tables: dict[str, Table], seed: int) -> None:
    table = tables[DIABETES.name]
    rows = table.rows.with_columns(pl.col("label").shuffle(seed=seed))

    with pytest.raises(NoBetterThanChance, match=r"interval from 0\.[0-4]|interval from 0\.50"):
        fit(DIABETES, Table(rows, table.flow, table.until), threads=1)


def test_the_interval_of_the_auroc_covers_what_drawing_subjects_again_gives() -> None:
    rng = np.random.default_rng(3)
    subject = np.repeat(np.arange(400), 4)  # four rows each, alike: as much is known as of 400 rows
    score = np.repeat(rng.normal(size=400), 4) + rng.normal(scale=0.1, size=1600)
    label = np.repeat(rng.random(400) < 1 / (1 + np.exp(2.5 - score[::4])), 4).astype(np.int8)

    drawn = []
    for _ in range(400):
        rows = (rng.integers(0, 400, 400)[:, None] * 4 + np.arange(4)).ravel()
        drawn.append(auroc(label[rows], score[rows]))

    assert auroc_lower(label, score, subject) == pytest.approx(np.quantile(drawn, 0.05), abs=0.01)
    assert auroc_lower(label, score, np.arange(1600)) > auroc_lower(label, score, subject) + 0.02
