"""From a seed to finished folders: chunk after chunk, then one rename a folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from features.error import Problem
from features.simulate.administration import organizations
from features.simulate.chunk import live
from features.simulate.files import FEED, Files, partial, publish
from features.simulate.window import YEAR, window

CHUNK = 500  # patients; it also cuts the random streams, so changing it changes every cohort
NO_FACTS = {"Patient", "Organization", "Encounter", "Appointment", "Invoice", "Consent", FEED}
TABLES = ("subjects", "risk", "lipid")


class BadCohort(Problem):
    """A cohort that cannot be simulated was asked for."""


@dataclass(frozen=True)
class Summary:
    """What was written.

    `counts`: FHIR resources by type, and days of the wearable feed under its file name. `facts`:
    clinical facts, that is resources and components of pressure panels, without Patient,
    Organization, Encounter, Appointment, Invoice and Consent. `patient_years`: lived in the window.
    """

    patients: int
    counts: dict[str, int]
    facts: int
    patient_years: float
    seconds: float


def simulate(
    records: Path,
    truth: Path,
    *,
    patients: int,
    years: int = 5,
    seed: int = 1,
    until: date,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Write a cohort: `records/fhir/<Type>.ndjson`, `records/wearable_daily.csv`, and what is true
    of it in `truth/subjects.parquet`, `risk.parquet`, `lipid.parquet`. Both folders are replaced.

    The same arguments give the same bytes. A folder appears whole or not at all. `until` is the last
    day with records; `progress` is told how many patients are done so far.

    Raises:
        BadCohort: fewer than one patient or year, or more than 30 years.
    """
    if patients < 1 or not 1 <= years <= 30:
        raise BadCohort("A cohort needs at least one patient and between 1 and 30 years.")
    began = time.perf_counter()
    span = window(until, years)
    making, secret = partial(records), partial(truth)
    secret.mkdir(parents=True)
    panels, lived = 0, 0.0
    with Files(making) as files:
        for kind, lines in organizations():
            files.write(kind, lines)
        for number, done in enumerate(range(0, patients, CHUNK)):
            chunk = live(span, seed, number, done + 1, min(CHUNK, patients - done))
            for kind, lines in chunk.lines():
                files.write(kind, lines)
            files.feed(chunk.wearables())
            for table in TABLES:
                frame: pl.DataFrame = getattr(chunk, table)()
                frame.write_parquet(secret / f"{table}-{number:06d}.parquet")
            panels += int((~np.isnan(chunk.seen["systolic"])).sum())
            lived += float(np.minimum(chunk.lived.death, span.days).sum()) / YEAR
            if progress is not None:
                progress(done + len(chunk.who))
    for table in TABLES:
        _join(secret, table)
    publish(secret, truth)
    publish(making, records)
    counts = dict(sorted(files.counts.items()))
    facts = sum(number for kind, number in counts.items() if kind not in NO_FACTS) + panels
    return Summary(patients, counts, facts, lived, time.perf_counter() - began)


def _join(folder: Path, table: str) -> None:
    """Make one file of the chunks' files, without holding them all."""
    parts = sorted(folder.glob(f"{table}-*.parquet"))
    pl.scan_parquet(parts).sink_parquet(folder / f"{table}.parquet", maintain_order=True)
    for part in parts:
        part.unlink()
