"""Who enters a table and with which label, case by case; and that no future enters a feature."""

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.schema import EVENT
from models.cohort import Table, concat, feature_table, read, store_table, write
from models.registry import models
from models.split import split

DIABETES, LIPIDS = models()["type2_diabetes_2y"], models()["lipid_panel_due"]
END = datetime(2025, 1, 1)  # MEDS: UTC without a mark
Row = tuple[str | None, str, float | None, str | None]


def day(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def record(*facts: Row, subject: int = 1, birth: str | None = "1970-05-01", visits: int = 20) -> pl.DataFrame:
    """One subject: a visit with HbA1c every quarter from 2019 on, and `facts` (time, code, value, known_at)."""
    rows: list[Row] = [] if birth is None else [(birth, "MEDS_BIRTH", None, None)]
    rows.append((None, "SEX//F", None, None))
    for quarter in range(visits):
        when = f"{2019 + quarter // 4}-{quarter % 4 * 3 + 2:02}-01"
        rows += [(when, "ENCOUNTER//AMB", None, None), (when, "LOINC//4548-4", 5.4, None)]
    rows += facts
    return pl.DataFrame(
        [
            (
                subject,
                day(t),
                c,
                v,
                None,
                "%" if c == "LOINC//4548-4" else "mmol/L",
                day(k or t),
                "test",
                f"{i}",
            )
            for i, (t, c, v, k) in enumerate(rows)
        ],
        schema=EVENT,
        orient="row",
    )


def labels(table: Table) -> dict[str, int | None]:
    return {f"{t:%Y-%m}": y for t, y in table.rows.select("prediction_time", "label").iter_rows()}


def test_prediction_times_are_half_years_after_half_a_year_of_record_and_before_the_horizon() -> None:
    table = feature_table(DIABETES, record(), END)

    times = ["2020-01", "2020-07", "2021-01", "2021-07", "2022-01", "2022-07", "2023-01"]
    assert labels(table) == dict.fromkeys(times, 0)
    assert list(labels(feature_table(DIABETES, record(), END - timedelta(days=2)))) == times[:-1]


def test_an_illness_of_long_ago_told_at_a_visit_is_no_contact_of_long_ago() -> None:
    told = ("1995-03-01", "ICD10//I10", None, "2019-05-01")

    assert labels(feature_table(DIABETES, record(told), END)) == labels(
        feature_table(DIABETES, record(), END)
    )


def test_a_diagnosis_within_two_years_is_an_event_and_ends_the_time_at_risk() -> None:
    found = labels(feature_table(DIABETES, record(("2021-12-31", "ICD10//E11.9", None, None)), END))

    assert found == {"2020-01": 1, "2020-07": 1, "2021-01": 1, "2021-07": 1}
    later = labels(feature_table(DIABETES, record(("2022-01-01", "ICD10//E11.9", None, None)), END))
    assert later == {"2020-01": 0, "2020-07": 1, "2021-01": 1, "2021-07": 1}, (
        "730 days, a leap year among them"
    )


def test_a_diagnosis_counts_from_the_day_it_was_recorded() -> None:
    table = feature_table(DIABETES, record(("2020-03-01", "ICD10//E11.9", None, "2022-03-01")), END)

    assert labels(table) == {"2020-01": 0, "2020-07": 1, "2021-01": 1, "2021-07": 1, "2022-01": 1}


def corrected(code: str, detail: str) -> pl.DataFrame:
    """A diagnosis recorded in March 2020, and its second version of June 2022."""
    events = record(("2020-03-01", code, None, None))
    first = events.filter(pl.col("code") == code)
    second = first.with_columns(code=pl.lit(detail), known_at=pl.lit(datetime(2022, 6, 1)))  # MEDS
    return pl.concat([events, second])


def test_a_detail_corrected_later_does_not_move_the_diagnosis() -> None:
    plain = labels(feature_table(DIABETES, record(("2020-03-01", "ICD10//E11.9", None, None)), END))

    assert labels(feature_table(DIABETES, corrected("ICD10//E11.9", "ICD10//E11.2"), END)) == plain
    assert plain == {"2020-01": 1}


def test_a_diagnosis_counts_by_its_last_version_from_the_first_that_said_so() -> None:
    became = labels(feature_table(DIABETES, corrected("ICD10//R73.0", "ICD10//E11.9"), END))
    ceased = labels(feature_table(DIABETES, corrected("ICD10//E11.9", "ICD10//R73.0"), END))

    assert became["2020-01"] == 0 and became["2020-07"] == 1 and max(became) == "2022-01"
    assert set(ceased.values()) == {0}


def test_the_censored_rows_are_those_of_subjects_never_seen_again() -> None:
    events = record(visits=10)  # the last visit is of May 2021

    told = feature_table(DIABETES, events, END)
    asked = feature_table(DIABETES, events, END, censored=True)

    assert labels(told) == {"2020-01": 0, "2020-07": 0, "2021-01": 0}
    assert labels(asked) == {
        **labels(told),
        "2021-07": None,
        "2022-01": None,
        "2022-07": None,
        "2023-01": None,
    }


def test_a_withdrawn_diagnosis_is_no_event() -> None:
    events = record(("2021-02-01", "ICD10//E11.9", None, None))
    mistake = events.filter(pl.col("code") == "ICD10//E11.9")
    withdrawn = mistake.with_columns(code=pl.lit("WITHDRAWN"), known_at=pl.lit(datetime(2021, 3, 1)))  # MEDS

    found = labels(feature_table(DIABETES, pl.concat([events, withdrawn]), END))

    assert set(found.values()) == {0} and "2022-07" in found


@pytest.mark.parametrize(
    ("facts", "options", "lost"),
    [
        ((), {"birth": None}, "birth date unknown"),
        ((), {"birth": "2004-06-01"}, "outside the model's ages"),
        ((("2020-12-31", "MEDS_DEATH", None, None),), {}, "dead"),
        ((), {"visits": 3}, "no contact in two years"),
        ((("2019-03-01", "ICD10//E11.9", None, None),), {}, "outcome already known"),
        ((("2019-03-01", "ICD10//E10.9", None, None),), {}, "diabetes_ever above 0"),
        ((("2021-01-01", "ATC//A10BA02", None, None),), {}, "glucose_lowering_drugs_1y above 0"),
        ((), {"visits": 10}, "never seen again"),
    ],
)
def test_the_flow_says_where_rows_are_lost(
    facts: tuple[Row, ...], options: dict[str, object], lost: str
) -> None:
    table = feature_table(DIABETES, record(*facts, **options), END)  # type: ignore[arg-type] # by name

    losses = {name.removeprefix("lost: "): n for name, n in table.flow.items() if name.startswith("lost")}
    assert losses[lost] > 0
    assert table.flow["prediction times"] == table.flow["rows"] + sum(losses.values())
    assert table.flow["rows"] == table.rows.height


def test_death_without_the_diagnosis_is_known_not_to_be_the_event() -> None:
    table = feature_table(DIABETES, record(("2021-02-10", "MEDS_DEATH", None, None), visits=9), END)

    assert labels(table) == {"2020-01": 0, "2020-07": 0, "2021-01": 0}


def test_without_anything_essential_there_is_no_row() -> None:
    bare = record().filter(pl.col("code") != "LOINC//4548-4")

    table = feature_table(DIABETES, bare, END)

    assert table.rows.height == 0 and table.flow["lost: nothing essential known"] == 7


def test_shuffling_the_future_changes_labels_at_most(events: pl.DataFrame) -> None:
    cut = datetime(2021, 7, 1)  # MEDS
    future = (pl.col("time") > cut) | (pl.col("known_at") > cut)
    after = events.filter(future)
    scrambled = after.with_columns(
        pl.col("numeric_value").shuffle(seed=1),
        pl.col("code").shuffle(seed=2),
        pl.col("subject_id").shuffle(seed=3),
    )
    changed = pl.concat([events.filter(~future.fill_null(False)), scrambled]).sort("subject_id", "time")

    for spec in (DIABETES, LIPIDS):
        before = feature_table(spec, events, END).rows.filter(pl.col("prediction_time") <= cut)
        other = feature_table(spec, changed, END).rows.filter(pl.col("prediction_time") <= cut)
        keys = ["subject_id", "prediction_time"]
        both = before.join(other.select(keys), on=keys, how="semi").sort(keys)
        assert both.height > 300
        assert_frame_equal(
            both.select(*keys, *spec.features),
            other.join(before.select(keys), on=keys, how="semi").sort(keys).select(*keys, *spec.features),
        )
        assert (
            both.get_column("label").to_list()
            != other.join(both, on=keys, how="semi").sort(keys)["label"].to_list()
        )


def ldl(*results: tuple[str, float]) -> pl.DataFrame:
    return record(*((when, "LOINC//39469-2", value, None) for when, value in results))


def steps(*results: tuple[str, float]) -> dict[str, tuple[int, int]]:
    rows = feature_table(LIPIDS, ldl(*results), END).rows
    return {f"{t:%Y-%m}": (n, y) for t, n, y in rows.select("prediction_time", "steps", "label").iter_rows()}


def test_an_abnormal_result_is_placed_midway_after_the_last_normal_one() -> None:
    # Normal 92 days after T, abnormal 366 days after it: the middle, 229 days, is in the third step.
    found = steps(("2019-12-01", 3.0), ("2020-04-02", 3.0), ("2021-01-01", 5.0))

    assert found["2020-01"] == (3, 1)


def test_a_middle_before_the_prediction_time_is_the_first_step() -> None:
    assert steps(("2019-06-01", 3.0), ("2020-02-01", 5.5))["2020-01"] == (1, 1)


def test_after_an_abnormal_result_the_next_would_be_abnormal_at_once() -> None:
    assert steps(("2019-06-01", 3.0), ("2019-12-01", 5.5), ("2020-12-01", 5.5))["2020-01"] == (1, 1)


def test_normal_results_count_until_the_last_of_them() -> None:
    assert steps(("2019-12-01", 3.0), ("2020-12-20", 3.0))["2020-01"] == (4, 0)
    assert steps(("2019-12-01", 3.0), ("2020-01-20", 3.0)) == {}, "too little future to say anything"
    assert steps(("2019-12-01", 3.0), ("2024-06-01", 3.0))["2020-01"] == (12, 0)
    assert steps(("2019-12-01", 3.0), ("2024-01-01", 3.0), ("2024-06-01", 5.0))["2020-01"] == (12, 0)


def test_units_are_converted_and_unknown_ones_are_not_guessed() -> None:
    events = ldl(("2019-12-01", 3.0), ("2020-12-20", 200.0))  # 200 mg/dL is 5.2 mmol/L
    unit = pl.when(pl.col("numeric_value") == 200).then(pl.lit("mg/dL")).otherwise("unit").alias("unit")

    in_mass = feature_table(LIPIDS, events.with_columns(unit), END).rows
    nameless = feature_table(LIPIDS, events.with_columns(unit.replace("mg/dL", "furlong")), END).rows

    assert in_mass.filter(pl.col("prediction_time") == datetime(2020, 1, 1))["label"].to_list() == [1]  # MEDS
    assert nameless.height == 0


def test_tables_of_shards_add_up_to_the_table_of_the_store(events: pl.DataFrame, tmp_path: Path) -> None:
    class TwoShards:
        def subjects(self) -> pl.Series:
            return events.get_column("subject_id").unique().sort()

        def read(self, subject_ids: object) -> pl.DataFrame:
            raise AssertionError("training reads whole shards")

        def shards(self) -> "list[pl.DataFrame]":
            return [events.filter(pl.col("subject_id") % 2 == rest) for rest in (1, 0)]

    end = events["time"].max()
    whole = feature_table(DIABETES, events, end)  # type: ignore[arg-type] # a datetime
    calls: list[None] = []

    parts = store_table(DIABETES, TwoShards(), lambda: calls.append(None))  # type: ignore[arg-type] # as above

    assert_frame_equal(parts.rows, whole.rows.sort("subject_id", "prediction_time"))
    assert parts.flow == whole.flow and parts.until == end and len(calls) == 2
    write(parts, tmp_path / "features" / "x.parquet")
    again = read(tmp_path / "features" / "x.parquet")
    assert_frame_equal(again.rows, parts.rows)
    assert (again.flow, again.until) == (parts.flow, parts.until)
    assert again.rows["split"].to_list() == split(again.rows["subject_id"]).to_list()
    assert concat([whole]).flow == whole.flow


def test_an_empty_shard_has_an_empty_table() -> None:
    table = feature_table(DIABETES, EVENT.to_frame(), END)

    assert table.rows.height == 0
    assert timedelta(0) == END - table.until
