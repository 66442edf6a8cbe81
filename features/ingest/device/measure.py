"""What devices measure: how its samples become events, in which unit, and what can be true of a body.

A sample that comes often becomes summaries of its local day, a rare one an event of its own. The ranges
are of physiology and of sensors, not of health: what lies outside is an error of unit, device or entry.
Codes: LOINC; what LOINC has no code for is WEARABLE//…, see docs/ingest_devices.md.
"""

from dataclasses import dataclass
from typing import Literal

Fold = Literal["sum", "level", "stated", "single", "pressure", "glucose", "sleep", "total"]


@dataclass(frozen=True)
class Measure:
    """One kind of sample.

    `fold`: how samples become events. `sum`: added up over a day; `level`: mean of a day; `stated`: the
    device's own value of a day; `total`: the device's own sum of a day, of the measure `of`; `single`: one
    event a sample. `low`, `high`: what a sample may be, in `unit` (UCUM). `order`: which order of devices
    holds, see priority.yaml. `worn`: a sample is proof that the device was worn.
    """

    name: str
    fold: Fold
    code: str
    unit: str
    low: float
    high: float
    order: str = "default"
    worn: bool = False
    of: str = ""


MEASURES = (
    Measure("steps", "sum", "LOINC//41950-7", "/d", 0, 100_000, "motion"),
    Measure("steps_total", "total", "LOINC//41950-7", "/d", 0, 100_000, "motion", of="steps"),
    Measure("distance", "sum", "WEARABLE//distance", "m", 0, 300_000, "motion"),
    Measure("distance_total", "total", "WEARABLE//distance", "m", 0, 300_000, "motion", of="distance"),
    Measure("flights", "sum", "WEARABLE//flights_climbed", "1", 0, 1_000, "motion"),
    Measure("active_energy", "sum", "WEARABLE//active_energy", "kcal", 0, 15_000, "motion"),
    Measure("exercise", "sum", "WEARABLE//exercise_minutes", "min", 0, 1_440, "motion"),
    Measure(
        "exercise_total", "total", "WEARABLE//exercise_minutes", "min", 0, 1_440, "motion", of="exercise"
    ),
    Measure("pulse", "level", "WEARABLE//heart_rate_mean", "/min", 25, 250, worn=True),
    Measure("resting_pulse", "stated", "LOINC//40443-4", "/min", 25, 200),
    Measure("walking_pulse", "stated", "WEARABLE//walking_heart_rate", "/min", 30, 220),
    Measure("sdnn", "level", "WEARABLE//sdnn", "ms", 1, 400, worn=True),
    Measure("rmssd", "level", "WEARABLE//rmssd", "ms", 1, 300, worn=True),
    Measure("respiration", "level", "LOINC//9279-1", "/min", 4, 60, worn=True),
    Measure("saturation_worn", "level", "WEARABLE//spo2_mean", "%", 50, 100, worn=True),
    Measure("wrist_temperature", "stated", "WEARABLE//wrist_temperature", "Cel", 25, 42),
    Measure("asleep", "sleep", "LOINC//93832-4", "min", 0, 1_440, "sleep"),
    Measure("asleep_core", "sleep", "LOINC//93832-4", "min", 0, 1_440, "sleep"),
    Measure("asleep_deep", "sleep", "LOINC//93832-4", "min", 0, 1_440, "sleep"),
    Measure("asleep_rem", "sleep", "LOINC//93832-4", "min", 0, 1_440, "sleep"),
    Measure("awake", "sleep", "LOINC//93832-4", "min", 0, 1_440, "sleep"),
    Measure("in_bed", "sleep", "LOINC//93832-4", "min", 0, 1_440, "sleep"),
    Measure("asleep_total", "sleep", "LOINC//93832-4", "min", 0, 1_440, "sleep"),
    Measure("in_bed_total", "sleep", "LOINC//93832-4", "min", 0, 1_440, "sleep"),
    Measure("glucose_sensor", "glucose", "WEARABLE//glucose_mean", "mmol/L", 1.0, 33.4, "glucose"),
    Measure("glucose", "glucose", "LOINC//14743-9", "mmol/L", 0.5, 60, "glucose"),
    Measure("glucose_serum", "single", "LOINC//14749-6", "mmol/L", 0.5, 60, "glucose"),
    Measure("saturation", "single", "LOINC//59408-5", "%", 50, 100),
    Measure("temperature", "single", "LOINC//8310-5", "Cel", 30, 44),
    Measure("weight", "single", "LOINC//29463-7", "kg", 2, 500),
    Measure("height", "single", "LOINC//8302-2", "cm", 40, 260),
    Measure("bmi", "single", "LOINC//39156-5", "kg/m2", 8, 120),
    Measure("body_fat", "single", "LOINC//41982-0", "%", 2, 75),
    Measure("waist", "single", "LOINC//8280-0", "cm", 30, 300),
    Measure("oxygen_uptake", "single", "WEARABLE//vo2_max", "mL/min/kg", 5, 100),
    Measure("workout", "single", "WEARABLE//workout", "min", 0, 1_440),
    Measure("ketones", "single", "WEARABLE//blood_ketones", "mmol/L", 0, 15),
    Measure("systolic", "pressure", "LOINC//8480-6", "mm[Hg]", 40, 300),
    Measure("diastolic", "pressure", "LOINC//8462-4", "mm[Hg]", 20, 200),
)
NUMBER = {measure.name: number for number, measure in enumerate(MEASURES)}
SLEEP_STAGES = ("asleep", "asleep_core", "asleep_deep", "asleep_rem")
