"""A small clinic for the tests of serving: events, two trained models, an index of cases."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import lightgbm
import numpy as np
import polars as pl
import pytest
from fastapi import FastAPI

from features import schema
from features.shards import ParquetEvents
from models import export, manifest, rule
from models.manifest import Manifest, Platt, Text, Timing
from serving import columns
from serving.app import create_app
from serving.bundle import Bundles
from serving.case import Access
from serving.encoder import UniversalEncoder
from serving.indexing import index_cases
from serving.library import Library
from serving.recommendation import Engine

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
THEN = NOW.replace(tzinfo=None)
FIRST = 4_000_000_000_000_000_000  # subjects are 63-bit numbers
SUBJECTS = 240
DEAD, MINOR, NO_BIRTH, NO_SEX, EMPTY, DIABETIC = (FIRST + SUBJECTS + i for i in range(6))

RISK = ("age", "male", "hba1c_last_2y", "bmi_last_2y", "hypertension_ever", "statins_1y")
TIMING = ("age", "ldl_cholesterol_last_2y", "statins_1y", "step")
DIAGNOSES = {
    "ICD10//I10": "Эссенциальная [первичная] гипертензия",
    "ICD10//E78.0": "Чистая гиперхолестеринемия",
    "ICD10//M54.5": "Боль внизу спины",
    "ICD10//J45.9": "Астма неуточнённая",
    "ICD10//K21.0": "Гастроэзофагеальный рефлюкс с эзофагитом",
}
DRUGS = {"ATC//C10AA05": "Аторвастатин", "ATC//C09AA02": "Эналаприл", "ATC//R03AC02": "Сальбутамол"}

Row = tuple[int, datetime | None, str, float | None, str | None, str | None, datetime | None, str, str]


def frame(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema.EVENT, orient="row")


def day(days_ago: float) -> datetime:
    return THEN - timedelta(days=days_ago)


def event(
    subject: int,
    code: str,
    days_ago: float | None,
    value: float | None = None,
    unit: str | None = None,
    text: str | None = None,
    known_days_ago: float | None = None,
    source_id: str | None = None,
) -> Row:
    time = None if days_ago is None else day(days_ago)
    known = time if known_days_ago is None else day(known_days_ago)
    return (subject, time, code, value, text, unit, known, "fhir", source_id or f"X/{code}/{days_ago}")


def born(subject: int, years: float) -> Row:
    return event(subject, schema.BIRTH, round(years * 365.25))


def history(rng: np.random.Generator, subject: int, years: float) -> list[Row]:
    """Five years of yearly laboratory, with diagnoses and drugs."""
    rows = [born(subject, years), event(subject, schema.MALE if rng.random() < 0.5 else schema.FEMALE, None)]
    sugar, ldl, bmi = rng.normal(5.6, 0.5), rng.normal(3.4, 0.8), rng.normal(28, 4)
    start = rng.uniform(20, 360)
    for year in range(5):
        ago = start + 365 * year
        rows += [
            event(subject, "ENCOUNTER//AMB", ago),
            event(subject, "LOINC//4548-4", ago, sugar + rng.normal(0, 0.1), "%"),
            event(subject, "LOINC//22748-8", ago, ldl + rng.normal(0, 0.2), "mmol/L"),
            event(subject, "LOINC//14647-2", ago, ldl + 1.6 + rng.normal(0, 0.2), "mmol/L"),
            event(subject, "LOINC//39156-5", ago, bmi + rng.normal(0, 0.5), "kg/m2"),
            event(subject, "LOINC//8480-6", ago, 100 + years / 2 + rng.normal(0, 8), "mm[Hg]"),
        ]
    for code, name in DIAGNOSES.items():
        if rng.random() < 0.35:
            rows.append(event(subject, code, rng.uniform(30, 1500), text=name))
    for code, name in DRUGS.items():
        if rng.random() < 0.3:
            rows.append(event(subject, code, rng.uniform(10, 300), text=name))
    return rows


@pytest.fixture(scope="session")
def events() -> pl.DataFrame:
    rng = np.random.default_rng(7)
    rows = [row for i in range(SUBJECTS) for row in history(rng, FIRST + i, rng.uniform(25, 80))]
    rows += [*history(rng, DEAD, 70), event(DEAD, schema.DEATH, 40)]
    rows += history(rng, MINOR, 16)
    rows += [row for row in history(rng, NO_BIRTH, 50) if row[2] != schema.BIRTH]
    rows += [row for row in history(rng, NO_SEX, 50) if row[2] not in (schema.FEMALE, schema.MALE)]
    rows += [born(EMPTY, 50), event(EMPTY, schema.FEMALE, None)]
    rows += [*history(rng, DIABETIC, 60), event(DIABETIC, "ICD10//E11.9", 400, text="Сахарный диабет 2 типа")]
    return frame(rows).sort("subject_id", "time")


@pytest.fixture(scope="session")
def subjects(events: pl.DataFrame) -> list[int]:
    return [s for s in events["subject_id"].unique().sort().to_list() if s < DEAD]


@pytest.fixture(scope="session")
def store(events: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> ParquetEvents:
    made = ParquetEvents.create(tmp_path_factory.mktemp("events"), shards=4)
    made.add(events)
    return made


@dataclass(frozen=True)
class Trained:
    """A model with all that a bundle needs."""

    booster: lightgbm.Booster
    manifest: Manifest
    rows: np.ndarray[tuple[int, int], np.dtype[np.float32]]


def describe(kind: str, features: tuple[str, ...], **changes: object) -> Manifest:
    about: dict[str, object] = {
        "name": {"risk": "type2_diabetes_2y", "timing": "lipid_panel_due"}[kind],
        "version": "v1",
        "kind": kind,
        "title": Text(ru="Сахарный диабет 2 типа", en="Type 2 diabetes")
        if kind == "risk"
        else Text(ru="Холестерин", en="Cholesterol"),
        "outcome": "ICD10//E11",
        "horizon_days": 730,
        "features": features,
        "essential": ("hba1c_last_2y", "bmi_last_2y") if kind == "risk" else ("ldl_cholesterol_last_2y",),
        "calibration": Platt(slope=0.9, intercept=-0.4),
        "applies": Text(ru="взрослые без диабета", en="adults without diabetes"),
        "minimum_age": 18,
        "maximum_age": 100,
        "excluded": ("diabetes_ever",) if kind == "risk" else (),
        "timing": None
        if kind == "risk"
        else Timing(examination="lipid_panel", step_days=90, steps=8, threshold=0.3, soonest_days=90),
        "trained_on": {"train": SUBJECTS},
        "trained_until": "2026-11-01",
        "metrics": {"auroc": 0.8},
        "parity": 1e-7,
        **changes,
    }
    return Manifest.model_validate(about)


def fit(
    rows: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    logit: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> lightgbm.Booster:
    rng = np.random.default_rng(1)
    labels = (rng.random(len(rows)) < 1 / (1 + np.exp(-logit))).astype(np.float64)
    parameters = {
        "objective": "binary",
        "num_leaves": 7,
        "min_data_in_leaf": 10,
        "verbosity": -1,
        "num_threads": 1,
    }
    return lightgbm.train(parameters, lightgbm.Dataset(rows, labels), num_boost_round=40)


@pytest.fixture(scope="session")
def trained(events: pl.DataFrame, subjects: list[int]) -> dict[str, Trained]:
    table = columns.table(events, subjects, THEN, {*RISK, *TIMING})
    risk = columns.rows(table, RISK)
    sugar, bmi = np.nan_to_num(risk[:, 2], nan=5.6), np.nan_to_num(risk[:, 3], nan=28)
    holes = np.where(np.random.default_rng(2).random(risk.shape) < 0.1, np.nan, risk).astype(np.float32)
    ldl = np.repeat(columns.rows(table, TIMING[:-1]), 8, axis=0)
    steps = np.tile(np.arange(8, dtype=np.float32), len(subjects))[:, None]
    timing = np.hstack([ldl, steps]).astype(np.float32)
    hazard = -3.0 + 1.2 * np.nan_to_num(timing[:, 1] - 3.4) + 0.15 * timing[:, 3]
    return {
        "risk": Trained(fit(holes, 4.0 * (sugar - 5.9) + 0.15 * (bmi - 28)), describe("risk", RISK), holes),
        "timing": Trained(fit(timing, hazard), describe("timing", TIMING), timing),
    }


def write_bundle(root: Path, model: Trained, version: str = "v1", **changes: object) -> Path:
    """Publish a bundle as models.publish does: folder first, then the pointer."""
    about = model.manifest.model_copy(update={"version": version, **changes})
    folder = root / about.name / version
    folder.mkdir(parents=True)
    (folder / manifest.ONNX).write_bytes(
        export.to_onnx(model.booster, about.calibration, len(about.features))
    )
    model.booster.save_model(str(folder / manifest.BOOSTER))
    (folder / manifest.MANIFEST).write_text(about.model_dump_json(), encoding="utf-8")
    point(root, about.name, version)
    return folder


def point(root: Path, name: str, version: str) -> None:
    aside = root / name / f".current.{version}"
    aside.write_text(version, encoding="utf-8")
    aside.replace(root / name / manifest.CURRENT)


@pytest.fixture(scope="session")
def bundles(trained: dict[str, Trained], tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bundles")
    for model in trained.values():
        write_bundle(root, model)
    return root


def organisation(subject: int) -> str:
    return f"clinic-{subject % 3}"


def permits(subject: int) -> bool:
    return subject % 4 != 0


@pytest.fixture(scope="session")
def cases(store: ParquetEvents, subjects: list[int], tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cases")
    index_cases(
        store,
        [s for s in subjects if permits(s)],
        {s: organisation(s) for s in subjects},
        root,
        THEN,
        encoder=UniversalEncoder(),
    )
    return root


@pytest.fixture(scope="session")
def engine(store: ParquetEvents, bundles: Path, cases: Path) -> Iterator[Engine]:
    made = Engine(store, Bundles(bundles), rule.rules(), Library(cases, UniversalEncoder()))
    made.warm()
    yield made
    made.close()


Ask = Callable[..., httpx.Response]


def caller(app: FastAPI) -> Ask:
    """Requests to an application in this process. Its lifespan does not run: the engine is shared."""

    def ask(method: str, path: str, **rest: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://serving") as client:
                return await client.request(method, path, **rest)

        return asyncio.run(send())

    return ask


@pytest.fixture(scope="session")
def ask(engine: Engine) -> Ask:
    return caller(create_app(engine, Access("clinic-1", "care")))


class Clinic:
    """Names and makers of this file, for the tests: files under tests/ do not import one another."""

    now, then, diagnoses = NOW, THEN, DIAGNOSES
    dead, minor, no_birth, no_sex, empty, diabetic = DEAD, MINOR, NO_BIRTH, NO_SEX, EMPTY, DIABETIC
    frame, event, born, history = (
        staticmethod(frame),
        staticmethod(event),
        staticmethod(born),
        staticmethod(history),
    )
    write_bundle, point = staticmethod(write_bundle), staticmethod(point)
    organisation, permits = staticmethod(organisation), staticmethod(permits)
    caller = staticmethod(caller)


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return Clinic()
