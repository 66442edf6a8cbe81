"""Any MEDS layout gives the same matrix, and what cannot be read is said in plain words."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features import schema
from features.error import Problem
from features.shards import ParquetEvents
from features.tabulate import TabulationError, load, matrix, tabulate, windows

START = datetime(2021, 5, 1, 8)
AGGREGATES = ["static/present", "code/count", "value/sum"]


@pytest.fixture
def events() -> pl.DataFrame:
    """Three patients, two codes with and one without a number, one static fact."""
    rows = [
        {
            "subject_id": subject,
            "time": START + timedelta(hours=3 * n),
            "code": code,
            "numeric_value": float(n) if code != "DX" else None,
        }
        for subject in (7, 3, 5)
        for n in range(8)
        for code in ("HGB", "GLU", "DX")
    ]
    rows += [{"subject_id": s, "time": None, "code": "SEX//F", "numeric_value": None} for s in (3, 5)]
    return pl.DataFrame(
        rows, schema={n: schema.EVENT[n] for n in ("subject_id", "time", "code", "numeric_value")}
    )


@pytest.fixture
def index() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "subject_id": [3, 7, 3, 9],
            "prediction_time": [START + timedelta(hours=h) for h in (10, 50, -1, 0)],
        },
        schema=schema.INDEX,
    )


def _matrix(source: Path, index: pl.DataFrame | Path, out: Path, **more: str) -> tuple[list[str], np.ndarray]:
    tabulate(source, index, out, over=["12h", "full"], aggregates=AGGREGATES, min_count=1, **more)  # type: ignore[arg-type] # only time_unit
    table = load(out)
    return table.names, table.matrix.toarray()


def _same(a: tuple[list[str], np.ndarray], b: tuple[list[str], np.ndarray]) -> bool:
    return a[0] == b[0] and np.array_equal(a[1], b[1])


def _one(events: pl.DataFrame, here: Path) -> None:
    events.write_parquet(here / "one.parquet")


def _splits(events: pl.DataFrame, here: Path) -> None:
    for number, split in enumerate(("train", "tuning", "held_out")):
        folder = here / "data" / split
        folder.mkdir(parents=True)
        events[number::3].write_parquet(folder / "0.parquet")
    (here / "metadata").mkdir()
    pl.DataFrame({"code": ["HGB"], "description": ["x"]}).write_parquet(here / "metadata" / "codes.parquet")
    (here / "labels").mkdir()
    pl.DataFrame({"subject_id": [1]}).write_parquet(here / "labels" / "0.parquet")


def _flat_with_metadata(events: pl.DataFrame, here: Path) -> None:
    (here / "metadata").mkdir()
    pl.DataFrame({"code": ["HGB"]}).write_parquet(here / "metadata" / "codes.parquet")
    events[:10].write_parquet(here / "b.parquet")
    events[10:].write_parquet(here / "a.parquet")


def _old_names(events: pl.DataFrame, here: Path) -> None:
    events.rename(
        {"subject_id": "patient_id", "time": "timestamp", "numeric_value": "numerical_value"}
    ).write_parquet(here / "one.parquet")


def _types_that_differ(events: pl.DataFrame, here: Path) -> None:
    parts = (
        events[0::4].cast({"subject_id": pl.Int32, "time": pl.Datetime("ns"), "numeric_value": pl.Float64}),
        events[1::4].cast({"subject_id": pl.UInt64, "time": pl.Datetime("ms"), "code": pl.Categorical()}),
        events[2::4].with_columns(
            pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo")
        ),
        events[3::4].with_columns(pl.col("time").to_physical(), pl.col("numeric_value").cast(pl.Int16)),
    )
    for number, part in enumerate(parts):
        part.write_parquet(here / f"{number}.parquet")


def _without_optional_columns(events: pl.DataFrame, here: Path) -> None:
    plain = pl.col("numeric_value").is_null()
    events.filter(plain).drop("numeric_value").write_parquet(here / "plain.parquet")
    events.filter(~plain).with_columns(text_value=pl.lit("x")).write_parquet(here / "valued.parquet")
    events.clear().write_parquet(here / "none.parquet")


def _many_row_groups(events: pl.DataFrame, here: Path) -> None:
    events.sample(fraction=1, shuffle=True, seed=1).write_parquet(here / "one.parquet", row_group_size=5)


LAYOUTS = [
    _splits,
    _flat_with_metadata,
    _old_names,
    _types_that_differ,
    _without_optional_columns,
    _many_row_groups,
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_makes_no_difference(
    layout: Callable[[pl.DataFrame, Path], None], events: pl.DataFrame, index: pl.DataFrame, tmp_path: Path
) -> None:
    for folder, write in (("plain", _one), ("other", layout)):
        (tmp_path / folder).mkdir()
        write(events, tmp_path / folder)
    expected = _matrix(tmp_path / "plain", index, tmp_path / "a")
    assert expected[1].any()
    assert _same(expected, _matrix(tmp_path / "other", index, tmp_path / "b"))


@pytest.mark.parametrize(("unit", "size"), [("s", 1_000_000), ("ms", 1_000), ("us", 1)])
def test_whole_numbers_are_times_in_the_unit_that_is_said(
    unit: str, size: int, events: pl.DataFrame, index: pl.DataFrame, tmp_path: Path
) -> None:
    _one(events, tmp_path)
    expected = _matrix(tmp_path / "one.parquet", index, tmp_path / "a")
    events.with_columns(pl.col("time").to_physical() // size).write_parquet(tmp_path / "whole.parquet")
    found = _matrix(tmp_path / "whole.parquet", index, tmp_path / "b", time_unit=unit)
    assert _same(expected, found)


def test_whole_numbers_that_cannot_be_microseconds_are_asked_about(
    events: pl.DataFrame, index: pl.DataFrame, tmp_path: Path
) -> None:
    events.with_columns(pl.col("time").to_physical() // 1_000_000).write_parquet(tmp_path / "one.parquet")
    with pytest.raises(TabulationError, match="--time-unit s, ms, us or ns"):
        _matrix(tmp_path / "one.parquet", index, tmp_path / "out")


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ"])
def test_an_index_may_be_csv(form: str, events: pl.DataFrame, index: pl.DataFrame, tmp_path: Path) -> None:
    _one(events, tmp_path)
    expected = _matrix(tmp_path / "one.parquet", index, tmp_path / "a")
    index.with_columns(pl.col("prediction_time").dt.strftime(form)).write_csv(tmp_path / "index.csv")
    assert _same(expected, _matrix(tmp_path / "one.parquet", tmp_path / "index.csv", tmp_path / "b"))


def test_the_store_of_a_home_is_read_batch_by_batch(tmp_path: Path, index: pl.DataFrame) -> None:
    rows = [
        {
            "subject_id": 3,
            "time": START,
            "code": "GLU",
            "numeric_value": v,
            "unit": "mg/dL",
            "known_at": k,
            "source_id": "O/1",
        }
        for v, k in ((90.0, START), (95.0, START + timedelta(hours=20)))
    ]
    events = pl.DataFrame([{"text_value": None, "source": "fhir", **r} for r in rows], schema=schema.EVENT)
    ParquetEvents.create(tmp_path / "store", 4).add(events)
    moments = pl.DataFrame(
        {"subject_id": [3, 3], "prediction_time": [START + timedelta(hours=h) for h in (10, 30)]}
    )
    sources: tuple[Path | ParquetEvents, ...] = (tmp_path / "store", ParquetEvents(tmp_path / "store"))
    for number, source in enumerate(sources):
        out = tmp_path / str(number)
        tabulate(source, moments, out, over=["full"], aggregates=["value/sum"], min_count=1)
        assert load(out).matrix.toarray().tolist() == [[90], [95]]


def _no_column(events: pl.DataFrame, here: Path) -> None:
    events.write_parquet(here / "a.parquet")
    events.drop("time").write_parquet(here / "b.parquet")


def _no_parquet(events: pl.DataFrame, here: Path) -> None:
    (here / "a.parquet").write_text("Anna Petrova")


def _cut_off(events: pl.DataFrame, here: Path) -> None:
    pl.concat([events] * 200).write_parquet(here / "whole")
    whole = (here / "whole").read_bytes()
    (here / "a.parquet").write_bytes(whole[:200] + bytes(300) + whole[500:])
    (here / "whole").unlink()


def _nothing(events: pl.DataFrame, here: Path) -> None:
    (here / "readme.txt").touch()


def _no_events(events: pl.DataFrame, here: Path) -> None:
    events.clear().write_parquet(here / "a.parquet")


def _text_subjects(events: pl.DataFrame, here: Path) -> None:
    events.cast({"subject_id": pl.String}).write_parquet(here / "a.parquet")


def _text_times(events: pl.DataFrame, here: Path) -> None:
    events.cast({"time": pl.String}).write_parquet(here / "a.parquet")


def _no_static(events: pl.DataFrame, here: Path) -> None:
    events.drop_nulls("time").write_parquet(here / "a.parquet")


def _no_numbers(events: pl.DataFrame, here: Path) -> None:
    events.drop("numeric_value").write_parquet(here / "a.parquet")


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (_no_column, r"File 2 of 2 \(in order of name\) has no column 'time'"),
        (_no_parquet, "The file is not a Parquet file"),
        (_cut_off, "The file cannot be read"),
        (_nothing, "holds no Parquet file"),
        (_no_events, "holds no event"),
        (_text_subjects, "has subject_id as String"),
        (_text_times, "has time as String"),
        (_no_static, r"static/\* would be empty: the input holds no facts without a time"),
        (_no_numbers, r"value/\* would be empty: the input holds no events with a time and a number"),
    ],
)
def test_bad_input_is_said_and_nothing_is_written(
    write: Callable[[pl.DataFrame, Path], None],
    said: str,
    events: pl.DataFrame,
    index: pl.DataFrame,
    tmp_path: Path,
) -> None:
    (tmp_path / "in").mkdir()
    write(events, tmp_path / "in")
    with pytest.raises(Problem, match=said) as raised:
        _matrix(tmp_path / "in", index, tmp_path / "out")
    assert "Petrova" not in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (pl.DataFrame({"subject": [1]}), "no column 'subject_id'.*It has: subject"),
        (pl.DataFrame(schema=schema.INDEX), "no row"),
        (
            pl.DataFrame({"subject_id": [1], "prediction_time": [None]}, schema=schema.INDEX),
            "1 rows without a prediction_time",
        ),
        (pl.DataFrame({"subject_id": ["a"], "prediction_time": [START]}), "no whole number"),
        (pl.DataFrame({"subject_id": [1], "prediction_time": ["yesterday"]}), "that is no time"),
        (
            pl.DataFrame({"subject_id": [1], "prediction_time": [1.5]}),
            "The index has prediction_time as Float64",
        ),
        (Path("nowhere.parquet"), "no such index file"),
    ],
)
def test_a_bad_index_is_said(
    index: pl.DataFrame | Path, said: str, events: pl.DataFrame, tmp_path: Path
) -> None:
    _one(events, tmp_path)
    with pytest.raises(TabulationError, match=said):
        _matrix(tmp_path / "one.parquet", index, tmp_path / "out")


@pytest.mark.parametrize("names", [["1y"], ["30"], ["0d"], ["-3d"], [""], ["30d", "720h"], ["99999999d"]])
def test_what_is_no_window_is_said(names: list[str]) -> None:
    with pytest.raises(TabulationError):
        windows(names)


def test_an_empty_family_says_what_would_fill_it(
    events: pl.DataFrame, index: pl.DataFrame, tmp_path: Path
) -> None:
    _one(events, tmp_path)
    with pytest.raises(TabulationError, match=r"static/\* .* no code has 3 .* \(the most frequent has 2\)"):
        tabulate(tmp_path / "one.parquet", index, tmp_path / "out", aggregates=AGGREGATES, min_count=3)


def test_an_unknown_aggregate_names_those_that_there_are(
    events: pl.DataFrame, index: pl.DataFrame, tmp_path: Path
) -> None:
    _one(events, tmp_path)
    with pytest.raises(TabulationError, match=r"'value/median' is no aggregate. There are: static/present"):
        tabulate(tmp_path / "one.parquet", index, tmp_path / "out", aggregates=["value/median"])


def test_a_folder_of_something_else_is_never_replaced(
    events: pl.DataFrame, index: pl.DataFrame, tmp_path: Path
) -> None:
    _one(events, tmp_path)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    with pytest.raises(TabulationError, match="holds something else"):
        _matrix(tmp_path / "one.parquet", index, mine)
    assert (mine / "thesis.txt").read_text() == "mine"
    _matrix(tmp_path / "one.parquet", index, tmp_path / "out")
    _matrix(tmp_path / "one.parquet", index, tmp_path / "out")  # its own it replaces


def test_what_a_killed_run_left_is_swept_and_what_a_running_one_holds_is_not(
    events: pl.DataFrame, index: pl.DataFrame, tmp_path: Path
) -> None:
    _one(events, tmp_path)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    for process in (ended.pid, os.getppid()):
        (tmp_path / f".out.{process}").mkdir()
    _matrix(tmp_path / "one.parquet", index, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f".out.{os.getppid()}", "one.parquet", "out"]


def test_a_full_disk_is_said(
    events: pl.DataFrame, index: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _one(events, tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(matrix.Writer, "add", full)
    with pytest.raises(TabulationError, match=r"cannot be written .No space left on device"):
        _matrix(tmp_path / "one.parquet", index, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["one.parquet"]
