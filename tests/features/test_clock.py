"""The wall clock: recorded offsets, the clinic's zone, summer time."""

from datetime import datetime
from typing import Any

import polars as pl
import pytest

from features import codes, schema
from features.build import build
from features.clock import UnknownZone, clinic_zone
from features.feature import Aggregate, Feature
from features.window import Hours

Event = dict[str, Any]

T = datetime.fromisoformat("2025-04-10T12:00:00")


def event(code: str, time: str, value: float, unit: str, subject: int = 1) -> Event:
    plain: Event = dict.fromkeys(schema.EVENT.names())
    when = datetime.fromisoformat(time)
    return {**plain, "subject_id": subject, "time": when, "code": code, "numeric_value": value, "unit": unit}


def glucose(time: str, value: float = 1, subject: int = 1) -> Event:
    return event("LOINC//14771-0", time, value, "mmol/L", subject)


def offset(time: str, minutes: float, subject: int = 1) -> Event:
    return event("UTC_OFFSET", time, minutes, "min", subject)


def ask(events: list[Event], aggregate: Aggregate, zone: str = "UTC", subjects: int = 1, **where: Any) -> Any:
    feature = Feature("asked", "ru", "en", codes.GLUCOSE, aggregate, **where)
    index = pl.DataFrame([(s + 1, T) for s in range(subjects)], schema=schema.INDEX, orient="row")
    made = build(pl.DataFrame(events, schema=schema.EVENT), index, [feature], zone=zone)
    found = made.get_column("asked").to_list()
    return found if subjects > 1 else found[0]


def test_a_recorded_offset_holds_from_its_instant_until_the_next() -> None:
    events = [
        offset("2025-04-01T06:00", 180),
        offset("2025-04-03T00:00", -600),
        glucose("2025-04-01T05:59:59", 1),  # before any offset: the zone, UTC
        glucose("2025-04-01T06:00", 2),  # 9:00
        glucose("2025-04-02T20:00", 4),  # 23:00
        glucose("2025-04-03T00:00", 8),  # 14:00 of the day before
    ]

    assert ask(events, "sum", hours=Hours(5, 6)) == 1
    assert ask(events, "sum", hours=Hours(9, 10)) == 2
    assert ask(events, "sum", hours=Hours(23, 24)) == 4
    assert ask(events, "sum", hours=Hours(14, 15)) == 8
    assert ask(events, "value_days") == 2


def test_of_two_offsets_at_one_instant_the_one_learned_last_holds() -> None:
    early = {**offset("2025-04-01T06:00", 60), "known_at": datetime.fromisoformat("2025-04-01T07:00")}
    late = {**offset("2025-04-01T06:00", 120), "known_at": datetime.fromisoformat("2025-04-01T08:00")}

    assert ask([late, early, glucose("2025-04-01T06:00")], "clock_mean") == pytest.approx(8)


def test_an_offset_that_no_clock_has_is_passed_over() -> None:
    said = glucose("2025-04-01T06:00")

    assert ask([offset("2025-04-01T00:00", 18 * 60 + 1), said], "clock_mean") == pytest.approx(6)
    assert ask([offset("2025-04-01T00:00", -18 * 60 - 1), said], "clock_mean") == pytest.approx(6)
    assert ask([offset("2025-04-01T00:00", 18 * 60), said], "clock_mean") == pytest.approx(0, abs=1e-6)


def test_the_offset_of_one_person_is_not_that_of_another() -> None:
    events = [
        offset("2025-04-01T00:00", 180),
        glucose("2025-04-02T06:00"),
        glucose("2025-04-02T06:00", subject=2),
        glucose("2025-04-02T06:00", subject=3),
        offset("2025-04-01T00:00", -60, subject=3),
    ]

    assert ask(events, "clock_mean", subjects=3) == pytest.approx([9, 6, 5])


def test_summer_time_of_the_zone_moves_the_hour() -> None:
    events = [glucose("2025-03-30T00:30", 1), glucose("2025-03-30T01:30", 2)]

    assert ask(events, "sum", "Europe/Berlin", hours=Hours(1, 2)) == 1
    assert ask(events, "sum", "Europe/Berlin", hours=Hours(2, 3)) is None
    assert ask(events, "sum", "Europe/Berlin", hours=Hours(3, 4)) == 2


def test_today_is_the_day_of_the_persons_own_clock() -> None:
    before_midnight = glucose("2025-04-09T23:30")

    assert ask([before_midnight], "count", daily="sum") == 1
    assert ask([before_midnight], "count", "Europe/Berlin", daily="sum") == 0
    assert ask([before_midnight, offset("2025-04-09T00:00", 60)], "count", daily="sum") == 0
    assert ask([before_midnight, offset("2025-04-09T00:00", -14 * 60)], "count", daily="sum") == 0


def test_a_day_lived_twice_on_a_journey_is_one_day() -> None:
    events = [
        offset("2025-04-01T00:00", 600),
        glucose("2025-04-01T15:00", 1),  # 1:00 on the 2nd
        offset("2025-04-01T16:00", -600),
        glucose("2025-04-01T17:00", 2),  # 7:00 on the 1st
        glucose("2025-04-02T11:00", 4),  # 1:00 on the 2nd
    ]

    assert ask(events, "value_days") == 2
    assert ask(events, "last", daily="sum") == 5
    assert ask(events, "first", daily="sum") == 2


def test_the_mean_hour_lies_on_a_circle() -> None:
    around_midnight = [glucose("2025-04-01T23:00"), glucose("2025-04-03T01:00")]

    assert ask(around_midnight, "clock_mean") == pytest.approx(0, abs=1e-6)
    assert ask(around_midnight, "clock_std") == pytest.approx(1.006, abs=0.001)
    assert ask([glucose("2025-04-01T06:00"), glucose("2025-04-01T18:00")], "clock_mean") is None
    assert ask([glucose("2025-04-01T06:00")], "clock_std") is None


def test_the_zone_of_the_environment_is_used_and_a_wrong_one_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = {}
    for name in ("Europe/Moscow", "", "Mars/Olympus", "../etc"):
        monkeypatch.setenv("SMARTCLINIC_ZONE", name)
        clinic_zone.cache_clear()
        try:
            seen[name] = clinic_zone()
        except UnknownZone as problem:
            seen[name] = str(problem)
    clinic_zone.cache_clear()

    assert seen["Europe/Moscow"] == "Europe/Moscow"
    assert seen[""] == "UTC"
    assert "Mars/Olympus" in seen["Mars/Olympus"]
    assert "no time zone" in seen["../etc"]


def test_without_a_zone_the_clinics_own_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTCLINIC_ZONE", "Europe/Moscow")
    clinic_zone.cache_clear()
    feature = Feature("asked", "ru", "en", codes.GLUCOSE, "clock_mean")
    index = pl.DataFrame([(1, T)], schema=schema.INDEX, orient="row")

    made = build(pl.DataFrame([glucose("2025-04-01T06:00")], schema=schema.EVENT), index, [feature])

    clinic_zone.cache_clear()
    assert made.item(0, "asked") == pytest.approx(9)
