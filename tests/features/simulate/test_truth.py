"""The truth is true: calibrated, complete, and in closed form what small steps give."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from features.simulate.rate import DIABETES_MORTALITY, Rates
from features.simulate.truth import risk
from features.simulate.window import HORIZON, YEAR

Floats = npt.NDArray[np.float64]


def outcome(population: Any, column: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """True risk and what came of it, for those at risk at one quarter start."""
    span, lived = population.span, population.lived
    start = span.edges[span.quarters[column]]
    assert start + HORIZON <= span.days
    probability = risk(span, population.per_year, lived.onset[:, None] < span.edges[span.quarters])[:, column]
    at_risk = (lived.death > start) & (lived.diagnosis >= start)
    came = (lived.diagnosis >= start) & (lived.diagnosis < start + HORIZON)
    return probability[at_risk], came[at_risk]


def logistic(x: Floats, y: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Intercept and slope of y on x, and their standard errors (Newton's method)."""
    design, beta = np.stack([np.ones_like(x), x], axis=1), np.zeros(2)
    for _ in range(25):
        p = 1 / (1 + np.exp(-design @ beta))
        information = design.T @ (design * (p * (1 - p))[:, None])
        beta = beta + np.linalg.solve(information, design.T @ (y - p))
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


@pytest.mark.parametrize("column", [0, 5, 11])
def test_the_mean_of_the_true_risk_is_the_rate_that_is_observed(population: Any, column: int) -> None:
    probability, came = outcome(population, column)
    error = np.sqrt((probability * (1 - probability)).sum()) / len(probability)

    assert abs(came.mean() - probability.mean()) < 3.5 * error


@pytest.mark.parametrize("column", [0, 5, 11])
def test_the_calibration_slope_of_the_true_risk_is_one(population: Any, column: int) -> None:
    probability, came = outcome(population, column)
    beta, error = logistic(np.log(probability / (1 - probability)), came)

    assert error[1] < 0.05  # enough events to see a slope that is off
    assert abs(beta[1] - 1) < 3.5 * error[1]
    assert abs(beta[0]) < 3.5 * error[0]


def test_the_true_risk_discriminates_as_published_models_do(population: Any) -> None:
    probability, came = outcome(population, 6)
    order = probability.argsort()
    rank = np.empty(len(order))
    rank[order] = np.arange(1, len(order) + 1)
    events = came.sum()
    auroc = (rank[came].sum() - events * (events + 1) / 2) / (events * (len(came) - events))

    assert 0.83 < auroc < 0.90


def test_the_closed_form_is_what_small_steps_in_time_give(population: Any) -> None:
    span, some = population.span, slice(0, 40)
    rates = Rates(*(getattr(population.per_year, name)[some] for name in Rates.__dataclass_fields__))
    ill = np.zeros((40, len(span.quarters)), dtype=np.bool_)
    ill[::2] = True
    column = 3
    told = risk(span, rates, ill)[:, column]

    start = span.edges[span.quarters[column]]
    healthy, hidden, found = 1.0 - ill[:, column], 1.0 * ill[:, column], np.zeros(40)
    step = 0.05
    for time in np.arange(start, start + HORIZON, step) + step / 2:
        cell = int(np.searchsorted(span.edges, time, side="right")) - 1
        onset, death = rates.onset[:, cell] / YEAR * step, rates.death[:, cell] / YEAR * step
        detection = rates.detection[:, cell] / YEAR * step
        found = found + hidden * detection
        hidden = hidden * (1 - detection - DIABETES_MORTALITY * death) + healthy * onset
        healthy = healthy * (1 - onset - death)

    assert told == pytest.approx(found, rel=2e-3)


def test_risk_has_a_row_for_every_living_undiagnosed_patient_at_each_quarter_start(cohort: Any) -> None:
    rows, subjects = cohort.table("risk"), cohort.table("subjects")
    starts = rows["prediction_time"].unique().sort().to_list()

    assert starts[0] == datetime(2022, 1, 1) and starts[-1] == datetime(2026, 10, 1) and len(starts) == 20
    assert rows["t2d_diagnosis_2y"].is_between(0, 1).all()
    for start in starts:
        at_risk = subjects.filter(
            (pl.col("death").is_null() | (pl.col("death") > start))
            & (pl.col("t2d_diagnosis").is_null() | (pl.col("t2d_diagnosis") >= start))
        )
        told = rows.filter(pl.col("prediction_time") == start)["patient_id"]
        assert told.n_unique() == len(told)
        assert set(told) == set(at_risk["patient_id"])


def test_labels_from_the_records_agree_with_the_risk_in_the_table(cohort: Any) -> None:
    recorded = pl.DataFrame(
        [
            (
                c["subject"]["reference"].removeprefix("Patient/"),
                datetime.fromisoformat(c["recordedDate"]).replace(tzinfo=None) - timedelta(hours=3),
            )
            for c in cohort.read("Condition")
            if c["code"]["coding"][0]["code"] == "E11.9"
        ],
        schema=["patient_id", "diagnosis"],
        orient="row",
    )
    start = datetime(2023, 1, 1)
    rows = (
        cohort.table("risk")
        .filter(pl.col("prediction_time") == start)
        .join(recorded, on="patient_id", how="left")
        .with_columns(came=(pl.col("diagnosis") < start + timedelta(days=730)).fill_null(False))
    )
    p = rows["t2d_diagnosis_2y"]

    assert not (rows["diagnosis"] < start).any()
    assert abs(rows["came"].sum() - p.sum()) < 3.5 * np.sqrt(float((p * (1 - p)).sum()))


def test_ldl_on_record_scatters_around_the_true_level(cohort: Any) -> None:
    measured = pl.DataFrame(
        [
            (
                o["subject"]["reference"].removeprefix("Patient/"),
                datetime.fromisoformat(o["effectiveDateTime"]).replace(tzinfo=None),
                float(o["valueQuantity"]["value"]),
            )
            for o in cohort.read("Observation")
            if o["code"]["coding"][0]["code"] == "22748-8"
        ],
        schema=["patient_id", "prediction_time", "value"],
        orient="row",
    ).sort("prediction_time")
    near = measured.join_asof(
        cohort.table("lipid").sort("prediction_time"),
        on="prediction_time",
        by="patient_id",
        strategy="nearest",
        tolerance="20d",
        check_sortedness=False,
    ).drop_nulls()
    log = (near["value"] / near["ldl_cholesterol"]).log()

    assert len(near) > 500
    assert abs(log.median()) < 0.02  # type: ignore[operator, arg-type]  # polars types it as any literal
    assert 0.06 < (log.quantile(0.84) - log.quantile(0.16)) / 2 < 0.14  # type: ignore[operator]  # never null


def test_true_onset_comes_before_the_recorded_diagnosis(cohort: Any) -> None:
    both = cohort.table("subjects").drop_nulls(["t2d_onset", "t2d_diagnosis"])

    assert len(both) > 40
    assert (both["t2d_onset"] <= both["t2d_diagnosis"]).all()
