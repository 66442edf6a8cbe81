"""Groups of what devices say of a day, and of measurements at home."""

from features.codes import CodeGroup
from features.group.lab import lab


def worn(name: str, unit: str, code: str = "") -> CodeGroup:
    """A daily summary that LOINC has no code for."""
    return CodeGroup(name, (f"WEARABLE//{code or name}",), unit)


WEAR = worn("wear_minutes", "min")
HEART_RATE_DAY = worn("heart_rate_day", "/min", "heart_rate_mean")
HEART_RATE_NIGHT = worn("heart_rate_night", "/min")
HEART_RATE_LOW = worn("heart_rate_low", "/min")
SPO2_NIGHT = worn("spo2_night", "%", "spo2_night_mean")
SPO2_NIGHT_MIN = worn("spo2_night_min", "%")
WRIST_TEMPERATURE = worn("wrist_temperature", "Cel")
SLEEP_DEEP = worn("sleep_deep", "min")
TIME_IN_BED = worn("time_in_bed", "h")
SLEEP_ONSET = worn("sleep_onset", "min")  # after midnight; negative: the evening before
SLEEP_OFFSET = worn("sleep_offset", "min")
EXERCISE = worn("exercise_minutes", "min")
VO2_MAX = worn("vo2_max", "mL/min/kg")
SENSOR_GLUCOSE = worn("sensor_glucose", "mmol/L", "glucose_mean")
SENSOR_GLUCOSE_CV = worn("sensor_glucose_cv", "%", "glucose_cv")
SENSOR_GLUCOSE_IN_RANGE = worn("sensor_glucose_in_range", "%", "glucose_in_range")
SENSOR_READINGS = worn("sensor_readings", "1", "glucose_readings")
METER_GLUCOSE = lab("meter_glucose", "mmol/L", "14743-9")
