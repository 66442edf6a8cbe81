"""How near does the learned diabetes risk come to the true risk of simulated patients?

Simulates a cohort, ingests it, builds features and trains type2_diabetes_2y through the product's own
path; then compares, on held_out subjects, the model's AUROC with that of the true risk, which the
simulator knows and nothing else reads. Last, as serving would meet them, all held_out rows at risk,
whether or not they were seen again: mean predicted over mean true risk. `python -m benchmarks.risk --patients 20000 --seed 11`
"""

import argparse
import hashlib
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.report import write
from features.ingest import ingest
from features.shards import ParquetEvents
from features.simulate import simulate
from models import calibration
from models.cohort import store_table
from models.evaluation import auroc, calibration_plot, evaluate
from models.publish import publish
from models.registry import models
from models.training import fit, sample

UNTIL = date(2026, 11, 24)


def subject(patient_id: str) -> int:
    """A 63-bit pseudonym; the clinic has its own key."""
    digest = hashlib.blake2b(patient_id.encode(), digest_size=8, key=b"benchmark").digest()
    return int.from_bytes(digest, "big") >> 1


def true_risk(truth: Path) -> pl.DataFrame:
    """subject_id, prediction_time, true_risk."""
    table = pl.read_parquet(truth / "risk.parquet")
    people = table.select("patient_id").unique()
    known = people.with_columns(
        subject_id=pl.Series([subject(p) for p in people.get_column("patient_id")], dtype=pl.Int64)
    )
    return table.join(known, on="patient_id").select(
        "subject_id", "prediction_time", true_risk=pl.col("t2d_diagnosis_2y")
    )


def mean_of(rows: pl.DataFrame, name: str) -> float:
    """Mean of a column that has one."""
    mean = rows.get_column(name).mean()
    assert isinstance(mean, float)
    return mean


def ratio_interval(
    label: np.ndarray, ours: np.ndarray, true: np.ndarray, who: np.ndarray, draws: int = 300
) -> tuple[float, float]:
    """95 % interval of the ratio of AUROCs, by drawing subjects with replacement."""
    rng = np.random.default_rng(0)
    order = np.argsort(who, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(who[order]) != 0))
    groups = np.split(order, starts[1:])
    ratios = []
    for _ in range(draws):
        rows = np.concatenate([groups[i] for i in rng.integers(0, len(groups), len(groups))])
        if 0 < label[rows].sum() < len(rows):
            ratios.append(auroc(label[rows], ours[rows]) / auroc(label[rows], true[rows]))
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--patients", type=int, default=20_000)
    arguments.add_argument("--years", type=int, default=5)
    arguments.add_argument("--seed", type=int, default=11)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--plot", type=Path, help="also write the calibration plot here (PNG)")
    arguments.add_argument("--name", default="risk", help="name of the result file")
    chosen = arguments.parse_args()
    spec = models()["type2_diabetes_2y"]
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        began = time.perf_counter()
        simulate(
            home / "records",
            home / "truth",
            patients=chosen.patients,
            years=chosen.years,
            seed=chosen.seed,
            until=UNTIL,
        )
        simulated = time.perf_counter()
        ingest(
            home / "records",
            store=home / "events",
            staging=home / "staging",
            subject=subject,
            people=lambda _: None,
            consents=lambda _: None,
            quarantine=home / "quarantine",
            now=datetime.combine(UNTIL, datetime.max.time()),
        )
        ingested = time.perf_counter()
        table = store_table(spec, ParquetEvents(home / "events"))
        built = time.perf_counter()
        fitted = fit(spec, table, chosen.threads)
        trained = time.perf_counter()
        done = publish(spec, fitted, table, mlflow=home / "mlflow", bundles=home / "bundles")
        published = time.perf_counter()
        asked = store_table(spec, ParquetEvents(home / "events"), censored=True).rows
        asked = asked.filter(pl.col("split") == "held_out")
        inputs = sample(spec, asked.with_columns(pl.col("label").fill_null(0))).x
        answered = calibration.apply(fitted.platt, fitted.booster.predict(inputs))
        at_risk = asked.with_columns(probability=pl.Series(answered)).join(
            true_risk(home / "truth"), on=["subject_id", "prediction_time"], maintain_order="left"
        )
        assert at_risk.height == asked.height, "the simulator knows the true risk of every row"
        held_out = table.rows.filter(pl.col("split") == "held_out").with_columns(
            probability=pl.Series(fitted.probability)
        )
        rows = held_out.join(
            true_risk(home / "truth"), on=["subject_id", "prediction_time"], maintain_order="left"
        )
        assert rows.height == held_out.height, "the simulator knows the true risk of every row"

    label = rows.get_column("label").to_numpy()
    who = rows.get_column("subject_id").to_numpy()
    true = rows.get_column("true_risk").to_numpy()
    ours = rows.get_column("probability").to_numpy()
    found = evaluate(label, ours, who)
    known = evaluate(label, true, who)
    low, high = ratio_interval(label, ours, true, who)
    if chosen.plot:
        calibration_plot(label, ours, spec.title.en, chosen.plot)
    figures: dict[str, float | int | str] = {
        "patients": chosen.patients,
        "seed": chosen.seed,
        "held_out_subjects": len(np.unique(who)),
        "held_out_event_subjects": fitted.held_out.event_subjects,
        "auroc": round(found.auroc, 4),
        "auroc_of_true_risk": round(known.auroc, 4),
        "auroc_ratio": round(found.auroc / known.auroc, 4),
        "auroc_ratio_lower": round(low, 4),
        "auroc_ratio_upper": round(high, 4),
        "calibration_slope": round(found.calibration_slope, 3),
        "calibration_slope_se": round(found.calibration_slope_se, 3),
        "calibration_in_the_large": round(found.calibration_in_the_large, 3),
        "true_risk_calibration_slope": round(known.calibration_slope, 3),
        "brier_scaled": round(found.brier_scaled, 4),
        "censored_share": round(at_risk.get_column("label").null_count() / at_risk.height, 4),
        "mean_predicted_at_risk": round(mean_of(at_risk, "probability"), 5),
        "mean_true_risk_at_risk": round(mean_of(at_risk, "true_risk"), 5),
        "predicted_over_true_at_risk": round(
            mean_of(at_risk, "probability") / mean_of(at_risk, "true_risk"), 4
        ),
        "rounds": fitted.rounds,
        "parity": done.manifest.parity,
        "simulate_s": round(simulated - began, 1),
        "ingest_s": round(ingested - simulated, 1),
        "build_s": round(built - ingested, 1),
        "train_s": round(trained - built, 1),
        "publish_s": round(published - trained, 1),
    }
    for name, value in figures.items():
        print(f"{name:32} {value}")
    print(f"written: {write(chosen.name, figures)}")


if __name__ == "__main__":
    main()
