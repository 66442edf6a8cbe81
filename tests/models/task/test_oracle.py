"""Rows of tasks drawn by chance are those of the plain Python oracle, whatever the record."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.schema import INSTANT
from models.task import cohort, extract, read, source
from tests.models.task import oracle
from tests.models.task.oracle import End, Span

START = datetime(2020, 1, 1)
SCHEMA = pl.Schema(
    {
        "subject_id": pl.Int64(),
        "time": INSTANT,
        "code": pl.String(),
        "numeric_value": pl.Float64(),
        "unit": pl.String(),
    }
)
PREDICATES: dict[str, Any] = {
    "a": {"code": {"any": ["A"]}},
    "b": {"code": {"any": ["A", "B"]}, "value_min": 1.0, "value_min_inclusive": True, "value_max": 5},
    "c": {"code": {"any": ["C"]}, "unit": "g", "value_min": 1.0},
    "w": {"code": {"any": ["W"]}, "static": True},
    "a_or_c": {"expr": "or(a, c)"},
    "a_and_b": {"expr": "and(a, b)"},
    "a_of_w": {"expr": "and(w, a_or_c)"},
}
TIMED = ["a", "b", "c", "a_or_c", "a_and_b", "_ANY_EVENT"]
events = st.lists(
    st.fixed_dictionaries(
        {
            "subject_id": st.integers(1, 2),
            "time": st.sampled_from([None, *range(8), *range(8)]).map(
                lambda n: None if n is None else START + timedelta(hours=n)
            ),
            "code": st.sampled_from(["A", "A", "B", "C", "W"]),
            "numeric_value": st.sampled_from([None, 0.0, 1.0, 3.0, 3.0, 5.0, float("nan")]),
            "unit": st.sampled_from([None, "g", "g"]),
        }
    ),
    min_size=8,
    max_size=40,
)
hours = st.integers(1, 6).map(lambda n: timedelta(hours=n))
bounds = st.sampled_from([(1, None), (None, 0), (None, 3), (0, 4), (1, 2)])


def outer_end(reference: str, names: Sequence[str]) -> st.SearchStrategy[End]:
    """The end of a window that refers to something outside of it."""
    event = st.builds(End, st.just(reference), st.sampled_from(names), st.booleans())
    offset = hours | hours.map(lambda length: -length)
    return st.just(End(reference)) | offset.map(lambda length: End(reference, length)) | event


def inner_end(root: str, names: Sequence[str]) -> st.SearchStrategy[End]:
    """The end that refers to the other end."""
    back = root == "end"
    record = "_RECORD_START" if back else "_RECORD_END"
    event = st.just(record) | st.sampled_from(names)
    offset = hours.map(lambda length: -length if back else length)
    return (
        st.just(End(root))
        | offset.map(lambda length: End(root, length))
        | event.map(lambda name: End(root, name, back))
    )


@st.composite
def spans(draw: st.DrawFn, women: bool) -> list[Span]:
    """One to three windows, each referring to the trigger or to an end of one before."""
    names = [*TIMED, *(["a_of_w"] if women else [])]
    found: list[Span] = []
    many = draw(st.integers(1, 3))
    labelled, indexed = draw(st.integers(0, many - 1)), draw(st.integers(0, many))
    for at in range(many):
        before = [f"{span.name}.{side}" for span in found for side in ("start", "end")]
        reference = draw(st.sampled_from(["trigger", *before]))
        root = draw(st.sampled_from(["start", "end"]))
        outer = draw(outer_end(reference, names))
        inner = draw(inner_end(root, names))
        found.append(
            Span(
                f"w{at}",
                root,
                outer,
                inner,
                (draw(st.booleans()), draw(st.booleans())),
                draw(
                    st.dictionaries(
                        st.sampled_from([*names, "_RECORD_START", "_RECORD_END"]), bounds, max_size=2
                    )
                ),
                draw(st.sampled_from([n for n in names if n != "_ANY_EVENT"])) if at == labelled else None,
                draw(st.sampled_from(["start", "end"])) if at == indexed else None,
            )
        )
    return found


def used(trigger: str, windows: Sequence[Span]) -> dict[str, Any]:
    """The predicates that a task refers to: no others count, be they static."""
    asked = {trigger, *(name for span in windows for name in (*span.has, span.label))}
    asked |= {end.to for span in windows for end in (span.outer, span.inner) if isinstance(end.to, str)}
    if "a_of_w" in asked:
        asked |= {"w", "a_or_c"}
    if "a_or_c" in asked:
        asked |= {"a", "c"}
    if "a_and_b" in asked:
        asked |= {"a", "b"}
    return {name: said for name, said in PREDICATES.items() if name in asked}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), record=events, women=st.booleans())
def test_the_rows_are_those_of_the_definition(
    tmp_path: Path, data: st.DataObject, record: list[dict[str, Any]], women: bool
) -> None:
    windows = data.draw(spans(women))
    trigger = data.draw(st.sampled_from([*TIMED, "_RECORD_START", *(["a_of_w"] if women else [])]))
    file = tmp_path / "task.yaml"
    # The file may name a window before the one it refers to.
    written = {span.name: span.yaml() for span in reversed(windows)}
    file.write_text(yaml.safe_dump({"predicates": PREDICATES, "trigger": trigger, "windows": written}))
    wanted = oracle.rows(record, used(trigger, windows), trigger, windows)

    found = cohort(read(file), pl.DataFrame(record, SCHEMA))

    rows = found.rows.select("subject_id", "prediction_time", "trigger", "label").rows()
    assert sorted(rows, key=lambda row: (row[0], row[1], row[2])) == sorted(
        wanted, key=lambda row: (row[0], row[1], row[2])
    )
    for before, after in zip(found.flow.steps, found.flow.steps[1:], strict=False):
        if after.unit == before.unit:
            assert before.left - after.lost == after.left
    assert found.flow.steps[-1].left == found.flow.rows == len(wanted)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    record=events.filter(lambda record: any(e["code"] == "A" and e["time"] for e in record)), data=st.data()
)
def test_parts_and_files_do_not_change_the_rows(
    tmp_path: Path, record: list[dict[str, Any]], data: st.DataObject
) -> None:
    file = tmp_path / "task.yaml"
    file.write_text(yaml.safe_dump({"predicates": PREDICATES, "trigger": "a"}))
    frame = pl.DataFrame(record, SCHEMA)
    meds = tmp_path / "meds" / "data"
    cut = data.draw(st.integers(0, len(record)))
    (meds / "train").mkdir(parents=True, exist_ok=True)
    frame[:cut].write_parquet(meds / "train" / "0.parquet")  # a subject may be in both
    frame[cut:].write_parquet(meds / "1.parquet")
    task = read(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "EVENTS", 3)  # several parts of so small a record
        found = extract(task, tmp_path / "meds", tmp_path / "out")
    written = pl.read_parquet(tmp_path / "out" / "labels" / "*.parquet")
    whole = cohort(task, frame)
    assert found.flow == whole.flow
    assert written.select("subject_id", "prediction_time").equals(
        whole.rows.select("subject_id", "prediction_time")
    )
