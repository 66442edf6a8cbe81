"""A whole task: labels in the schema of MEDS, the flow, what is known when, and what is refused."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from features import schema
from features.meds import NoEventFiles
from features.store import MemoryEvents
from models.task import LABEL, EmptyCohort, TaskError, cohort, extract, labels, read
from models.task.flow import total

DAY = timedelta(days=1)
T = datetime(2020, 1, 1)
TASK = """
predicates:
  visit: {code: VISIT}
  high: {code: LAB, value_min: 5}
patient_demographics:
  woman: {code: SEX//F}
trigger: visit
windows:
  input:
    start: NULL
    end: trigger
    start_inclusive: True
    end_inclusive: True
    index_timestamp: end
  target:
    start: trigger
    end: start + 10 days
    start_inclusive: False
    end_inclusive: True
    has: {_ANY_EVENT: "(1, None)"}
    label: high
"""


def event(
    subject: int, day: float | None, code: str, value: float | None = None, **more: object
) -> dict[str, object]:
    return {
        "subject_id": subject,
        "time": None if day is None else T + day * DAY,
        "code": code,
        "numeric_value": value,
        **more,
    }


RECORD = [
    event(1, None, "SEX//F"),
    event(1, 0, "VISIT"),
    event(1, 3, "LAB", 6),
    event(1, 3, "LAB", 7),
    event(1, 8, "VISIT"),
    event(2, None, "SEX//F"),
    event(2, 0, "VISIT"),
    event(2, 10, "LAB", 5),  # at the very end of the window; 5 is not above 5
    event(3, None, "SEX//M"),
    event(3, 0, "VISIT"),
    event(4, None, "SEX//F"),
]


def store(rows: list[dict[str, object]]) -> MemoryEvents:
    return MemoryEvents(pl.DataFrame(rows, schema.EVENT))


def task_file(folder: Path, text: str = TASK) -> Path:
    (folder / "task.yaml").write_text(text)
    return folder / "task.yaml"


def test_labels_are_rows_of_the_meds_schema_and_counts_on_request(tmp_path: Path) -> None:
    task = read(task_file(tmp_path))
    extract(task, store(RECORD), tmp_path / "out")
    extract(task, store(RECORD), tmp_path / "counted", integer=True)
    found = pl.read_parquet(tmp_path / "out" / "labels" / "*.parquet")
    assert found.schema == LABEL
    assert found.rows() == [(1, T, True, None, None, None), (2, T, False, None, None, None)]
    counted = pl.read_parquet(tmp_path / "counted" / "labels" / "*.parquet")
    assert counted.rows() == [(1, T, None, 2, None, None), (2, T, None, 0, None, None)]


def test_the_flow_tells_what_every_step_lost(tmp_path: Path) -> None:
    found = extract(read(task_file(tmp_path)), store(RECORD), tmp_path / "out")
    assert [(step.key, step.unit, step.lost, step.left) for step in found.flow.steps] == [
        ("", "subjects", 0, 4),
        ("", "subjects", 1, 3),
        ("patient_demographics.woman", "subjects", 1, 2),
        ("trigger", "rows", 0, 3),
        ("windows.input.start", "rows", 0, 3),
        ("windows.target.has._ANY_EVENT", "rows", 1, 2),
    ]
    assert (found.flow.rows, found.flow.subjects, found.flow.positive) == (2, 2, 1)
    assert json.loads((tmp_path / "out" / "flow.json").read_text())["steps"][5]["lost"] == 1


def test_the_picture_needs_nothing_from_elsewhere_and_shows_each_loss(tmp_path: Path) -> None:
    text = TASK.replace("high:", "high_below_a_bound:").replace("label: high", "label: high_below_a_bound")
    extract(read(task_file(tmp_path, text)), store(RECORD), tmp_path / "out")
    page = (tmp_path / "out" / "flow.html").read_text()
    assert "1 rows lost, 2 left" in page
    assert "1 subjects lost, 2 left" in page
    assert "2 rows of 2 subjects" in page
    assert "label above 0 in 1 (50.0%), 0 in 1" in page
    assert not re.search(r"<script|<link|<img|url\((?!#)|src=|href=", page)


def test_parts_add_up() -> None:
    with pytest.raises(ValueError, match="no part"):
        total([])


def test_an_empty_cohort_is_refused_with_the_step_that_took_the_last(tmp_path: Path) -> None:
    task = read(task_file(tmp_path, TASK.replace("(1, None)", "(9, None)")))
    with pytest.raises(
        EmptyCohort, match=r"task\.yaml, windows\.target\.has\._ANY_EVENT: the cohort is empty"
    ) as told:
        extract(task, store(RECORD), tmp_path / "out")
    assert told.value.flow.rows == 0
    assert not (tmp_path / "out").exists()
    with pytest.raises(EmptyCohort, match=r"trigger: the cohort is empty"):
        extract(
            read(task_file(tmp_path, TASK.replace("code: VISIT", "code: VISITS"))),
            store(RECORD),
            tmp_path / "out",
        )
    assert [path.name for path in tmp_path.iterdir()] == ["task.yaml"]  # nothing half done is left


def test_a_correction_counts_and_a_withdrawal_does_not(tmp_path: Path) -> None:
    record = [
        event(1, None, "SEX//F"),
        event(1, 0, "VISIT"),
        event(1, 3, "LAB", 9, source_id="O/1", known_at=T + 3 * DAY),
        event(1, 3, "LAB", 4, source_id="O/1", known_at=T + 20 * DAY),  # corrected later: no more high
        event(2, None, "SEX//F"),
        event(2, 0, "VISIT", source_id="V/2", known_at=T),
        event(2, 0, schema.WITHDRAWN, source_id="V/2", known_at=T + 30 * DAY),
        event(2, 3, "LAB", 9),
    ]
    extract(read(task_file(tmp_path)), store(record), tmp_path / "out")
    found = pl.read_parquet(tmp_path / "out" / "labels" / "*.parquet")
    assert found.select("subject_id", "boolean_value").rows() == [(1, False)]


def test_as_known_leaves_out_what_nobody_had_heard_of(tmp_path: Path) -> None:
    record = [
        *(event(subject, None, "SEX//F") for subject in (1, 2, 3)),
        *(event(subject, 1, "LAB", 9) for subject in (1, 2, 3)),
        event(1, 0, "VISIT", source_id="V/1", known_at=T),
        event(2, 0, "VISIT", source_id="V/2", known_at=T + 2 * DAY),  # told two days later
        event(3, 0, "VISIT", source_id="V/3", known_at=T),
        event(3, 0, "VISIT", source_id="V/3", known_at=T + 50 * DAY),  # said again: known from the first
    ]
    task = read(task_file(tmp_path))
    known = extract(task, store(record), tmp_path / "out", as_known=True)
    found = pl.read_parquet(tmp_path / "out" / "labels" / "*.parquet")
    assert found.get_column("subject_id").to_list() == [1, 3]
    assert known.flow.steps[-1].lost == 1
    pl.DataFrame(record, schema.EVENT).drop("known_at").write_parquet(tmp_path / "events.parquet")
    with pytest.raises(TaskError, match="do not say when each event was learned"):
        extract(task, tmp_path / "events.parquet", tmp_path / "meds", as_known=True)


def test_a_joint_trigger_is_known_when_all_of_it_is(tmp_path: Path) -> None:
    text = TASK.replace("trigger: visit", "trigger: both").replace(
        "predicates:", 'predicates:\n  both: {expr: "and(visit, lab)"}\n  lab: {code: LAB}'
    )
    record = [
        event(1, None, "SEX//F"),
        event(1, 0, "VISIT"),
        event(1, 0, "LAB", 9, source_id="O/1", known_at=T + DAY),
        event(1, 2, "OTHER"),
    ]
    with pytest.raises(EmptyCohort, match="on record by the prediction time"):
        extract(read(task_file(tmp_path, text)), store(record), tmp_path / "out", as_known=True)
    extract(
        read(task_file(tmp_path, text.replace("and(", "or("))), store(record), tmp_path / "out", as_known=True
    )


def test_without_an_index_the_trigger_is_the_prediction_time(tmp_path: Path) -> None:
    found = cohort(
        read(task_file(tmp_path, TASK.replace("    index_timestamp: end\n", ""))),
        pl.DataFrame(RECORD, schema.EVENT),
    )
    assert found.rows.get_column("prediction_time").equals(
        found.rows.get_column("trigger").alias("prediction_time")
    )


def test_a_window_back_by_an_offset_keeps_its_start_and_end_apart(tmp_path: Path) -> None:
    text = TASK.replace("start: NULL", "start: end - 2 days")
    for side, at in (("start", T - 2 * DAY), ("end", T)):
        task = read(task_file(tmp_path, text.replace("index_timestamp: end", f"index_timestamp: {side}")))
        assert cohort(task, pl.DataFrame(RECORD, schema.EVENT)).rows.row(0)[1] == at


def test_a_window_of_one_moment_holds_what_happens_then(tmp_path: Path) -> None:
    text = TASK.replace("    start: NULL\n    end: trigger\n", "    start: trigger\n    end: start\n")
    text = text.replace("index_timestamp: end", 'has: {high: "(1, None)"}')
    record = [*RECORD, event(1, 0, "LAB", 6)]
    found = cohort(read(task_file(tmp_path, text)), pl.DataFrame(record, schema.EVENT))
    assert found.rows.select("subject_id", "trigger").rows() == [(1, T)]


def test_a_window_to_the_end_of_the_record_holds_all_that_follows(tmp_path: Path) -> None:
    text = TASK.replace("start + 10 days", "NULL").replace("{_ANY_EVENT:", "{_RECORD_END:")
    record = [*RECORD, event(1, 400, "LAB", 8)]
    found = cohort(read(task_file(tmp_path, text)), pl.DataFrame(record, schema.EVENT))
    assert found.rows.select("subject_id", "label").rows() == [(1, 3), (1, 1), (2, 0)]


def test_a_value_that_is_no_number_lies_in_no_range(tmp_path: Path) -> None:
    record = [*RECORD[:2], event(1, 3, "LAB", float("nan")), event(1, 4, "LAB")]
    found = cohort(read(task_file(tmp_path)), pl.DataFrame(record, schema.EVENT))
    assert found.rows.get_column("label").to_list() == [0]


def test_a_label_window_that_its_own_start_ends_is_told(tmp_path: Path) -> None:
    text = TASK.replace("start + 10 days", "start -> visit").replace(
        '    has: {_ANY_EVENT: "(1, None)"}\n', ""
    )
    found = cohort(read(task_file(tmp_path, text)), pl.DataFrame(RECORD, schema.EVENT))
    assert (found.flow.rows, found.flow.hollow) == (3, 3)


def test_two_triggers_of_one_prediction_time_are_two_rows(tmp_path: Path) -> None:
    text = TASK.replace("start: NULL", "start: trigger").replace(
        "    end: trigger\n", "    end: start -> high\n"
    )
    record = [event(1, None, "SEX//F"), event(1, 0, "VISIT"), event(1, 1, "VISIT"), event(1, 3, "LAB", 6)]
    found = cohort(read(task_file(tmp_path, text)), pl.DataFrame(record, schema.EVENT))
    assert found.rows.get_column("prediction_time").to_list() == [T + 3 * DAY] * 2
    assert found.flow.repeated == 1
    assert labels(found.rows).height == 2


def test_data_that_cannot_answer_are_refused(tmp_path: Path) -> None:
    task, out = read(task_file(tmp_path)), tmp_path / "out"
    frame = pl.DataFrame(RECORD, schema.EVENT)
    with pytest.raises(NoEventFiles, match="no such file or folder"):
        extract(task, tmp_path / "nowhere", out)
    (tmp_path / "meds").mkdir()
    with pytest.raises(NoEventFiles, match="holds no Parquet file"):
        extract(task, tmp_path / "meds", out)
    frame.drop("code").write_parquet(tmp_path / "meds" / "0.parquet")
    with pytest.raises(TaskError, match=r"file 1 of 1 \(by name\): no column 'code'"):
        extract(task, tmp_path / "meds", out)
    frame.drop("numeric_value").write_parquet(tmp_path / "meds" / "0.parquet")
    with pytest.raises(TaskError, match=r"predicates\.high: the data have no column 'numeric_value'"):
        extract(task, tmp_path / "meds", out)
    asked = read(task_file(tmp_path, TASK.replace("value_min: 5", "ward: 7")))
    with pytest.raises(TaskError, match=r"predicates\.high: the data have no column 'ward'"):
        extract(asked, store(RECORD), out)
    (tmp_path / "meds" / "0.parquet").write_bytes(b"PAR1")
    with pytest.raises(TaskError, match="not a Parquet file"):
        extract(task, tmp_path / "meds", out)
    out.mkdir()
    (out / "letter.txt").write_text("mine")
    with pytest.raises(TaskError, match="holds something else"):
        extract(task, store(RECORD), out)
    assert (out / "letter.txt").read_text() == "mine"


def test_a_column_of_another_type_is_refused(tmp_path: Path) -> None:
    task = read(task_file(tmp_path, TASK.replace("value_min: 5", "unit: 7")))
    with pytest.raises(TaskError, match=r"predicates\.high: .*unit"):
        extract(task, store(RECORD), tmp_path / "out")
