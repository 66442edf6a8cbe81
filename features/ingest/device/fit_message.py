"""Messages of a FIT file to what they measure: times made whole, running totals kept as totals of the day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from features.ingest.device.clock import DAY, SECOND, of
from features.ingest.device.measure import NUMBER

EPOCH = 631_065_600  # 1989-12-31T00:00Z in seconds since 1970: FIT counts from there
# message → field → measure
FIELDS: dict[str, dict[str, str]] = {
    "record": {"heart_rate": "pulse"},
    "monitoring": {"heart_rate": "pulse"},
    "monitoring_hr_data": {"current_day_resting_heart_rate": "resting_pulse"},
    "spo2_data": {"reading_spo2": "saturation_worn"},
    "respiration_rate": {"respiration_rate": "respiration"},
    "hrv_status_summary": {"last_night_average": "rmssd"},  # Garmin's HRV status is RMSSD in ms
    "weight_scale": {"weight": "weight", "percent_fat": "body_fat", "bmi": "bmi"},
    "blood_pressure": {"systolic_pressure": "systolic", "diastolic_pressure": "diastolic"},
    "sleep_level": {},
}
_STAGES = {"awake": "awake", "light": "asleep_core", "deep": "asleep_deep", "rem": "asleep_rem"}
_STEPPING = ("walking", "running")  # of which cycles are pairs of steps
_TYPES = (*_STEPPING, "generic", "cycling", "transition", "fitness_equipment", "swimming", "sedentary")
LONGEST_LEVEL = 4 * 3600 * SECOND  # a gap as long as that is another night
Sample = tuple[int, int, int, int, float, int]  # measure, start, end, offset, value, known
Values = Mapping[str, Any]


@dataclass
class Clock:
    """The clock of one file: the last whole time, and how the local one is set."""

    zone: tzinfo
    offset: int | None = None  # seconds east of UTC, if the file says
    last: int = 0  # seconds since EPOCH

    def learn(self, values: Values) -> None:
        """Note what a message says of time."""
        stamp, local = values.get("timestamp"), values.get("local_timestamp")
        at = _seconds(stamp)
        if at is not None:
            self.last = at
        wall = _seconds(local)
        if at is not None and wall is not None and abs(wall - at) <= 18 * 3600:
            self.offset = round((wall - at) / 900) * 900

    def moment(self, values: Values) -> tuple[int, int] | None:
        """`(instant, offset)` of a message; some say only the last 16 bits of their time."""
        at = _seconds(values.get("timestamp"))
        low = values.get("timestamp_16")
        if at is None and isinstance(low, int) and self.last:
            at = self.last + ((low - self.last) & 0xFFFF)
        if at is None:
            return None
        self.last = at
        instant = (at + EPOCH) * SECOND
        if self.offset is not None:
            return instant, self.offset
        return instant, of(datetime.fromtimestamp(at + EPOCH, self.zone))[1]


def measured(name: str, values: Values, clock: Clock) -> Iterator[Sample]:
    """All that one message measures; nothing if it has no time that can be made whole."""
    when = clock.moment(values)
    if when is None:
        return
    at, offset = when
    for column, measure in FIELDS[name].items():
        value = values.get(column)
        if isinstance(value, int | float) and not (name == "respiration_rate" and value <= 0):
            yield NUMBER[measure], at, at, offset, float(value), at
    if name == "monitoring":
        yield from _totals(values, at, offset)


def _totals(values: Values, at: int, offset: int) -> Iterator[Sample]:
    """Running totals since midnight, by kind of activity: a later one takes the place of an earlier one,
    and those of walking and running are told apart by a microsecond."""
    kind = values.get("activity_type")
    place = _TYPES.index(kind) if kind in _TYPES else len(_TYPES)
    shift = offset * SECOND
    day = (at + shift - 1) // (DAY * SECOND)  # the total at midnight is of the day that ends
    start = day * DAY * SECOND - shift + place
    end = start + DAY * SECOND
    steps, cycles = values.get("steps"), values.get("cycles")
    if steps is None and isinstance(cycles, int | float) and kind in _STEPPING:
        steps = cycles * 2
    for measure, value in (("steps_total", steps), ("distance_total", values.get("distance"))):
        if isinstance(value, int | float):
            yield NUMBER[measure], start, end, offset, float(value), at


def slept(levels: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, Sample | None]]:
    """Levels of sleep `(instant, offset, level)`, each of which holds until the next, as `(place, segment)`;
    the last one, and what was not measurable, is no segment."""
    for place, (at, offset, level) in enumerate(levels):
        later = levels[place + 1][0] if place + 1 < len(levels) else at
        stage = _STAGES.get(level)
        if stage is None or not 0 < later - at <= LONGEST_LEVEL:
            yield place, None
        else:
            yield place, (NUMBER[stage], at, later, offset, 0.0, later)


def _seconds(value: object) -> int | None:
    """Seconds since EPOCH of a field that the decoder gave as a time or, before it was set, a number."""
    if isinstance(value, datetime):
        return round(value.timestamp()) - EPOCH
    return value if isinstance(value, int) and not isinstance(value, bool) else None
