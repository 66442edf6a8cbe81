"""What a task file may say, and how what it may not is refused: by file and key, in plain words."""

from pathlib import Path

import pytest

from models.task import TaskError, read
from models.task.duration import microseconds

GOOD = """
description: any text
metadata: {author: somebody, version: 1e3}
predicates:
  admission: {code: {regex: "^ADMISSION//"}}
  discharge: {code: {any: [DISCHARGE//HOME, DISCHARGE//OTHER]}}
  death: {code: MEDS_DEATH}
  high: {code: LAB//K, value_min: 5, value_min_inclusive: True, unit: mmol/L}
  end: {expr: "or(discharge, death)"}
  unused: 7
patient_demographics:
  woman: {code: SEX//F}
trigger: admission
windows:
  target:
    start: gap.end
    end: start -> end
    start_inclusive: False
    end_inclusive: True
    label: death
  input:
    end: trigger + 24h
    start_inclusive: True
    end_inclusive: true
    has: {_ANY_EVENT: "(5, None)"}
    index_timestamp: end
  gap:
    start: trigger
    end: start + 48h
    start_inclusive: False
    end_inclusive: TRUE
    has: {admission: "(None, 0)", high: "(, 3)"}
"""
HOUR = 3_600_000_000


def written(folder: Path, text: str, name: str = "task.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_task_file_is_read_as_it_is(tmp_path: Path) -> None:
    task = read(written(tmp_path, GOOD))
    assert [window.name for window in task.windows] == ["input", "gap", "target"]  # each after its reference
    assert list(task.predicates) == ["woman", "admission", "high", "discharge", "death", "end"]
    assert [one.place.name for one in task.static] == ["woman"]
    assert task.labelled is not None and task.labelled.name == "target"
    assert task.indexed is not None and (task.indexed.name, task.indexed.index) == ("input", "end")
    start, gap = task.windows[0].start, task.windows[1]
    assert (start.reference, start.event, start.backward) == ("end", "_RECORD_START", True)
    assert (gap.end.reference, gap.end.offset) == ("start", 48 * HOUR)
    assert [(one.least, one.most) for one in gap.has] == [(None, 0), (None, 3)]
    high = next(one for one in task.plain if one.place.name == "high")
    assert (high.columns, high.least, high.least_inclusive) == ({"unit": "mmol/L"}, 5, True)


def test_predicates_of_a_file_of_their_own_go_first(tmp_path: Path) -> None:
    other = written(tmp_path, "predicates: {death: {code: DIED}}\nmetadata: {}", "predicates.yaml")
    task = read(written(tmp_path, GOOD), other)
    assert next(one for one in task.plain if one.place.name == "death").codes == ("DIED",)
    with pytest.raises(TaskError, match=r"predicates\.yaml: the key 'trigger' is not known here"):
        read(written(tmp_path, GOOD), written(tmp_path, "trigger: a", "predicates.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("trigger: admission", "trigger: admision", r"task\.yaml, trigger: there is no predicate 'admision'"),
        ("trigger: admission", "", r"trigger: must be text, is missing"),
        ("start -> end", "start -> ending", r"windows\.target\.end: there is no predicate 'ending'"),
        ("label: death", "label: dead", r"windows\.target\.label: there is no predicate 'dead'"),
        ("label: death", "label: _ANY_EVENT", r"label: must be a predicate of the file"),
        ("{admission:", "{admision:", r"windows\.gap\.has\.admision: there is no predicate"),
        ("{admission:", "{woman:", r"has\.woman: woman is static"),
        ("(discharge, death)", "(discharge, dying)", r"predicates\.end\.expr: there is no predicate 'dying'"),
        (
            "(discharge, death)",
            "(discharge, end)",
            r"predicates end → end are made of each other in a circle",
        ),
        ("or(discharge, death)", "not(death)", r"expr: must be and\(one, another\)"),
        ("or(discharge, death)", "or(death)", r"needs at least two predicates"),
        ("or(discharge, death)", "or(death, _ANY_EVENT)", r"_ANY_EVENT cannot be part of an expression"),
        ("start: gap.end", "start: gab.end", r"windows\.target\.start: there is no window 'gab'"),
        ("start: gap.end", "start: gap.middle", r"must refer to `trigger`"),
        ("start: gap.end", "start: gap", r"must refer to `trigger` or another window's end"),
        ("start: trigger", "start: target.end", r"windows target, gap refer to each other in a circle"),
        ("start: gap.end", "start: end - 1h", r"exactly one of `start` and `end` must refer to the other"),
        ("start -> end", "trigger -> end", r"windows\.target: exactly one"),
        ("start -> end", "start <- end", r"end of a window cannot come before its start"),
        ("start + 48h", "start - 48h", r"end of a window cannot come before its start"),
        ("start + 48h", "start + 1 month", r"windows\.gap\.end: '1 month' is no length of time"),
        ("start + 48h", "start + 48", r"'48' is no length of time"),
        ("start + 48h", "start + 1.2.3 h", r"is no length of time"),
        ("start + 48h", "start + 99999 weeks", r"longer than a thousand years"),
        ("start + 48h", "start + 1h - 2h", r"one \+ or - at most"),
        ("start -> end", "start -> death -> end", r"one arrow at most"),
        ("start -> end", "start -> _RECORD_START", r"nothing comes before the start of a record"),
        ("end: trigger + 24h", "start: NULL", r"windows\.input: it cannot go from the start"),
        ("(5, None)", "(None, None)", r"windows\.input\.has\._ANY_EVENT: asks for nothing"),
        ("(5, None)", "(5, 4)", r"no count can be at least 5 and at most 4"),
        ("(5, None)", "five", r"must be \(least, most\)"),
        ("end_inclusive: true", "end_inclusive: yes", r"must be True or False, is 'yes'"),
        ("start_inclusive: True", "start_inclusiv: True", r"the key 'start_inclusiv' is not known here"),
        ("index_timestamp: end", "index_timestamp: middle", r"must be start or end"),
        ("has: {_ANY", "label: death\n    has: {_ANY", r"windows\.target\.label: only one window"),
        ("value_min: 5", "value_min: high", r"predicates\.high\.value_min: must be a number"),
        ("value_min: 5", "value_min: 5, value_max: 4", r"value_min is above value_max"),
        ("code: MEDS_DEATH", "code: 12", r"predicates\.death\.code: must be text \(put a number in quotes\)"),
        (
            'regex: "^ADMISSION//"',
            'regex: "("',
            r"predicates\.admission\.code\.regex: is no regular expression",
        ),
        ("any: [DISCHARGE//HOME, DISCHARGE//OTHER]", "any: []", r"code\.any: must be a list of codes"),
        ("death: {code", "admission: {code", r"line 7: not YAML: the key admission is given twice"),
        ("trigger: admission", "trigger: [", r"task\.yaml, line \d+: not YAML"),
        ("trigger: admission", "trigger: admission\ntriger: a", r"the key 'triger' is not known here"),
        ("  gap:", "  a-gap:", r"the name 'a-gap' must be of letters"),
    ],
)
def test_what_is_wrong_is_told_by_file_and_key(tmp_path: Path, old: str, new: str, match: str) -> None:
    assert GOOD.count(old) >= 1
    with pytest.raises(TaskError, match=match):
        read(written(tmp_path, GOOD.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "not a task"),
        (b"- a\n- b", "not a task"),
        (b"\xff\xfe\x00", "not text"),
        (b"a: &a [*a]\nb: {", "not YAML"),
    ],
)
def test_what_is_no_task_file_is_refused(tmp_path: Path, content: bytes, match: str) -> None:
    file = tmp_path / "task.yaml"
    file.write_bytes(content)
    with pytest.raises(TaskError, match=match):
        read(file)
    with pytest.raises(TaskError, match=r"absent\.yaml: there is no such file"):
        read(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("24h", 24),
        ("24 Hours", 24),
        ("7 days", 168),
        ("1d 12h", 36),
        ("1 day, 12 hrs", 36),
        ("2 weeks", 336),
        ("1.5 hours", 1.5),
        ("90m", 1.5),
        ("1:30:00", 1.5),
        ("1 day, 1:30:00", 25.5),
        ("1:01:30:00", 25.5),
        ("30:00", 0.5),  # two parts are minutes and seconds
        (":36", 0.01),
        ("0 d", 0),
    ],
)
def test_a_length_of_time_is_read_as_aces_reads_it(text: str, hours: float) -> None:
    assert microseconds(text) == hours * HOUR


@pytest.mark.parametrize(
    "text", ["", " ", "h", "12", "1 month", "1 year", "12h 1d", "one day", ".", "1..2 h"]
)
def test_what_says_no_length_of_time_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no length of time"):
        microseconds(text)
