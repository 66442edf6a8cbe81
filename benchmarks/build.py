"""`build` in both regimes: a cohort at once (batch) and one person at a time (online).

Made-up events of the shape that clinics have: codes that features need, codes that they do not,
results learned after they were taken, one record in fifty corrected.
"""

import resource
import time

import numpy as np
import polars as pl

from benchmarks import report
from features import schema
from features.build import build
from features.catalogue import FEATURES

_NOW = 1_760_000_000_000_000  # October 2025, microseconds
_DAY = 86_400_000_000
_VALUED = (
    ("LOINC//4548-4", "%", 5.6),
    ("LOINC//14771-0", "mmol/L", 5.2),
    ("LOINC//2093-3", "mg/dL", 200.0),
    ("LOINC//39469-2", "mmol/L", 3.1),
    ("LOINC//2085-9", "mg/dL", 50.0),
    ("LOINC//14927-8", "mmol/L", 1.4),
    ("LOINC//14682-9", "umol/L", 80.0),
    ("LOINC//718-7", "g/L", 140.0),
    ("LOINC//8480-6", "mm[Hg]", 130.0),
    ("LOINC//8462-4", "mm[Hg]", 80.0),
    ("LOINC//29463-7", "kg", 80.0),
    ("LOINC//39156-5", "kg/m2", 27.0),
    ("LOINC//40443-4", "/min", 62.0),
    ("WEARABLE//rmssd", "ms", 35.0),
    ("LOINC//41950-7", "/d", 7000.0),
    ("LOINC//93832-4", "h", 7.0),
)
_PLAIN = ("ICD10//I10", "ICD10//E78.0", "ATC//C10AA05", "ENCOUNTER//AMB", "ICD10//J06.9", "NMU//B01.047.001")
_OTHER = tuple(f"LOINC//{n}-0" for n in range(30_000, 30_040))


def cohort(subjects: int, each: int, seed: int = 1) -> pl.DataFrame:
    """Events of `subjects` people, `each` of them over ten years, in the order of an event store."""
    rng = np.random.default_rng(seed)
    n = subjects * each
    kinds = [*_VALUED, *((c, None, None) for c in (*_PLAIN, *_OTHER))]
    share = np.array([3.0] * len(_VALUED) + [3.0] * len(_PLAIN) + [0.5] * len(_OTHER))
    kind = rng.choice(len(kinds), n, p=share / share.sum())
    happened = _NOW - rng.integers(0, 3650 * _DAY, n)
    level = np.array([np.nan if k[2] is None else k[2] for k in kinds])[kind]
    codes, units = pl.Series([k[0] for k in kinds]), pl.Series([k[1] for k in kinds], dtype=pl.String)
    number = np.arange(n) - (rng.random(n) < 0.02)  # some records have two versions
    return (
        pl.DataFrame(
            {
                "subject_id": np.repeat(np.arange(subjects) * 7919, each),
                "time": happened,
                "code": codes.gather(kind),
                "numeric_value": (level * rng.normal(1, 0.1, n)).astype(np.float32),
                "text_value": pl.Series([None], dtype=pl.String).new_from_index(0, n),
                "unit": units.gather(kind),
                "known_at": happened + rng.integers(0, 3 * _DAY, n),
                "source": pl.Series(["fhir"]).new_from_index(0, n),
                "source_id": pl.Series(number).cast(pl.String).str.replace("^", "Observation/"),
            }
        )
        .with_columns(pl.col("numeric_value").fill_nan(None))
        .cast(schema.EVENT)
        .sort("subject_id", "time")
    )


def batch(subjects: int = 2_000, each: int = 500, times: int = 4) -> dict[str, float]:
    events = cohort(subjects, each)
    moments = [_NOW - (times - 1 - i) * 365 * _DAY for i in range(times)]
    index = (
        events.select("subject_id")
        .unique(maintain_order=True)
        .join(pl.DataFrame({"prediction_time": pl.Series(moments).cast(schema.INSTANT)}), how="cross")
    )
    best = min(_timed(events, index) for _ in range(3))
    return {"batch_rows": index.height, "batch_events": events.height, "batch_seconds": round(best, 3)}


def online(each: int, calls: int = 300) -> dict[str, float]:
    people = [cohort(1, each, seed) for seed in range(20)]
    index = pl.DataFrame({"subject_id": [0], "prediction_time": [_NOW]}, schema=schema.INDEX)
    for events in people:
        build(events, index)
    took = np.array([_timed(people[i % len(people)], index) for i in range(calls)]) * 1000
    return {
        f"online_{each}_events_p50_ms": round(float(np.quantile(took, 0.5)), 3),
        f"online_{each}_events_p99_ms": round(float(np.quantile(took, 0.99)), 3),
    }


def _timed(events: pl.DataFrame, index: pl.DataFrame) -> float:
    start = time.perf_counter()
    build(events, index)
    return time.perf_counter() - start


def main() -> None:
    figures: dict[str, float] = {"features": len(FEATURES)}
    for each in (500, 2_000, 20_000):
        figures |= online(each)
    figures |= batch()
    figures["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    for name, figure in figures.items():
        print(f"{name:32} {figure:>12,}")
    report.write("build", figures)


if __name__ == "__main__":
    main()
