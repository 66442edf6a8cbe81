"""A model may take its rows and labels from a task file; its features stay those known at each time."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from features import schema
from features.build import build
from features.catalogue import FEATURES
from features.store import MemoryEvents
from models.cohort import MissingFeature
from models.registry import models
from models.spec import ModelSpec
from models.split import split
from models.task import EmptyCohort, TaskError, read
from models.task.table import store_table

T = datetime(2024, 1, 1)
TASK = """
predicates:
  visit: {code: ENCOUNTER//AMB}
  high: {code: LOINC//4548-4, value_min: 6.5, value_min_inclusive: True}
trigger: visit
windows:
  input: {start: NULL, end: trigger + 1d, start_inclusive: True, end_inclusive: True, index_timestamp: end}
  target: {start: input.end, end: start + 365d, start_inclusive: False, end_inclusive: True, label: high}
"""


def events(subjects: int = 12) -> pl.DataFrame:
    rows: list[tuple[int, datetime | None, str, float | None, str | None]] = []
    for subject in range(1, subjects + 1):
        rows.append((subject, datetime(1960, 1, 1), "MEDS_BIRTH", None, None))
        rows.append((subject, None, "SEX//F", None, None))
        for visit in range(3):
            at = T + timedelta(days=100 * visit)
            rows.append((subject, at, "ENCOUNTER//AMB", None, None))
            rows.append((subject, at, "LOINC//4548-4", 6.0 + 0.1 * subject * visit, "%"))
    frame = pl.DataFrame(rows, ["subject_id", "time", "code", "numeric_value", "unit"], orient="row")
    known = frame.with_columns(known_at=pl.col("time") + timedelta(hours=2))
    columns = [
        (pl.col(name) if name in known.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.EVENT.items()
    ]
    return known.select(columns)


def spec() -> ModelSpec:
    return replace(models()["type2_diabetes_2y"], excluded=())


def test_rows_and_labels_are_the_tasks_and_features_are_as_built(tmp_path: Path) -> None:
    (tmp_path / "task.yaml").write_text(TASK)
    table = store_table(spec(), read(tmp_path / "task.yaml"), MemoryEvents(events()))
    assert table.rows.height == 12 * 3
    first = table.rows.filter(pl.col("prediction_time") == T + timedelta(days=1))
    # The third result is 6.0 + 0.2 × subject: 6.5 and above from the third subject on.
    assert first.get_column("label").to_list() == [0, 0, *[1] * 10]
    assert table.rows.get_column("split").equals(split(table.rows.get_column("subject_id")))
    declared = [feature for feature in FEATURES if feature.name in spec().features]
    built = build(events(), table.rows.select("subject_id", "prediction_time"), declared)
    assert table.rows.select(spec().features).equals(built.select(spec().features))
    assert (table.flow["rows"], table.flow["events"]) == (36, table.rows["label"].sum())


def test_what_cannot_be_learned_from_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "task.yaml"
    file.write_text(TASK)
    with pytest.raises(MissingFeature, match="not declared: shoe_size"):
        store_table(
            replace(spec(), features=(*spec().features, "shoe_size")), read(file), MemoryEvents(events())
        )
    with pytest.raises(TaskError, match="a timing model makes its own rows"):
        store_table(models()["lipid_panel_due"], read(file), MemoryEvents(events()))
    file.write_text(TASK.replace(", label: high", ""))
    with pytest.raises(TaskError, match="no window has a label"):
        store_table(spec(), read(file), MemoryEvents(events()))
    # At the moment of the visit itself nobody knew of it yet.
    file.write_text(TASK.replace("trigger + 1d", "trigger"))
    with pytest.raises(EmptyCohort, match="on record by the prediction time"):
        store_table(spec(), read(file), MemoryEvents(events()))
