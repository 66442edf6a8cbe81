"""`smartclinic task`: labels beside the flow, and plain refusals."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

TASK = """
predicates:
  visit: {code: {regex: "^VISIT"}}
  high: {code: LAB, value_min: 5}
trigger: visit
windows:
  target:
    start: trigger
    end: start + 10 days
    start_inclusive: False
    end_inclusive: True
    index_timestamp: start
    label: high
"""


def test_the_command_writes_labels_and_shows_the_flow(here: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "high_soon.yaml").write_text(TASK)
    times = pl.Series(["2020-01-01", "2020-01-03", "2020-03-01"]).str.to_datetime(time_unit="us")
    events = {
        "subject_id": 1,
        "time": times,
        "code": ["VISIT//A", "LAB", "VISIT//B"],
        "numeric_value": [None, 6.0, None],
    }
    pl.DataFrame(events).write_parquet(tmp_path / "events.parquet")

    done = here(tmp_path / "home", "task", tmp_path / "high_soon.yaml", "--data", tmp_path / "events.parquet")

    assert done.returncode == 0, done.stderr
    assert "Cohort of high_soon" in done.stdout
    found = pl.read_parquet(tmp_path / "home" / "tasks" / "high_soon" / "labels" / "*.parquet")
    assert found.get_column("boolean_value").to_list() == [True, False]
    assert (tmp_path / "home" / "tasks" / "high_soon" / "flow.html").exists()


def test_an_empty_cohort_is_shown_and_refused(here: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "none.yaml").write_text(TASK.replace("^VISIT", "^STAY"))
    events = {
        "subject_id": [1],
        "time": pl.Series(["2020-01-01"]).str.to_datetime(time_unit="us"),
        "code": ["LAB"],
    }
    pl.DataFrame(events).with_columns(numeric_value=pl.lit(1.0)).write_parquet(tmp_path / "events.parquet")
    done = here(tmp_path / "home", "task", tmp_path / "none.yaml", "--data", tmp_path / "events.parquet")
    assert done.returncode == 1
    assert "moments of visit" in done.stdout
    assert "none.yaml, trigger: the cohort is empty" in done.stderr


def test_an_unknown_predicate_and_a_home_without_events_are_refused(
    here: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "slip.yaml").write_text(TASK.replace("label: high", "label: hihg"))
    done = here(tmp_path / "home", "task", tmp_path / "slip.yaml")
    assert done.returncode == 1
    assert "slip.yaml, windows.target.label: there is no predicate 'hihg'" in done.stderr
    (tmp_path / "good.yaml").write_text(TASK)
    done = here(tmp_path / "home", "task", tmp_path / "good.yaml")
    assert done.returncode == 1
    assert "there are no events yet" in done.stderr
