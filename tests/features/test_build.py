"""What `build` promises of versions, windows, rows and columns, by example."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features import codes, schema
from features.build import build, build_shards
from features.catalogue import FEATURES, by_name
from features.feature import DeclarationError, Feature
from features.visible import current

Event = dict[str, Any]

T = datetime.fromisoformat("2025-03-01T12:00:00")
TICK = timedelta(microseconds=1)


def event(code: str, **columns: Any) -> Event:
    plain: Event = dict.fromkeys(schema.EVENT.names())
    return {
        **plain,
        "subject_id": 1,
        "time": T - timedelta(days=1),
        "code": code,
        "source": "fhir",
        **columns,
    }


def glucose(value: float | None, days_ago: float = 1, unit: str | None = "mmol/L", **columns: Any) -> Event:
    time = T - timedelta(days=days_ago)
    return event(
        "LOINC//14771-0", numeric_value=value, unit=unit, **{"time": time, "known_at": time, **columns}
    )


def frame(events: Sequence[Event]) -> pl.DataFrame:
    return pl.DataFrame(events, schema=schema.EVENT, orient="row")


def index(*rows: tuple[int, datetime]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema.INDEX, orient="row")


def one(events: Sequence[Event], feature: str | Feature, at: datetime = T) -> float | None:
    wanted = by_name[feature] if isinstance(feature, str) else feature
    answer: float | None = build(frame(events), index((1, at)), [wanted]).item(0, wanted.name)
    return answer


def over_glucose(aggregate: Any, window: int | None = None) -> Feature:
    return Feature("asked", "ru", "en", codes.GLUCOSE, aggregate, window)


def test_columns_are_float32_in_declared_order_and_rows_in_the_order_of_the_index() -> None:
    rows = index((2, T), (1, T), (2, T - timedelta(days=1)), (1, T))

    made = build(frame([glucose(5)]), rows)

    assert made.columns == ["subject_id", "prediction_time", *(f.name for f in FEATURES)]
    assert set(made.dtypes[2:]) == {pl.Float32()}
    assert_frame_equal(made.select("subject_id", "prediction_time"), rows)
    assert made.get_column("glucose_count_2y").to_list() == [0, 1, 0, 1]


def test_a_result_and_the_report_of_the_same_code_are_one_test() -> None:
    report = {**glucose(5), "numeric_value": None, "unit": None, "source_id": "DiagnosticReport/1"}

    assert one([glucose(5), report], "glucose_count_2y") == 1
    assert one([report], "glucose_count_2y") == 0


def test_no_events_and_no_rows_are_answered_too() -> None:
    nobody = build(frame([]), index((7, T)))
    nothing = build(frame([glucose(5)]), index())

    assert nobody.item(0, "visits_1y") == 0
    assert nobody.item(0, "hba1c_last_2y") is None
    assert nothing.shape == (0, len(FEATURES) + 2)


def test_a_lazy_frame_is_read_like_an_eager_one() -> None:
    events = frame([glucose(5)])

    assert_frame_equal(build(events.lazy(), index((1, T))), build(events, index((1, T))))


def test_a_result_counts_only_from_the_day_it_was_known() -> None:
    late = glucose(7, days_ago=5, known_at=T - timedelta(days=1))

    assert one([late], "glucose_last_2y", at=T - timedelta(days=2)) is None
    assert one([late], "glucose_last_2y") == 7
    assert one([late], "glucose_days_since_last") == 5


def test_the_current_version_is_that_of_the_day_and_without_a_day_the_last() -> None:
    record = {"source_id": "Observation/1"}
    wrong = glucose(17, days_ago=9, **record)
    right = glucose(7, days_ago=9, known_at=T - timedelta(days=3), **record)
    gone = {**glucose(0, days_ago=8, known_at=T, source_id="Observation/2"), "code": "WITHDRAWN"}
    events = frame([wrong, right, glucose(6, days_ago=8, source_id="Observation/2"), gone])

    def values(at: datetime | None) -> list[float]:
        return sorted(current(events, at).get_column("numeric_value"))

    assert values(T - timedelta(days=10)) == []
    assert values(T - timedelta(days=4)) == [6, 17]
    assert values(T - timedelta(days=1)) == [6, 7]
    assert values(T) == values(None) == [7]


def test_a_correction_takes_the_place_of_what_it_corrects_from_when_it_is_known() -> None:
    record = {"source_id": "Observation/1"}
    wrong = glucose(17, days_ago=9, **record)
    right = glucose(7, days_ago=9, known_at=T - timedelta(days=3), **record)

    assert one([right, wrong], over_glucose("max")) == 7
    assert one([right, wrong], over_glucose("max"), at=T - timedelta(days=4)) == 17


def test_a_correction_to_another_code_removes_the_first_value() -> None:
    record = {"source_id": "Observation/1"}
    wrong = glucose(17, days_ago=9, **record)
    right = {**wrong, "code": "LOINC//0-0", "known_at": T - timedelta(days=3)}

    assert one([right, wrong], over_glucose("count")) == 0


def test_a_withdrawn_record_is_gone_from_when_the_withdrawal_is_known() -> None:
    record = {"source_id": "Observation/1"}
    value = glucose(17, days_ago=9, **record)
    gone = event(schema.WITHDRAWN, time=value["time"], known_at=T - timedelta(days=3), **record)

    assert one([gone, value], over_glucose("count")) == 0
    assert one([gone, value], over_glucose("count"), at=T - timedelta(days=4)) == 1


def test_a_withdrawal_wins_over_a_value_learned_at_the_same_instant() -> None:
    value = glucose(17, source_id="Observation/1")

    assert one([value, {**value, "code": schema.WITHDRAWN}], over_glucose("count")) == 0


def test_a_record_that_comes_back_after_a_withdrawal_counts_again() -> None:
    record = {"source_id": "Observation/1"}
    value = glucose(17, days_ago=9, **record)
    gone = event(schema.WITHDRAWN, time=value["time"], known_at=T - timedelta(days=5), **record)
    again = {**value, "numeric_value": 6.0, "known_at": T - timedelta(days=2)}

    assert one([again, gone, value], over_glucose("last")) == 6


def test_the_newest_usable_version_counts_even_if_an_older_one_becomes_usable_after_it() -> None:
    record = {"source_id": "Observation/1"}
    first = glucose(1, days_ago=9, **record)
    planned = {**first, "numeric_value": 2.0, "time": T + TICK, "known_at": T - timedelta(days=5)}
    newest = {**first, "numeric_value": 3.0, "known_at": T - timedelta(days=3)}

    assert one([first, planned, newest], over_glucose("count")) == 1
    assert one([first, planned], over_glucose("max")) == 1
    assert one([first, planned, newest], over_glucose("max"), at=T + TICK) == 3


def test_the_components_of_a_panel_are_one_version() -> None:
    both = {"time": T - timedelta(days=2), "known_at": T, "unit": "mm[Hg]", "source_id": "Observation/1"}
    panel = [
        event("LOINC//8480-6", numeric_value=140.0, **both),
        event("LOINC//8462-4", numeric_value=90.0, **both),
    ]

    assert one(panel, "pulse_pressure_last_2y") == 50


def test_records_of_two_subjects_with_one_number_do_not_correct_each_other() -> None:
    mine = glucose(5, source_id="7")
    theirs = glucose(9, source_id="7", subject_id=2)
    corrected = [
        {**e, "numeric_value": v, "known_at": k} for e, v, k in ((mine, 6.0, T), (theirs, 8.0, T - TICK))
    ]

    made = build(frame([mine, theirs, *corrected]), index((1, T), (2, T)), [over_glucose("max")])

    assert made.get_column("asked").to_list() == [6, 8]


def test_of_two_values_at_one_instant_the_one_learned_last_is_the_last() -> None:
    early, late = (glucose(v, known_at=T - timedelta(hours=h)) for v, h in ((9, 2), (6, 1)))

    assert one([late, early], over_glucose("last")) == 6
    assert one([late, early], over_glucose("first")) == 9


def test_a_window_is_open_at_its_start_and_closed_at_the_prediction_time() -> None:
    at_the_start, just_after, now = glucose(1, 40), glucose(2, 40 - 1e-6), glucose(3, 0)

    assert one([at_the_start, just_after, now], over_glucose("count", 40)) == 2


def test_a_slope_needs_half_a_year() -> None:
    assert one([glucose(5, 181), glucose(6, 2)], over_glucose("slope")) is None
    assert one([glucose(5, 182), glucose(6, 2)], over_glucose("slope")) == pytest.approx(365.25 / 180)


def test_an_undated_fact_is_the_oldest_and_lies_in_no_window() -> None:
    undated = glucose(4, time=None, known_at=None)

    assert one([glucose(6), undated], over_glucose("first")) == 4
    assert one([glucose(6), undated], over_glucose("last")) == 6
    assert one([undated], over_glucose("count", 40)) == 0
    assert one([undated], over_glucose("days_since_last")) is None


def test_the_age_is_whole_on_the_birthday() -> None:
    born = event(schema.BIRTH, time=datetime.fromisoformat("1960-02-29"), known_at=None)

    assert one([born], "age", at=datetime.fromisoformat("2024-02-29")) == 64
    assert one([born], "age", at=datetime.fromisoformat("2025-03-01")) == 65
    eve = one([born], "age", at=datetime.fromisoformat("2025-02-28T12:00"))
    assert eve is not None
    assert 64.99 < eve < 65


@pytest.mark.parametrize(
    ("facts", "male"),
    [((schema.MALE,), 1), ((schema.FEMALE,), 0), ((), None), ((schema.MALE, schema.FEMALE), None)],
)
def test_sex_is_said_or_missing(facts: tuple[str, ...], male: int | None) -> None:
    events = [event(f, time=None, known_at=None) for f in facts]

    assert one(events, "male") == male


def test_an_index_or_events_of_another_shape_are_refused() -> None:
    events = frame([glucose(5)])

    with pytest.raises(schema.SchemaError, match="known_at"):
        build(events.drop("known_at"), index((1, T)))
    with pytest.raises(schema.SchemaError, match="prediction_time"):
        build(events, pl.DataFrame({"subject_id": [1], "prediction_time": ["2025-03-01"]}))
    with pytest.raises(schema.SchemaError, match="every row"):
        build(events, pl.DataFrame({"subject_id": [1], "prediction_time": [None]}, schema=schema.INDEX))


def test_a_feature_asked_for_twice_is_refused() -> None:
    with pytest.raises(DeclarationError, match="twice"):
        build(frame([]), index((1, T)), [FEATURES[0], FEATURES[0]])


class Shards:
    """A store of two shards, and one that nobody of the index is in."""

    def __init__(self, *shards: list[Event]) -> None:
        self._shards = [frame(shard) for shard in shards]

    def subjects(self) -> pl.Series:
        return pl.concat(self._shards).get_column("subject_id").unique().sort()

    def read(self, subject_ids: Sequence[int]) -> pl.DataFrame:
        return pl.concat(self._shards).filter(pl.col("subject_id").is_in(list(subject_ids)))

    def shards(self) -> Iterator[pl.DataFrame]:
        yield from self._shards


def test_shard_by_shard_gives_the_rows_that_all_events_at_once_give() -> None:
    first = [glucose(5), glucose(7, subject_id=3)]
    second, strangers = [glucose(9, subject_id=2), glucose(4, subject_id=2)], [glucose(1, subject_id=9)]
    rows = index((2, T), (1, T), (7, T), (3, T), (1, T - timedelta(days=2)))

    made = list(build_shards(Shards(first, strangers, second), rows))

    assert [part.get_column("subject_id").to_list() for part in made] == [[1, 3, 1], [2], [7]]
    whole = build(frame(first + second), rows)
    order = ["subject_id", "prediction_time"]
    assert_frame_equal(pl.concat(made).sort(order), whole.sort(order), check_exact=True)


def test_shards_of_nobody_and_an_index_of_nobody_give_no_table() -> None:
    assert list(build_shards(Shards([glucose(5)]), index())) == []
