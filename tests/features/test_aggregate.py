"""Every aggregate, window, gate and daily value against an oracle in plain Python, and the promises
that hold for all of them. The oracle writes the definitions down once more, one event after another,
and shares nothing with the code that it judges but units, answers and the data of variation."""

import itertools
import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features import codes, schema
from features.aggregate import AGGREGATES
from features.answer import ANSWERS
from features.build import build
from features.catalogue import FEATURES
from features.clock import UTC_OFFSET
from features.codes import CodeGroup
from features.feature import EVENT_AGGREGATES, Aggregate, Feature
from features.unit import convert
from features.variation import VARIATION
from features.window import Age, Back, Between, Gate, Hours

Event = dict[str, Any]

T = datetime.fromisoformat("2025-04-01T12:00:00")
BEGINNING = datetime.fromisoformat("0001-01-01")  # stands for a null time
TICK = timedelta(microseconds=1)
WINDOW = 40
SUBJECTS = (1, 2, 2**62 + 5)
ZONE = "Europe/Berlin"  # summer time began on 2025-03-30 at 01:00 UTC

WEAR = CodeGroup("wear", ("WEARABLE//wear",), "min")
ASLEEP = CodeGroup("asleep", ("WEARABLE//asleep", "WEARABLE//asleep_by_hand"), "h")
STAY = CodeGroup("stay", ("ENCOUNTER//IMP",))
HOME = CodeGroup("home", ("ENCOUNTER//HOME",))


class Entry(NamedTuple):
    time: datetime | None
    known_at: datetime | None
    value: float | None
    code: str


# The oracle.


def visible(events: Sequence[Event], at: datetime) -> list[Event]:
    usable = [
        e
        for e in events
        if (e["time"] is None or e["time"] <= at) and (e["known_at"] is None or e["known_at"] <= at)
    ]
    seen = []
    for e in usable:
        if e["source_id"] is None:
            seen.append(e)
            continue
        record = [v for v in usable if v["source_id"] == e["source_id"]]
        latest = max(v["known_at"] or BEGINNING for v in record)
        version = [v for v in record if (v["known_at"] or BEGINNING) == latest]
        if (e["known_at"] or BEGINNING) == latest and all(v["code"] != schema.WITHDRAWN for v in version):
            seen.append(e)
    return seen


def holds(group: CodeGroup, code: str) -> bool:
    return any(code.startswith(c[:-1]) if c.endswith("*") else code == c for c in group.codes)


def value_of(e: Event, group: CodeGroup) -> float | None:
    if group.name in ANSWERS:
        return ANSWERS[group.name].get((e["text_value"] or "").split("//")[-1])
    if e["numeric_value"] is None or group.unit is None:
        return None
    return convert(e["numeric_value"], e["unit"], group)


def entries(seen: Sequence[Event], group: CodeGroup) -> list[Entry]:
    found = [
        Entry(e["time"], e["known_at"], value_of(e, group), e["code"])
        for e in seen
        if holds(group, e["code"])
    ]
    return sorted(found, key=lambda f: (f.time or BEGINNING, f.known_at or BEGINNING, f.value or 0.0))


def measured(group: CodeGroup) -> bool:
    return group.unit is not None or group.name in ANSWERS


def wall_clock(seen: Sequence[Event]) -> Callable[[datetime], datetime]:
    offsets = [
        (f.time, f.value)
        for f in entries(seen, UTC_OFFSET)
        if f.time is not None and f.value is not None and abs(f.value) <= 18 * 60
    ]

    def local(time: datetime) -> datetime:
        minutes = None
        for when, value in offsets:
            if when <= time:
                minutes = value
        if minutes is not None:
            return time + timedelta(microseconds=int(minutes * 60_000_000))
        return time.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)

    return local


def add_years(start: datetime, years: int) -> datetime:
    try:
        return start.replace(year=start.year + years)
    except ValueError:  # 29 February
        return start.replace(year=start.year + years, month=3, day=1)


def calendar_years(start: datetime, at: datetime) -> float:
    whole = at.year - start.year
    if add_years(start, whole) > at:
        whole -= 1
    past, ahead = add_years(start, whole), add_years(start, whole + 1)
    return whole + (at - past) / (ahead - past)


def times(seen: Sequence[Event], group: CodeGroup) -> list[datetime]:
    return sorted(e["time"] for e in seen if holds(group, e["code"]) and e["time"] is not None)


def births(seen: Sequence[Event]) -> list[datetime]:
    return sorted(e["time"] for e in seen if e["code"] == schema.BIRTH and e["time"] is not None)


def span(feature: Feature, seen: Sequence[Event], at: datetime) -> Callable[[datetime], bool] | None:
    """Which instants lie in the window; None: it cannot be placed."""
    match feature.window:
        case Back(days, until):
            return lambda t: at - timedelta(days=days) < t <= at - timedelta(days=until)
        case Age(youngest, oldest):
            if not births(seen):
                return None
            born = births(seen)[-1]
            if add_years(born, youngest) > at:
                return None
            return lambda t: (
                add_years(born, youngest) <= t and (oldest is None or t < add_years(born, oldest))
            )
        case Between(start, end, first):
            pairs = [
                (s, e)
                for s in times(seen, start)
                for e in ([at] if end is None else times(seen, end))
                if s <= e
            ]
            if not pairs:
                return None
            if first:
                first_start = min(times(seen, start))
                pairs = [(s, e) for s, e in pairs if s == first_start]
                if not pairs:
                    return None
                low, high = min(pairs, key=lambda p: p[1])
            else:
                last_end = at if end is None else max(times(seen, end))
                pairs = [(s, e) for s, e in pairs if e == last_end]
                if not pairs:
                    return None
                low, high = max(pairs)
            return lambda t: low <= t <= high
    return lambda t: True


def by_day(found: Iterable[Entry], local: Callable[[datetime], datetime]) -> dict[date, list[Entry]]:
    days = defaultdict(list)
    for f in found:
        if f.time is not None:
            days[local(f.time).date()].append(f)
    return days


def numbers(found: Iterable[Entry]) -> list[float]:
    return [f.value for f in found if f.value is not None]


def reduced(day: list[Entry], how: str) -> float:
    if how == "count":
        return float(len(day))
    values = numbers(day)
    ways: dict[str, Callable[[list[float]], float]] = {
        "first": lambda v: v[0],
        "last": lambda v: v[-1],
        "max": max,
        "min": min,
        "mean": statistics.fmean,
        "median": statistics.median,
        "sum": math.fsum,
    }
    return ways[how](values)


def looked_at(feature: Feature, seen: Sequence[Event], at: datetime) -> list[Entry] | None:
    """What the feature sums up; None: its window cannot be placed."""
    group = feature.codes
    assert group is not None
    local = wall_clock(seen)
    valued = feature.aggregate not in EVENT_AGGREGATES if feature.daily is None else measured(group)
    found = [f for f in entries(seen, group) if not valued or f.value is not None]
    if feature.hours is not None or feature.gate is not None or feature.daily is not None:
        found = [f for f in found if f.time is not None]
    if (hours := feature.hours) is not None:
        part = (
            range(hours.start, hours.end)
            if hours.start < hours.end
            else [*range(hours.start, 24), *range(hours.end)]
        )
        found = [f for f in found if f.time is not None and local(f.time).hour in part]
    if (gate := feature.gate) is not None:
        judged = [f for f in entries(seen, gate.codes) if f.value is not None or not measured(gate.codes)]
        good = {
            d
            for d, day in by_day(judged, local).items()
            if np.float32(reduced(day, gate.of)) >= np.float32(gate.at_least)
        }
        found = [f for f in found if f.time is not None and local(f.time).date() in good]
    if feature.daily is not None:
        found = [
            Entry(max(f.time for f in day if f.time is not None), None, reduced(day, feature.daily), "")
            for d, day in by_day(found, local).items()
            if d < local(at).date()
        ]
        found.sort(key=lambda f: f.time or BEGINNING)
    inside = span(feature, seen, at)
    if inside is None:
        return None
    if feature.window is not None:
        found = [f for f in found if f.time is not None and inside(f.time)]
    return found


def oracle(feature: Feature, seen: Sequence[Event], at: datetime) -> float | None:
    found = looked_at(feature, seen, at)
    if found is None or len(found) < feature.at_least:
        return None
    local = wall_clock(seen)
    dated = [f.time for f in found if f.time is not None]
    ago = [(at - t) / timedelta(days=1) for t in dated]
    values = numbers(found)
    match feature.aggregate:
        case "any" | "present":
            return float(len(found) > 0)
        case "count" | "value_count":
            return float(len(found))
        case "distinct":
            return float(len({f.code for f in found}))
        case "days":
            return float(len({math.floor(d) for d in ago}))
        case "coverage":
            assert isinstance(feature.window, Back)
            return len({math.floor(d) for d in ago}) / (feature.window.days - feature.window.until_days)
        case "calendar_days" | "value_days":
            return float(len({local(t).date() for t in dated}))
        case "days_since_last" | "days_since_value":
            return min(ago, default=None)
        case "days_since_first":
            return max(ago, default=None)
        case "years_since_last":
            return calendar_years(max(dated), at) if dated else None
        case "age_at_first" | "age_at_last":
            if not dated or not births(seen):
                return None
            when = min(dated) if feature.aggregate == "age_at_first" else max(dated)
            return None if when < births(seen)[-1] else calendar_years(births(seen)[-1], when)
        case "longest_gap" | "median_gap":
            gaps = [(b - a) / timedelta(days=1) for a, b in itertools.pairwise(dated)]
            if not gaps:
                return None
            return max(gaps) if feature.aggregate == "longest_gap" else statistics.median(gaps)
        case "clock_mean" | "clock_std":
            midnight = datetime.min.time()
            shown = [local(t) for t in dated]
            hours = [(c - datetime.combine(c.date(), midnight)) / timedelta(hours=1) for c in shown]
            return circular(hours, str(feature.aggregate))
        case "hour_mean" | "hour_std":
            return circular(values, str(feature.aggregate))
        case "set_point" | "set_point_spread" | "set_point_z" | "rcv_change" | "rcv_direction":
            return judged(found, feature)
    return of_values(found, values, feature)


def of_values(found: list[Entry], values: list[float], feature: Feature) -> float | None:
    if not values:
        return None
    n, mean = len(values), math.fsum(values) / len(values)
    match feature.aggregate:
        case "first":
            return values[0]
        case "last":
            return values[-1]
        case "last_change":
            return values[-1] - values[-2] if n > 1 else None
        case "last_minus_median":
            return values[-1] - statistics.median(values)
        case "max":
            return max(values)
        case "mean":
            return mean
        case "median":
            return statistics.median(values)
        case "mad":
            middle = statistics.median(values)
            return statistics.median([abs(v - middle) for v in values])
        case "min":
            return min(values)
        case "range":
            return max(values) - min(values)
        case "sum":
            return math.fsum(values)
        case "std":
            return statistics.stdev(values) if n > 1 else None
        case "cv":
            return 100 * statistics.stdev(values) / mean if n > 1 and mean > 0 else None
        case "arv":
            return math.fsum(abs(b - a) for a, b in itertools.pairwise(values)) / (n - 1) if n > 1 else None
        case "quantile":
            assert feature.quantile is not None
            place = feature.quantile * (n - 1)
            low = sorted(values)[math.floor(place)]
            high = sorted(values)[math.ceil(place)]
            return low + (place - math.floor(place)) * (high - low)
        case "fraction_above" | "fraction_below" | "fraction_within":
            assert feature.limits is not None
            lower, upper = (np.float32(limit) for limit in feature.limits)
            above = sum(bool(np.float32(v) > upper) for v in values)
            below = sum(bool(np.float32(v) < lower) for v in values)
            share = {"fraction_above": above, "fraction_below": below}
            return share.get(str(feature.aggregate), n - above - below) / n
        case "slope":
            points = [(f.time, f.value) for f in found if f.time is not None and f.value is not None]
            least = timedelta(days=180)
            if isinstance(feature.window, Back):
                least = min(least, timedelta(days=feature.window.days - feature.window.until_days) / 2)
            if not points or points[-1][0] - points[0][0] < least:
                return None
            years = [(t - T) / timedelta(days=365.25) for t, _ in points]
            return statistics.linear_regression(years, [v for _, v in points]).slope
    raise AssertionError(f"the oracle does not know {feature.aggregate}")


def circular(hours: list[float], aggregate: str) -> float | None:
    if not hours:
        return None
    angles = [h / 24 * 2 * math.pi for h in hours]
    x = math.fsum(map(math.cos, angles)) / len(hours)
    y = math.fsum(map(math.sin, angles)) / len(hours)
    length = math.hypot(x, y)
    if aggregate.endswith("mean"):
        return None if length <= 1e-9 else (math.atan2(y, x) / (2 * math.pi) * 24) % 24
    if len(hours) < 2:
        return None
    return math.sqrt(-2 * math.log(min(1.0, max(length, 1e-9)))) / (2 * math.pi) * 24


def judged(found: list[Entry], feature: Feature) -> float | None:
    assert feature.codes is not None
    varies = VARIATION[feature.codes.name]
    known = [(f.time or BEGINNING, f.value) for f in found if f.value is not None]
    if varies.skewed:
        known = [(t, math.log(v)) for t, v in known if v > 0]
    if not known:
        return None
    when, last = known[-1]
    earlier = [v for t, v in known if t < when]
    cva, cvi = varies.analytical / 100, varies.within / 100
    if str(feature.aggregate).startswith("rcv"):
        if len(earlier) < max(feature.at_least, 1):
            return None
        before = earlier[-1]
        if varies.skewed:
            change = (last - before) / (1.96 * math.sqrt(2 * math.log(1 + cva**2 + cvi**2)))
        elif before <= 0:
            return None
        else:
            change = (last / before - 1) / (1.96 * math.sqrt(2 * (cva**2 + cvi**2)))
        if feature.aggregate == "rcv_change":
            return change
        return 1.0 if change > 1 else -1.0 if change < -1 else 0.0
    if len(earlier) < (feature.at_least or 3):
        return None
    middle = statistics.median(earlier)
    spread = 1.4826 * statistics.median([abs(v - middle) for v in earlier])
    spread = max(spread, math.sqrt(math.log(1 + cva**2)) if varies.skewed else cva * abs(middle))
    if feature.aggregate == "set_point":
        return math.exp(middle) if varies.skewed else middle
    if feature.aggregate == "set_point_spread":
        return math.exp(middle + spread) - math.exp(middle) if varies.skewed else spread
    return (last - middle) / spread if spread > 0 else None


# What is checked.

_LIMITS: dict[str, Any] = dict.fromkeys(("fraction_above", "fraction_below", "fraction_within"), (5.0, 12.0))


def _feature(group: CodeGroup, aggregate: Aggregate, **where: Any) -> Feature:
    where.setdefault("limits", _LIMITS.get(aggregate))
    if aggregate == "quantile":
        where.setdefault("quantile", 0.9)
    return Feature(f"f{next(_NUMBER)}_{aggregate}", "ru", "en", group, aggregate, **where)


_NUMBER = itertools.count()
_WINDOWS: tuple[dict[str, Any], ...] = ({}, {"window_days": WINDOW})
_PLACED = (
    Back(WINDOW, 9),
    Back(400, 41),
    Between(codes.VISIT),
    Between(STAY),
    Between(STAY, HOME),
    Between(STAY, first=True),
    Between(STAY, HOME, first=True),
    Age(0, 45),
    Age(45),
    Age(44, 45),
    Age(46, 70),
)
_SOME: tuple[Aggregate, ...] = ("count", "last", "mean", "days_since_first", "slope", "median", "set_point_z")
_CIRCLE: tuple[Aggregate, ...] = ("hour_mean", "hour_std")
_DAILY = ("count", "first", "last", "max", "mean", "median", "min", "sum")
_WHERE: tuple[dict[str, Any], ...] = (
    {"hours": Hours(6, 12)},
    {"hours": Hours(22, 6), "window_days": WINDOW},
    {"hours": Hours(0, 24)},
    {"gate": Gate(WEAR, 600)},
    {"gate": Gate(WEAR, 600, "sum"), "window_days": WINDOW},
    {"gate": Gate(codes.VISIT, 2, "count")},
    {"gate": Gate(WEAR, 1, "count"), "hours": Hours(0, 12), "window_days": 10},
    {"daily": "mean", "gate": Gate(WEAR, 600), "hours": Hours(0, 23), "window_days": WINDOW},
)

CHECKED = (
    *(
        _feature(codes.GLUCOSE, name, **window)
        for name in AGGREGATES
        for window in _WINDOWS
        if name not in _CIRCLE and (window or name != "coverage")
    ),
    *(_feature(ASLEEP, name, **window) for name in (*_CIRCLE, "distinct", "sum") for window in _WINDOWS),
    *(
        _feature(codes.TRIGLYCERIDES, name, **window)
        for name in AGGREGATES
        for window in _WINDOWS
        if name.startswith(("rcv", "set_point"))
    ),
    *(_feature(codes.GLUCOSE, name, window=window) for name in _SOME for window in _PLACED),
    *(_feature(codes.VISIT, name, window=window) for name in ("count", "any") for window in _PLACED),
    *(
        _feature(codes.GLUCOSE, name, **where)
        for name in (*_SOME, "calendar_days", "coverage")
        for where in _WHERE
        if name != "coverage" or "window_days" in where
    ),
    *(
        _feature(codes.GLUCOSE, name, daily=daily, **window)
        for name in ("last", "std", "count", "value_days", "longest_gap", "set_point")
        for daily in _DAILY
        for window in _WINDOWS
    ),
    *(_feature(codes.GLUCOSE, name, at_least=2) for name in ("mean", "count", "set_point", "rcv_change")),
    *(_feature(codes.VISIT, name, daily="count") for name in ("max", "count", "mean")),
    _feature(codes.GLUCOSE, "quantile", quantile=0.25),
    _feature(codes.DIABETES, "count"),
    _feature(codes.DIABETES, "distinct", window_days=WINDOW),
    _feature(codes.DIABETES, "age_at_first"),
    _feature(codes.DIABETES_2, "any", window_days=WINDOW),
    _feature(codes.HBA1C, "last"),
    _feature(codes.SMOKING, "last"),
    _feature(codes.SMOKING, "mean", window_days=WINDOW),
)

# Few instants, on and beside every edge, so that ties and edges are the rule.
MOMENTS = [T, T, T + TICK, T - TICK, T + timedelta(days=3), T - timedelta(days=WINDOW)]
MOMENTS += [T - timedelta(days=WINDOW) + TICK, T - timedelta(days=9), T - timedelta(days=9) + TICK]
MOMENTS += [T - timedelta(days=d) for d in (10, 25, 41, 400)] + [T - timedelta(days=10, hours=1)]
MOMENTS += [
    datetime.fromisoformat(t)
    for t in (
        "2024-02-29T00:00:00",
        "2024-02-29T03:10:00",
        "2025-02-28T23:59:59",
        "2025-03-29T22:59:59.999999",  # a second before midnight in Berlin
        "2025-03-29T23:00:00",
        "2025-03-30T05:00:00",  # 7 in the morning by summer time, 6 by winter time
        "2025-03-30T04:00:00",
        "2025-03-30T21:30:00",
        "2025-03-30T22:00:00",
        "2025-04-01T06:30:00",
        "2025-03-31T21:59:59",
        "2025-03-31T22:00:00",  # today, in Berlin
        "2025-03-31T09:00:00",
    )
]
INSTANT = st.sampled_from(MOMENTS)
BORN = [datetime.fromisoformat(t) for t in ("1980-02-29T03:10:00", "1979-03-31T12:00:00", "1980-04-02")]

GLUCOSE = ("LOINC//14771-0", "mmol/L", None)
SAID = st.sampled_from(
    [
        *([GLUCOSE] * 8),
        ("LOINC//2345-7", "mg/dL", None),
        ("LOINC//2345-7", "furlong", None),
        ("LOINC//14771-0", None, None),
        *([("LOINC//2571-8", "mmol/L", None)] * 3),
        ("LOINC//4548-4", "mmol/mol", None),
        ("LOINC//4548-4", "%", None),
        ("ICD10//E11.9", None, None),
        ("ICD10//E10", None, None),
        ("ICD10//E1", None, None),
        ("ENCOUNTER//AMB", None, None),
        ("ENCOUNTER//IMP", None, None),
        ("ENCOUNTER//HOME", None, None),
        ("LOINC//72166-2", None, "SNOMED//449868002"),
        ("LOINC//72166-2", None, "LA18978-9"),
        ("LOINC//72166-2", None, "266927001"),
        ("WEARABLE//wear", "min", None),
        ("WEARABLE//wear", "h", None),
        ("WEARABLE//asleep", "h", None),
        ("WEARABLE//asleep_by_hand", "h", None),
        ("UTC_OFFSET", "min", None),
        (schema.BIRTH, None, None),
        (schema.WITHDRAWN, None, None),
        ("LOINC//0-0", "mmol/L", None),
    ]
)
NUMBERS: dict[str, list[float]] = {
    "WEARABLE//wear": [600.0, 300.0, 300.0, 599.0, 10.0],
    "WEARABLE//asleep": [23.0, 1.0, 0.0, 12.0, 22.5],
    "WEARABLE//asleep_by_hand": [23.0, 11.0],
    "UTC_OFFSET": [180.0, -600.0, 0.0, 840.0, 5000.0],
}
_PLAIN = [5.5, 5.5, 5.0, 12.0, 0.0, 0.0, -3.0, 100.0, math.nan, math.inf, None]


def event(code: str, **columns: Any) -> Event:
    return {**dict.fromkeys(schema.EVENT.names()), "subject_id": 1, "code": code, "source": "fhir", **columns}


@st.composite
def _event(draw: st.DrawFn, moments: st.SearchStrategy[datetime] = INSTANT) -> Event:
    code, unit, text = draw(SAID)
    numbers_ = st.sampled_from(NUMBERS.get(code, _PLAIN))
    if code not in NUMBERS:
        numbers_ = numbers_ | st.integers(0, 20).map(float)
    time = draw(
        st.sampled_from(BORN) if code == schema.BIRTH else moments | st.sampled_from([None, *MOMENTS[:1]])
    )
    return event(
        code,
        subject_id=draw(st.sampled_from((1, 1, 1, *SUBJECTS))),
        time=time,
        known_at=draw(st.none() | st.just(time) | st.just(time) | INSTANT),
        numeric_value=draw(numbers_),
        unit=unit,
        text_value=text,
        source_id=draw(st.sampled_from([None, None, None, "a", "a", "b", "c"])),
    )


EVENTS = st.integers(0, 40).flatmap(lambda n: st.lists(_event(), min_size=n, max_size=n))
SOME_FEATURES = st.sampled_from([CHECKED[n::8] for n in range(8)])


def frame(events: Sequence[Event]) -> pl.DataFrame:
    return pl.DataFrame(events, schema=schema.EVENT, orient="row")


def index(*rows: tuple[int, datetime]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema.INDEX, orient="row")


NOW = index(*((s, T) for s in SUBJECTS))
PAIR = index((1, T), (1, T - timedelta(days=9)))
INDEX = index(*((s, t) for t in (T, T - timedelta(days=9), T - timedelta(days=1)) for s in SUBJECTS))


def made(events: Sequence[Event], rows: pl.DataFrame, features: Sequence[Feature] = CHECKED) -> pl.DataFrame:
    return build(frame(events), rows, features, zone=ZONE)


@settings(max_examples=100, deadline=None)
@given(EVENTS, st.sampled_from([NOW, PAIR, INDEX]), SOME_FEATURES)
def test_every_aggregate_is_what_its_definition_says(
    events: list[Event], rows: pl.DataFrame, features: Sequence[Feature]
) -> None:
    for row in made(events, rows, features).iter_rows(named=True):
        at = row["prediction_time"]
        seen = visible([e for e in events if e["subject_id"] == row["subject_id"]], at)
        for feature in features:
            expected, found = oracle(feature, seen, at), row[feature.name]
            about = f"{feature.name} {feature.window} {feature.hours} {feature.gate} {feature.daily}"
            if expected is None or found is None:
                assert found is expected, about
            elif str(feature.aggregate) in ("clock_mean", "hour_mean"):
                apart = abs(found - expected)
                assert min(apart, 24 - apart) < 1e-4, about
            else:
                assert found == pytest.approx(expected, rel=1e-5, abs=1e-5), about


@settings(max_examples=10, deadline=None)
@given(EVENTS.flatmap(lambda e: st.tuples(st.just(e), st.permutations(e))))
def test_the_order_of_events_does_not_matter(both: tuple[list[Event], list[Event]]) -> None:
    events, shuffled = both

    assert_frame_equal(made(events, INDEX), made(shuffled, INDEX), check_exact=True)


@settings(max_examples=25, deadline=None)
@given(EVENTS, st.lists(_event(), min_size=1, max_size=4), st.booleans())
def test_what_happens_or_is_learned_later_changes_nothing(
    events: list[Event], later: list[Event], learned_later: bool
) -> None:
    for e in later:
        e["known_at" if learned_later else "time"] = T + TICK

    assert_frame_equal(made(events, NOW), made([*events, *later], NOW), check_exact=True)


@settings(max_examples=10, deadline=None)
@given(EVENTS)
def test_one_at_a_time_gives_the_same_as_all_at_once(events: list[Event]) -> None:
    features = (*CHECKED[::3], *FEATURES)
    together = made(events, INDEX, features)

    alone = []
    for subject, moment in INDEX.rows():
        own = [e for e in events if e["subject_id"] == subject]
        alone.append(made(own, index((subject, moment)), features))

    assert_frame_equal(together, pl.concat(alone), check_exact=True)


@settings(max_examples=10, deadline=None)
@given(EVENTS, EVENTS)
def test_other_subjects_do_not_matter(events: list[Event], others: list[Event]) -> None:
    strangers = [{**e, "subject_id": e["subject_id"] + 10} for e in others]

    assert_frame_equal(made(events, INDEX), made(events + strangers, INDEX), check_exact=True)


@settings(max_examples=10, deadline=None)
@given(EVENTS, st.sets(st.sampled_from(CHECKED), min_size=1))
def test_a_feature_is_the_same_whichever_features_stand_beside_it(
    events: list[Event], some: set[Feature]
) -> None:
    wanted = [f for f in CHECKED if f in some]

    whole, part = made(events, INDEX), made(events, INDEX, wanted)

    assert_frame_equal(whole.select(part.columns), part, check_exact=True)
