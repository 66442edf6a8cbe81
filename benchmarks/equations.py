"""PREVENT over a million people in one frame: seconds and memory, all models and both horizons.

    python -m benchmarks.equations [--rows 1000000]

Rows have both sexes, all five models and every age; one in fifty has a value out of range and is
refused. Memory is the most that the process held, and the part of it that came with the calculation.
"""

import argparse
import resource
import time

import numpy as np
import polars as pl

from benchmarks import report
from models.equations.register import EQUATIONS, calculate, calculate_frame

SEED = 1
CHECKED = 200  # rows that are also asked alone
RUNS = 3


def people(rows: int) -> pl.DataFrame:
    """Random people inside the valid ranges, but for the refused ones."""
    rng = np.random.default_rng(SEED)
    made: dict[str, pl.Series] = {}
    for declared in EQUATIONS["prevent"].inputs:
        if declared.kind == "flag":
            made[declared.name] = pl.Series(rng.random(rows) < 0.3)
        elif declared.kind == "choice":
            made[declared.name] = pl.Series(["female", "male"]).gather(rng.integers(0, 2, rows))
        elif declared.whole:
            made[declared.name] = pl.Series(rng.integers(int(declared.low), int(declared.high) + 1, rows))
        else:
            made[declared.name] = pl.Series(rng.uniform(declared.low, declared.high, rows))
    frame = pl.DataFrame(made)
    wrong = pl.lit(pl.Series(rng.random(rows) < 0.02))
    optional = [
        pl.when(pl.lit(pl.Series(rng.random(rows) < 0.5))).then(pl.col(name)).alias(name)
        for name in ("uacr", "hba1c", "sdi_decile")
    ]
    return frame.with_columns(
        pl.when(wrong).then(400.0).otherwise("systolic_bp").alias("systolic_bp"), *optional
    )


def megabytes() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    frame = people(rows)
    before = megabytes()
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        found = calculate_frame("prevent", frame)
        seconds.append(time.perf_counter() - start)
    after = megabytes()
    differing = 0
    for row, result in zip(frame[:CHECKED].iter_rows(named=True), found.iter_rows(named=True), strict=False):
        if result["refused"] is None:
            alone = calculate("prevent", row)["results"][0]["value"]
            differing += alone != result["total_cvd_10y"]
    figures: dict[str, float | int | str] = {
        "rows": rows,
        "seconds": round(min(seconds), 2),
        "seconds_slowest": round(max(seconds), 2),
        "rows_per_second": round(rows / min(seconds)),
        "memory_mb": round(after),
        "memory_added_mb": round(after - before),
        "result_mb": round(found.estimated_size() / 2**20),
        "refused": int(found["refused"].is_not_null().to_numpy().sum()),
        "models": found["model"].n_unique() - 1,
        "rows_unlike_alone": differing,
    }
    for name, figure in figures.items():
        print(f"{name:20} {figure:>12}")
    print(report.write("equations", figures))


if __name__ == "__main__":
    main()
