"""Where features look, by example: windows, hours, gates and daily values; and what is refused."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from features import codes, schema
from features.build import build
from features.codes import CodeGroup
from features.feature import Aggregate, Feature
from features.window import Age, Back, Between, Gate, Hours, WindowError

Event = dict[str, Any]

T = datetime.fromisoformat("2025-06-10T12:00:00")
TICK = timedelta(microseconds=1)
STAY = CodeGroup("stay", ("ENCOUNTER//IMP",))
HOME = CodeGroup("home", ("ENCOUNTER//HOME",))
WEAR = CodeGroup("wear", ("WEARABLE//wear",), "min")


def event(
    code: str, time: str | datetime | None, value: float | None = None, unit: str | None = None
) -> Event:
    when = datetime.fromisoformat(time) if isinstance(time, str) else time
    plain: Event = dict.fromkeys(schema.EVENT.names())
    return {**plain, "subject_id": 1, "time": when, "code": code, "numeric_value": value, "unit": unit}


def glucose(value: float, time: str | datetime | None) -> Event:
    return event("LOINC//14771-0", time, value, "mmol/L")


def ask(
    events: Sequence[Event], aggregate: Aggregate = "sum", group: CodeGroup = codes.GLUCOSE, **where: Any
) -> float | None:
    feature = Feature("asked", "ru", "en", group, aggregate, **where)
    index = pl.DataFrame([(1, T)], schema=schema.INDEX, orient="row")
    answer: float | None = build(pl.DataFrame(events, schema=schema.EVENT), index, [feature]).item(0, "asked")
    return answer


def test_a_window_that_ends_in_the_past_is_open_at_its_start_and_closed_at_its_end() -> None:
    start, end = T - timedelta(days=730), T - timedelta(days=365)
    events = [glucose(1, start), glucose(2, start + TICK), glucose(4, end), glucose(8, end + TICK)]

    assert ask(events, window=Back(730, 365)) == 6


def test_since_the_last_event_of_a_kind_both_ends_count() -> None:
    stay = [event("ENCOUNTER//IMP", t) for t in ("2025-05-01T08:00", "2025-06-01T08:00")]
    events = [
        glucose(1, "2025-05-02"),
        glucose(2, "2025-06-01T07:59:59.999999"),
        glucose(4, "2025-06-01T08:00"),
        glucose(8, T),
    ]

    assert ask([*events, *stay], window=Between(STAY)) == 12
    assert ask([*events, *stay], window=Between(STAY, first=True)) == 15


def test_between_two_events_it_is_the_last_stay_that_has_ended() -> None:
    came = [event("ENCOUNTER//IMP", t) for t in ("2025-03-01", "2025-04-01", "2025-06-01")]
    left = [event("ENCOUNTER//HOME", t) for t in ("2025-03-05", "2025-04-05")]
    times = ("2025-03-03", "2025-04-01", "2025-04-05", "2025-04-05T00:00:00.000001", "2025-06-02")
    events = [glucose(2**n, t) for n, t in enumerate(times)]

    assert ask([*events, *came, *left], window=Between(STAY, HOME)) == 2 + 4
    assert ask([*events, *came, *left], window=Between(STAY, HOME, first=True)) == 1


def test_a_window_that_cannot_be_placed_makes_a_count_missing_and_an_empty_one_makes_it_zero() -> None:
    result, came = glucose(5, "2025-05-01"), event("ENCOUNTER//IMP", "2025-06-01")
    left_before = event("ENCOUNTER//HOME", "2025-05-31")

    assert ask([result], "count", window=Between(STAY)) is None
    assert ask([result, came], "count", window=Between(STAY)) == 0
    assert ask([result, came], "count", window=Between(STAY, HOME)) is None
    assert ask([result, left_before], "count", window=Between(STAY, HOME)) is None
    assert ask([result, came, left_before], "count", window=Between(STAY, HOME)) is None
    assert ask([result, came, left_before], "count", window=Between(STAY, HOME, first=True)) is None
    assert ask([result], "count", window=Age(0, 40)) is None


def test_a_stay_that_ends_as_it_begins_is_one_instant() -> None:
    moments = [event("ENCOUNTER//IMP", "2025-03-01"), event("ENCOUNTER//HOME", "2025-03-01")]
    later = event("ENCOUNTER//HOME", "2025-03-05")
    events = [glucose(1, "2025-03-01"), glucose(2, "2025-03-02"), *moments]

    assert ask([*events, later], window=Between(STAY, HOME, first=True)) == 1
    assert ask(events, window=Between(STAY, HOME)) == 1


def test_an_undated_event_places_no_window() -> None:
    undated = event("ENCOUNTER//IMP", None)

    assert ask([glucose(5, "2025-05-01"), undated], "count", window=Between(STAY)) is None


def test_a_window_by_age_begins_on_the_birthday_and_ends_before_it() -> None:
    born = event(schema.BIRTH, "1984-02-29T06:00")
    times = (
        "2023-03-01T05:59:59.999999",
        "2023-03-01T06:00",
        "2024-02-29T05:59:59.999999",
        "2024-02-29T06:00",
    )
    events = [born, *(glucose(2**n, t) for n, t in enumerate(times))]

    assert ask(events, window=Age(39, 40)) == 2 + 4
    assert ask(events, window=Age(0, 40)) == 1 + 2 + 4
    assert ask(events, window=Age(40)) == 8


def test_an_age_not_yet_reached_is_missing_and_one_reached_today_is_not() -> None:
    born = event(schema.BIRTH, T.replace(year=1985))

    assert ask([born, glucose(5, T)], "count", window=Age(40)) == 1
    assert ask([born, glucose(5, T)], "count", window=Age(41)) is None


def test_the_age_at_the_first_event_is_missing_before_birth() -> None:
    born = event(schema.BIRTH, "1984-06-10T12:00")

    assert ask([born, event("ICD10//E11", "2024-06-10T12:00")], "age_at_first", codes.DIABETES) == 40
    assert ask([born, event("ICD10//E11", "1984-06-10T12:00")], "age_at_last", codes.DIABETES) == 0
    assert ask([born, event("ICD10//E11", "1984-06-10T11:59")], "age_at_first", codes.DIABETES) is None
    assert ask([event("ICD10//E11", "2024-06-10T12:00")], "age_at_first", codes.DIABETES) is None


def test_hours_begin_at_their_start_end_before_their_end_and_go_over_midnight() -> None:
    times = (
        "2025-06-01T05:59:59.999999",
        "2025-06-01T06:00",
        "2025-06-01T21:59:59.999999",
        "2025-06-01T22:00",
    )
    events = [glucose(2**n, t) for n, t in enumerate(times)]

    assert ask(events, hours=Hours(6, 22)) == 2 + 4
    assert ask(events, hours=Hours(22, 6)) == 1 + 8
    assert ask([*events, glucose(16, None)], hours=Hours(0, 24)) == 15


def test_only_days_pass_on_which_the_gate_is_reached() -> None:
    wear = [
        event("WEARABLE//wear", time, minutes, "min")
        for time, minutes in (
            ("2025-06-01T23:59:59", 600),
            ("2025-06-02T10:00", 599),
            ("2025-06-02T11:00", 10),
            ("2025-06-04T10:00", 10),
            ("2025-06-04T11:00", 600),
            ("2025-06-04T12:00", 10),
        )
    ]
    events = [glucose(2**n, f"2025-06-0{n + 1}T08:00") for n in range(4)]

    assert ask([*events, *wear], gate=Gate(WEAR, 600)) == 1 + 8
    assert ask([*events, *wear], gate=Gate(WEAR, 600, "sum")) == 1 + 2 + 8
    assert ask([*events, *wear], gate=Gate(WEAR, 2, "count")) == 2 + 8
    assert ask(events, gate=Gate(WEAR, 0)) is None
    assert ask(events, "count", gate=Gate(WEAR, 0)) == 0


def test_a_gate_weighs_a_day_by_what_was_known_of_it() -> None:
    learned_later = {**event("WEARABLE//wear", "2025-06-01T12:00", 600, "min"), "known_at": T + TICK}

    assert ask([glucose(5, "2025-06-01T08:00"), learned_later], gate=Gate(WEAR, 600)) is None


DAY = [glucose(v, f"2025-06-0{d}T{h:02}:00") for d, h, v in ((1, 8, 4), (1, 9, 9), (1, 23, 5), (2, 8, 7))]


@pytest.mark.parametrize(
    ("daily", "expected"),
    [
        ("count", 4),
        ("first", 11),
        ("last", 12),
        ("max", 16),
        ("mean", 13),
        ("median", 12),
        ("min", 11),
        ("sum", 25),
    ],
)
def test_a_day_becomes_one_value(daily: Any, expected: float) -> None:
    assert ask(DAY, "sum", daily=daily) == expected


def test_the_median_of_a_day_with_an_even_number_of_values_lies_between_two() -> None:
    events = [glucose(v, f"2025-06-01T{h:02}:00") for h, v in enumerate((9, 1, 4, 2))]

    assert ask(events, "sum", daily="median") == 3


@pytest.mark.parametrize(
    ("quantile", "expected"), [(0, 1), (0.1, 1.4), (0.25, 2), (0.6, 5.6), (0.95, 14.4), (1, 16)]
)
def test_a_quantile_lies_between_its_neighbours(quantile: float, expected: float) -> None:
    events = [glucose(v, f"2025-06-0{d + 1}") for d, v in enumerate((16, 1, 4, 2, 8))]

    assert ask(events, "quantile", quantile=quantile) == pytest.approx(expected)


def test_of_two_births_the_later_is_believed_as_for_the_age() -> None:
    born = [event(schema.BIRTH, "1984-06-10T12:00"), event(schema.BIRTH, "1985-06-10T12:00")]

    assert ask(born, "years_since_last", CodeGroup("birth", (schema.BIRTH,))) == 40
    assert ask([*born, event("ICD10//E11", T)], "age_at_last", codes.DIABETES) == 40


def test_a_day_counts_once_it_is_over_and_as_a_whole() -> None:
    today = glucose(1, "2025-06-10T00:00")

    assert ask([*DAY, today], "count", daily="sum") == 2
    assert ask([glucose(1, "2025-06-09T23:59:59")], "count", daily="sum") == 1
    assert ask(DAY, "sum", daily="sum", window_days=9) == 25  # from noon on the 1st: the last value is inside
    assert ask(DAY, "sum", daily="sum", window_days=8) is None


def test_days_of_events_without_values_can_be_counted() -> None:
    visits = [event("ENCOUNTER//AMB", f"2025-06-0{d}T{h}:00") for d, h in ((1, "08"), (1, "09"), (2, "08"))]

    assert ask(visits, "max", codes.VISIT, daily="count") == 2
    assert ask(visits, "count", codes.VISIT, daily="count") == 2


def test_fractions_count_the_limits_as_within_in_the_precision_of_events() -> None:
    events = [glucose(v, "2025-06-01") for v in (3.8, 3.9, 7.8, 10.0, 10.1)]

    assert ask(events, "fraction_below", limits=(3.9, 10.0)) == pytest.approx(0.2)
    assert ask(events, "fraction_within", limits=(3.9, 10.0)) == pytest.approx(0.6)
    assert ask(events, "fraction_above", limits=(3.9, 10.0)) == pytest.approx(0.2)
    assert ask(events, "fraction_above", limits=(3.9, 7.8)) == pytest.approx(0.4)


def test_a_slope_over_a_short_window_needs_half_of_it() -> None:
    start = T - timedelta(days=20)

    assert (
        ask([glucose(5, start), glucose(6, start + timedelta(days=15))], "slope", window_days=30) is not None
    )
    assert ask([glucose(5, start), glucose(6, start + timedelta(days=14))], "slope", window_days=30) is None
    assert (
        ask([glucose(5, start), glucose(6, start + timedelta(days=15))], "slope", window=Back(60, 2)) is None
    )


def test_too_few_values_make_a_feature_missing() -> None:
    two = [glucose(5, "2025-06-01"), glucose(7, "2025-06-02")]

    assert ask(two, "mean", at_least=2) == 6
    assert ask(two, "mean", at_least=3) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: Back(0),
        lambda: Back(10, 10),
        lambda: Back(10, -1),
        lambda: Age(-1),
        lambda: Age(40, 40),
        lambda: Hours(6, 6),
        lambda: Hours(24, 6),
        lambda: Hours(-1, 6),
        lambda: Hours(6, 25),
        lambda: Hours(6, -1),
        lambda: Gate(STAY, 1),
        lambda: Gate(STAY, 1, "sum"),
    ],
)
def test_a_window_that_can_hold_nothing_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(WindowError):
        make()


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (Back(365), "365"),
        (Back(730, 365), "730…365"),
        (Between(STAY), "last stay to T"),
        (Between(STAY, HOME, first=True), "first stay to home"),
        (Age(18, 40), "age 18 to 40"),
        (Age(40), "age 40 to T"),
        (Hours(0, 24), "00–24 h"),
        (Gate(WEAR, 600), "days with wear max ≥ 600"),
        (Gate(STAY, 1, "count"), "days with stay count ≥ 1"),
    ],
)
def test_a_window_says_what_it_is(window: object, said: str) -> None:
    assert str(window) == said
