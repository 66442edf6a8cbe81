"""The body of an Open mHealth or IEEE 1752 data point to what it measures.

Sources: Open mHealth schemas (blood-glucose-4.0, blood-pressure-4.0, sleep-episode-1.1, step-count-3.0 …) and
their IEEE 1752.1 successors; `granola` for HealthKit samples in the same clothes.
"""

from collections.abc import Iterator, Mapping
from math import inf, nan
from typing import Any

from features.ingest.device.apple_type import SLEEP, STAGES, TYPES
from features.ingest.device.clock import NEVER, SECOND, instant
from features.ingest.device.measure import MEASURES, NUMBER
from features.ingest.device.scale import factor

MEASURED = {
    "step_count": "steps",
    "heart_rate": "pulse",
    "respiratory_rate": "respiration",
    "oxygen_saturation": "saturation",
    "blood_glucose": "glucose",
    "systolic_blood_pressure": "systolic",
    "diastolic_blood_pressure": "diastolic",
    "body_weight": "weight",
    "body_height": "height",
    "body_mass_index": "bmi",
    "body_fat_percentage": "body_fat",
    "body_temperature": "temperature",
    "total_sleep_time": "asleep_total",
    "sleep_duration": "asleep_total",
    "minutes_moderate_activity": "exercise",
}
_BARE = {"step_count": "count"}  # a bare number, as version 1 of the schema had it
_SERUM = frozenset({"serum", "plasma"})
_SECONDS = {"sec": 1, "s": 1, "min": 60, "h": 3600, "d": 86_400, "wk": 604_800}
Span = tuple[int, int, int]  # start, end, offset


def values(body: Mapping[str, Any]) -> Iterator[tuple[int, float]]:
    """`(measure, value in its unit)` of all that the body measures; NaN: no number, ∞: an unknown unit."""
    for key, name in MEASURED.items():
        if key in body:
            yield (
                NUMBER[_specimen(body) if key == "blood_glucose" else name],
                _value(NUMBER[name], body[key], _BARE.get(key)),
            )
    kit = body.get("quantity_type") or body.get("category_type")
    if isinstance(kit, str) and kit in TYPES:
        if TYPES[kit] == SLEEP:
            stage = STAGES.get(f"HKCategoryValueSleepAnalysis{body.get('category_value')}")
            yield (NUMBER["asleep"], nan) if stage is None else (stage, 0.0)
        else:
            said = body.get("unit_value", body.get("count"))
            yield TYPES[kit], _value(TYPES[kit], said, "count")


def inner(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The samples that a correlation holds, or the body itself."""
    parts = [*_list(body.get("quantity_samples")), *_list(body.get("category_samples"))]
    return [part for part in parts if isinstance(part, dict)] or [body]


def span(body: Mapping[str, Any], measure: int) -> Span | None:
    """When it was; None if the body does not say so in the way that its schema asks for."""
    frame = body.get("effective_time_frame")
    if not isinstance(frame, dict):
        return None
    if "date_time" in frame:
        if MEASURES[measure].fold in ("sum", "sleep"):
            return None  # what is counted needs a time over which it was
        at, offset = _moment(frame["date_time"])
        return (at, at, offset)
    interval = frame.get("time_interval")
    if not isinstance(interval, dict):
        return None
    start, offset = _moment(interval.get("start_date_time"))
    end, other = _moment(interval.get("end_date_time"))
    length = _duration(interval.get("duration"))
    if start == NEVER and end != NEVER and length is not None:
        start, offset = end - length, other
    elif end == NEVER and start != NEVER and length is not None:
        end = start + length
    return None if NEVER in (start, end) else (start, end, offset)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _moment(text: object) -> tuple[int, int]:
    return instant(text) if isinstance(text, str) else (NEVER, 0)


def _duration(said: object) -> int | None:
    if not isinstance(said, dict) or said.get("unit") not in _SECONDS:
        return None
    value = said.get("value")
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1e6:
        return None
    return round(value * _SECONDS[said["unit"]] * SECOND)


def _value(measure: int, said: object, bare: str | None) -> float:
    unit: object = bare
    if isinstance(said, dict):
        unit, said = said.get("unit"), said.get("value")
    if not isinstance(said, int | float) or isinstance(said, bool):
        return nan
    found = factor(measure, unit if isinstance(unit, str) else None)
    return inf if found is None else said * found[0] + found[1]


def _specimen(body: Mapping[str, Any]) -> str:
    said = body.get("specimen_source") or body.get("blood_specimen_type")
    if said == "interstitial fluid":
        return "glucose_sensor"
    return "glucose_serum" if said in _SERUM else "glucose"
