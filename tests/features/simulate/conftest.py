"""One cohort for all tests that only read, and large populations without records."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
import pytest

from features.simulate import Summary, simulate
from features.simulate.chunk import cell_rates
from features.simulate.course import Course, course
from features.simulate.person import People, people
from features.simulate.rate import Rates
from features.simulate.window import Window, window

UNTIL = date(2026, 11, 24)
Resource = dict[str, Any]


@dataclass(frozen=True)
class Cohort:
    records: Path
    truth: Path
    summary: Summary
    parsed: dict[str, list[Resource]] = field(default_factory=dict)

    def read(self, kind: str) -> list[Resource]:
        """Every resource of a type, parsed once; not to be changed."""
        if kind not in self.parsed:
            path = self.records / "fhir" / f"{kind}.ndjson"
            self.parsed[kind] = [orjson.loads(line) for line in path.read_bytes().splitlines()]
        return self.parsed[kind]

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.truth / f"{name}.parquet")


@dataclass(frozen=True)
class Population:
    """Lives without records: cheap enough for tens of thousands."""

    span: Window
    who: People
    per_year: Rates
    lived: Course


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    home = tmp_path_factory.mktemp("cohort")
    summary = simulate(home / "records", home / "truth", patients=600, until=UNTIL)
    return Cohort(home / "records", home / "truth", summary)


@pytest.fixture(scope="session")
def population() -> Population:
    span = window(UNTIL, 5)
    who = people(np.random.default_rng(20), 1, 30_000)
    per_year = cell_rates(span, who)
    return Population(span, who, per_year, course(np.random.default_rng(21), span, who, per_year))
