"""How fast is a cohort written, and in how much memory? `python -m benchmarks.simulate`

The issue's figure: 10,000 patients with 5 years of history in under 60 s on 2 cores.
"""

import argparse
import resource
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.report import write
from features.simulate import simulate

UNTIL = date(2026, 11, 24)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--patients", type=int, default=10_000)
    arguments.add_argument("--years", type=int, default=5)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        summary = simulate(
            home / "records",
            home / "truth",
            patients=chosen.patients,
            years=chosen.years,
            until=UNTIL,
        )
        size = sum(path.stat().st_size for path in (home / "records").rglob("*") if path.is_file())
    resources = sum(number for kind, number in summary.counts.items() if not kind.endswith(".csv"))
    figures = {
        "patients": chosen.patients,
        "years": chosen.years,
        "seconds": round(summary.seconds, 2),
        "patients_per_second": round(chosen.patients / summary.seconds),
        "resources": resources,
        "resources_per_second": round(resources / summary.seconds),
        "wearable_days": summary.counts["wearable_daily.csv"],
        "facts_per_patient_year": round(summary.facts / summary.patient_years, 1),
        "records_mb": round(size / 1e6),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    for name, value in figures.items():
        print(f"{name:24} {value:>12,}")
    print(f"written: {write('simulate', figures)}")


if __name__ == "__main__":
    main()
