"""The matrix is the oracle's, entry by entry, whatever the events, their order and their files."""

import json
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from features import schema
from features.store import MemoryEvents
from features.tabulate import AGGREGATES, blocks, limit, load, matrix, run, sight, spill, tabulate
from features.tabulate.error import Miscounted
from tests.features import tabulate_oracle as oracle

START = datetime(2020, 1, 1)
OVER: Mapping[str, timedelta | None] = {"12h": timedelta(hours=12), "2d": timedelta(days=2), "full": None}
PLAIN = pl.Schema({name: schema.EVENT[name] for name in ("subject_id", "time", "code", "numeric_value")})
WHOLE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

moment = st.integers(0, 12).map(lambda n: START + timedelta(hours=6 * n))
number = (
    st.none()
    | st.sampled_from([0.0, -0.0, 1.0, -1.5, 0.1, 3e38, -3e38, 1e-30, 999_999.0, float("nan"), float("inf")])
    | st.floats(width=32, allow_nan=False, allow_infinity=False)
)
event = st.fixed_dictionaries(
    {
        "subject_id": st.integers(1, 4),
        "time": st.none() | moment,
        "code": st.sampled_from(["A", "B", "C//1/2"]),
        "numeric_value": number,
    }
)
told = st.fixed_dictionaries(
    {
        "subject_id": st.integers(1, 3),
        "time": st.none() | moment,
        "code": st.sampled_from(["A", "B", schema.WITHDRAWN]),
        "numeric_value": st.none() | st.sampled_from([0.0, 1.0, 2.5, -4.0]),
        "unit": st.sampled_from([None, "mg/dL", "mmol/L"]),
        "known_at": st.none() | moment,
        "source_id": st.none() | st.sampled_from(["O/1", "O/2"]),
    }
)
rows = st.lists(
    st.fixed_dictionaries({"subject_id": st.integers(1, 5), "prediction_time": moment}),
    min_size=1,
    max_size=12,
)


def _clean(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the oracle takes them: what is no finite number is none."""
    return [
        {**e, "numeric_value": None}
        if e["numeric_value"] is not None and not np.isfinite(e["numeric_value"])
        else e
        for e in events
    ]


def _check(
    out: Path,
    events: list[dict[str, Any]],
    index: list[dict[str, Any]],
    least: int,
    over: Mapping[str, timedelta | None] = OVER,
) -> None:
    table = load(out, dtype=np.float64)
    keys = list(
        zip(*(table.columns[c].to_list() for c in ("code", "unit", "aggregate", "window")), strict=True)
    )
    assert len(set(table.names)) == len(keys)
    assert table.rows.select("subject_id", "prediction_time").to_dicts() == index
    events = _clean(events)
    kept = oracle.kept(events, least)
    families = {a.split("/")[0] for _, _, a, _ in keys}
    wanted = [name for name in AGGREGATES if name.split("/")[0] in families]
    for number, one in enumerate(index):
        own = [e for e in events if e["subject_id"] == one["subject_id"]]
        expected = oracle.row(own, one["prediction_time"], over, wanted, kept)
        stretch = slice(table.matrix.indptr[number], table.matrix.indptr[number + 1])
        columns = table.matrix.indices[stretch].tolist()
        assert columns == sorted(columns)
        found = {keys[c]: v for c, v in zip(columns, table.matrix.data[stretch].tolist(), strict=True)}
        assert found == expected


def _wanted(events: list[dict[str, Any]], least: int) -> list[str]:
    """All aggregates of the families that have a column."""
    kept = oracle.kept(_clean(events), least)
    return [name for name in AGGREGATES if kept[name.split("/")[0]]]


@given(
    events=st.lists(event, min_size=1, max_size=40),
    index=rows,
    least=st.integers(1, 3),
    files=st.integers(1, 4),
    over=st.sampled_from([OVER, {"12h": OVER["12h"]}]),
    chance=st.randoms(),
)
@example(
    events=[
        {"subject_id": 1, "time": START, "code": "A", "numeric_value": n} for n in (1e30, 1e-30, -1e30, 3.0)
    ],
    index=[{"subject_id": 1, "prediction_time": START}],
    least=1,
    files=1,
    over=OVER,
    chance=random.Random(0),
)
@WHOLE
def test_any_files_in_any_order_give_what_the_definition_gives(
    events: list[dict[str, Any]],
    index: list[dict[str, Any]],
    least: int,
    files: int,
    over: Mapping[str, timedelta | None],
    chance: random.Random,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    wanted = _wanted(events, least)
    if not wanted:
        return
    here = tmp_path_factory.mktemp("meds")
    shuffled = list(events)
    chance.shuffle(shuffled)
    for part in range(files):
        folder = here / "in" / "data" / chance.choice(["train", "tuning"])
        folder.mkdir(parents=True, exist_ok=True)
        pl.DataFrame(shuffled[part::files], schema=PLAIN).write_parquet(folder / f"{part}.parquet")
    table = pl.DataFrame(index, schema=schema.INDEX)
    account = tabulate(here / "in", table, here / "out", over=over, aggregates=wanted, min_count=least)
    assert account.events.read == len(events) == account.events.others()
    _check(here / "out", events, index, least, over)


@given(
    events=st.lists(told, min_size=1, max_size=25),
    index=rows,
    over=st.sampled_from([OVER, {"12h": OVER["12h"]}]),
)
@example(  # the correction says that it was long before: what it takes the place of is gone all the same
    events=[
        {
            "subject_id": 1,
            "time": START + timedelta(days=days),
            "code": "A",
            "numeric_value": None,
            "unit": None,
            "known_at": START + timedelta(days=known),
            "source_id": "O/1",
        }
        for days, known in ((2, 2), (0, 3))
    ],
    index=[{"subject_id": 1, "prediction_time": START + timedelta(days=3)}],
    over={"2d": OVER["2d"]},
)
@WHOLE
def test_late_news_corrections_and_withdrawals_count_from_when_they_were_known(
    events: list[dict[str, Any]],
    index: list[dict[str, Any]],
    over: Mapping[str, timedelta | None],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    wanted = _wanted(events, 1)
    if not wanted:
        return
    here = tmp_path_factory.mktemp("store")
    full = [{**e, "text_value": None, "source": "fhir"} for e in events]
    store = MemoryEvents(pl.DataFrame(full, schema=schema.EVENT))
    table = pl.DataFrame(index, schema=schema.INDEX)
    account = tabulate(store, table, here / "out", over=over, aggregates=wanted, min_count=1)
    assert account.events.read == len(events) == account.events.others()
    _check(here / "out", events, index, 1, over)


def _many(subjects: int = 40, each: int = 60, seed: int = 3) -> pl.DataFrame:
    chance = np.random.default_rng(seed)
    n = subjects * each
    return pl.DataFrame(
        {
            "subject_id": chance.integers(0, subjects, n),
            "time": pl.Series(chance.integers(0, 400, n) * 3_600_000_000).cast(schema.INSTANT),
            "code": pl.Series([f"C{c}" for c in chance.integers(0, 9, n)]),
            "numeric_value": chance.normal(100, 30, n).astype(np.float32),
        }
    )


def _index(events: pl.DataFrame) -> pl.DataFrame:
    return (
        events.select("subject_id", prediction_time="time")
        .unique(maintain_order=True)
        .with_row_index("label")
        .sample(fraction=1, shuffle=True, seed=5)
    )


def test_small_groups_and_short_stretches_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = _many()
    index = _index(events)
    events.write_parquet(tmp_path / "events.parquet")
    source = tmp_path / "events.parquet"
    one = tabulate(source, index, tmp_path / "one", aggregates=list(AGGREGATES)[1:], over=OVER)
    monkeypatch.setattr(limit, "EVENTS", 150)
    monkeypatch.setattr(limit, "BATCH", 97)
    monkeypatch.setattr(matrix, "ENTRIES", 500)
    two = tabulate(source, index, tmp_path / "two", aggregates=list(AGGREGATES)[1:], over=OVER)
    assert one.groups == 1 and two.groups > 10
    a, b = load(tmp_path / "one", dtype=np.float64), load(tmp_path / "two", dtype=np.float64)
    assert (a.matrix != b.matrix).nnz == 0 and a.matrix.nnz == b.matrix.nnz > 10_000
    assert a.rows.equals(b.rows) and a.columns.equals(b.columns)


def test_rows_and_labels_stay_in_the_order_of_the_index(tmp_path: Path) -> None:
    events = _many()
    index = _index(events)
    events.write_parquet(tmp_path / "events.parquet")
    tabulate(tmp_path / "events.parquet", index, tmp_path / "out", aggregates=["code/count"], over=OVER)
    table = load(tmp_path / "out")
    assert table.rows["label"].to_list() == index["label"].to_list()
    _check(tmp_path / "out", events.to_dicts(), index.drop("label").to_dicts(), 10)


def test_blocks_are_the_whole(tmp_path: Path) -> None:
    events = _many(10)
    events.write_parquet(tmp_path / "events.parquet")
    tabulate(
        tmp_path / "events.parquet", _index(events), tmp_path / "out", over=OVER, aggregates=["value/last"]
    )
    whole = load(tmp_path / "out").matrix.toarray()
    parts = [part.matrix.toarray() for part in blocks(tmp_path / "out", 77)]
    assert len(parts) > 3
    assert np.array_equal(np.concatenate(parts), whole)


def test_a_part_of_the_columns_can_be_loaded(tmp_path: Path) -> None:
    events = pl.concat(
        [
            _many(10),
            pl.DataFrame(
                {"subject_id": [1], "time": None, "code": ["SEX//F"], "numeric_value": None}, schema=PLAIN
            ),
        ]
    )
    events.write_parquet(tmp_path / "events.parquet")
    tabulate(
        tmp_path / "events.parquet",
        _index(events.drop_nulls("time")),
        tmp_path / "out",
        over=OVER,
        min_count=1,
    )
    table = load(tmp_path / "out", windows=["2d"], aggregates=["static/present", "value/sum"])
    assert {c.rsplit("/", 1)[-1] for c in table.names} == {"present", "2d"}
    assert table.matrix.shape[1] == len(table.names) == 10
    assert table.names[:2] == ["SEX//F/static/present", "C0/value/sum/2d"]


def test_units_of_one_code_are_never_added_up(tmp_path: Path) -> None:
    events = pl.DataFrame(
        {
            "subject_id": [1, 1, 1],
            "time": [START] * 3,
            "code": ["GLU"] * 3,
            "numeric_value": [90.0, 5.0, 6.0],
            "unit": ["mg/dL", "mmol/L", None],
        }
    )
    events.write_parquet(tmp_path / "events.parquet")
    index = pl.DataFrame({"subject_id": [1], "prediction_time": [START]}, schema=schema.INDEX)
    tabulate(
        tmp_path / "events.parquet",
        index,
        tmp_path / "out",
        over=["full"],
        aggregates=["code/count", "value/sum"],
        min_count=1,
    )
    table = load(tmp_path / "out")
    assert dict(zip(table.names, table.matrix.toarray()[0].tolist(), strict=True)) == {
        "GLU/code/count/full": 3,
        "GLU/value/sum/full": 6,
        "GLU [mg/dL]/value/sum/full": 90,
        "GLU [mmol/L]/value/sum/full": 5,
    }


def test_another_tabulation_can_lend_its_columns(tmp_path: Path) -> None:
    events = _many(10)
    events.write_parquet(tmp_path / "train.parquet")
    events.filter(pl.col("code") != "C3").write_parquet(tmp_path / "held_out.parquet")
    index = _index(events)
    tabulate(
        tmp_path / "train.parquet",
        index,
        tmp_path / "train",
        over=OVER,
        aggregates=["code/count", "value/sum"],
    )
    tabulate(
        tmp_path / "held_out.parquet",
        index,
        tmp_path / "held_out",
        over=OVER,
        aggregates=["code/count", "value/sum"],
        like=tmp_path / "train",
    )
    train, other = load(tmp_path / "train"), load(tmp_path / "held_out")
    assert other.names == train.names
    gone = np.array(["C3/" in name for name in train.names])
    assert not other.matrix.toarray()[:, gone].any()
    assert np.array_equal(other.matrix.toarray()[:, ~gone], train.matrix.toarray()[:, ~gone])


def test_every_event_has_one_fate(tmp_path: Path) -> None:
    events = pl.DataFrame(
        {
            "subject_id": [1, 1, 1, 2, None, 1],
            "time": [START, START + timedelta(days=9), START, START, START, None],
            "code": ["A", "A", "RARE", "A", "A", None],
        }
    )
    events.write_parquet(tmp_path / "events.parquet")
    index = pl.DataFrame({"subject_id": [1], "prediction_time": [START]}, schema=schema.INDEX)
    account = tabulate(
        tmp_path / "events.parquet", index, tmp_path / "out", aggregates=["code/count"], min_count=2
    )
    fate = json.loads((tmp_path / "out" / "tabulation.json").read_text())["events"]
    assert fate == {
        "read": 6,
        "counted": 1,
        "unseen": 1,
        "no_code": 2,
        "other_subjects": 1,
        "no_column": 1,
        "withdrawals": 0,
    }
    assert account.events.read == 6


def test_an_event_lost_on_the_way_is_noticed_and_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = _many(5)
    events.write_parquet(tmp_path / "events.parquet")
    add = matrix.Writer.add

    def loses(self: matrix.Writer, runs: Any, rows: int) -> None:
        add(
            self,
            type(runs)(
                runs.key[1:], runs.start[1:], runs.stop[1:], {k: v[1:] for k, v in runs.aggregates.items()}
            ),
            rows,
        )

    monkeypatch.setattr(matrix.Writer, "add", loses)
    with pytest.raises(Miscounted):
        tabulate(tmp_path / "events.parquet", _index(events), tmp_path / "out", aggregates=["code/count"])
    assert [p.name for p in tmp_path.iterdir()] == ["events.parquet"]


def test_the_last_of_one_instant_is_what_was_learned_last(tmp_path: Path) -> None:
    rows_ = [(9.0, 2), (5.0, 3), (7.0, 1)]
    events = pl.DataFrame(
        {
            "subject_id": [1] * 3,
            "time": [START] * 3,
            "code": ["A"] * 3,
            "numeric_value": [value for value, _ in rows_],
            "known_at": [START + timedelta(hours=hours) for _, hours in rows_],
        }
    )
    events.write_parquet(tmp_path / "events.parquet")
    index = pl.DataFrame({"subject_id": [1], "prediction_time": [START + timedelta(days=1)]})
    wanted = ["value/first", "value/last"]
    tabulate(
        tmp_path / "events.parquet", index, tmp_path / "out", over=["full"], aggregates=wanted, min_count=1
    )
    assert load(tmp_path / "out").matrix.toarray().tolist() == [[7, 5]]


@pytest.mark.parametrize(("where", "said"), [("spill", "lost on the disk"), ("events", "accounted for")])
def test_an_event_lost_between_two_passes_is_noticed(
    where: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = _many(5)
    events.write_parquet(tmp_path / "events.parquet")
    if where == "spill":
        monkeypatch.setattr(limit, "EVENTS", 100)
        whole = spill._write
        monkeypatch.setattr(spill, "_write", lambda records, *rest: whole(records[1:], *rest))
    else:
        seen = sight.events
        monkeypatch.setattr(run, "events", lambda records, *rest: seen(records[1:], *rest))
    with pytest.raises(Miscounted, match=said):
        tabulate(tmp_path / "events.parquet", _index(events), tmp_path / "out", aggregates=["code/count"])
    assert [p.name for p in tmp_path.iterdir()] == ["events.parquet"]
