"""A small clinic made of events alone: enough to train both models in a second or two."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from features.schema import EVENT
from models.cohort import Table, feature_table
from models.registry import models

START, END = datetime(2019, 1, 1), datetime(2025, 1, 1)  # MEDS: UTC without a mark


class OneShard:
    """An EventStore of one frame."""

    def __init__(self, events: pl.DataFrame) -> None:
        self.events = events

    def subjects(self) -> pl.Series:
        return self.events.get_column("subject_id").unique().sort()

    def read(self, subject_ids: Sequence[int]) -> pl.DataFrame:
        return self.events.filter(pl.col("subject_id").is_in(list(subject_ids)))

    def shards(self) -> Iterator[pl.DataFrame]:
        yield self.events


def make_events(subjects: int, seed: int = 7) -> pl.DataFrame:
    """A visit every half year with the same measurements; diabetes comes with HbA1c and BMI."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[object, ...]] = []
    for number in range(subjects):
        subject = int(rng.integers(1, 2**62))
        birth = datetime(1950, 1, 1) + timedelta(days=int(rng.integers(0, 18_000)))  # as above
        rows.append(
            (subject, None, "SEX//F" if rng.random() < 0.5 else "SEX//M", None, None, None, "Patient")
        )
        rows.append((subject, birth, "MEDS_BIRTH", None, None, None, "Patient"))
        hba1c, bmi, ldl = rng.normal(5.5, 0.45), rng.normal(27, 4), rng.normal(3.7, 0.9)
        rate = 0.02 * np.exp(2.5 * (hba1c - 5.5) + 0.1 * (bmi - 27))  # a year
        onset = START + timedelta(days=float(rng.exponential(365 / rate)))
        visit = START + timedelta(days=int(rng.integers(0, 180)))
        while visit < END:
            ldl += rng.normal(0.05, 0.15)
            for code, value, unit in (
                ("ENCOUNTER//AMB", None, None),
                ("LOINC//4548-4", hba1c + rng.normal(0, 0.1), "%"),
                ("LOINC//39156-5", bmi, "kg/m2"),
                ("LOINC//39469-2", (ldl + rng.normal(0, 0.2)) * 38.67, "mg/dL"),
            ):
                rows.append((subject, visit, code, value, unit, visit, f"{code}/{number}/{visit:%Y%m%d}"))
            if visit > onset:
                rows.append((subject, visit, "ICD10//E11.9", None, None, visit, f"Condition/{number}"))
                onset = datetime(2100, 1, 1)  # recorded once
            visit += timedelta(days=int(rng.integers(150, 220)))
    names = ("subject_id", "time", "code", "numeric_value", "unit", "known_at", "source_id")
    frame = pl.DataFrame(rows, schema={n: EVENT[n] for n in names}, orient="row")
    frame = frame.with_columns(text_value=pl.lit(None, pl.String), source=pl.lit("test"))
    return frame.select(EVENT.names()).sort("subject_id", "time", nulls_last=False)


@pytest.fixture(scope="session")
def events() -> pl.DataFrame:
    return make_events(900)


@pytest.fixture(scope="session")
def tables(events: pl.DataFrame) -> dict[str, Table]:
    return {name: feature_table(spec, events, END) for name, spec in models().items()}


@pytest.fixture(scope="session")
def few_events() -> pl.DataFrame:
    return make_events(60)
