"""The tables that device clouds and sensors export, each known by its header: data, to be added to.

Column names are compared in small letters without spaces. A time without an offset is of the zone that the
user names. Sources: Fitbit's archive as published with Furberg et al., Zenodo 53894; LibreView and Dexcom
Clarity exports; the ShanghaiT1DM and T2DM data, Sci Data 2023;10:35; CGMacros, PhysioNet 2025.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MINUTE, HOUR, DAY = 60, 3_600, 86_400
US = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y")
PERSON = (
    "patient_id",
    "patientid",
    "patient",
    "subject_id",
    "subject",
    "participant",
    "user_id",
    "id",
    "file",
)
TIME = ("date", "timestamp", "datetime", "time", "devicetimestamp", "日期", "时间", "日期时间", "检测时间", "датаивремя", "дата", "время")  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """One table.

    `time`: the column of when it was; `needs`: further columns by which it is known; `cells`: column →
    measure and unit; `person`: the column of whose it is, none if the file does not say. `length`: seconds
    that a row covers. `order`: forms of its times before the usual ones. `device`: what measured.
    """

    kind: str
    time: str
    cells: Mapping[str, tuple[str, str]]
    needs: frozenset[str] = frozenset()
    person: str | None = None
    length: int = 0
    order: tuple[str, ...] = ()
    device: tuple[str, ...] = ("fitbit",)
    devices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by column, where it is another


def _fitbit(kind: str, time: str, length: int = 0, **cells: tuple[str, str]) -> Layout:
    # The grain is a part of the device: hours and minutes of one wristband must not be added up.
    return Layout(f"Fitbit {kind}", time, cells, frozenset(cells), "id", length, US, ("fitbit", kind))


LAYOUTS = (
    _fitbit(
        "daily activity",
        "activitydate",
        DAY,
        totalsteps=("steps_total", "count"),
        totaldistance=("distance_total", "km"),
    ),
    _fitbit("daily steps", "activityday", DAY, steptotal=("steps_total", "count")),
    _fitbit("hourly steps", "activityhour", HOUR, steptotal=("steps", "count")),
    _fitbit("minute steps", "activityminute", MINUTE, steps=("steps", "count")),
    _fitbit("heart rate", "time", value=("pulse", "bpm")),
    _fitbit(
        "sleep",
        "sleepday",
        totalminutesasleep=("asleep_total", "min"),
        totaltimeinbed=("in_bed_total", "min"),
    ),
    Layout(
        "Fitbit weight",
        "date",
        {"weightkg": ("weight", "kg"), "fat": ("body_fat", "%"), "bmi": ("bmi", "kg/m2")},
        frozenset({"weightkg", "ismanualreport"}),
        "id",
        0,
        US,
        ("fitbit", "scale"),
    ),
    Layout("Fitbit HRV", "timestamp", {"rmssd": ("rmssd", "ms")}, frozenset({"rmssd", "nremhr"})),
    Layout(
        "Fitbit respiration",
        "timestamp",
        {"daily_respiratory_rate": ("respiration", "/min")},
        frozenset({"daily_respiratory_rate"}),
    ),
    Layout(
        "CGMacros",
        "timestamp",
        {
            "libregl": ("glucose_sensor", "mg/dL"),
            "dexcomgl": ("glucose_sensor", "mg/dL"),
            "hr": ("pulse", "bpm"),
            "steps": ("steps", "count"),
        },
        frozenset({"libregl", "dexcomgl"}),
        "subject",
        MINUTE,
        (),
        ("fitbit", "minute"),
        {"libregl": ("freestyle libre",), "dexcomgl": ("dexcom",)},
    ),
)
# Tables of Fitbit that hold nothing that is used: energy and intensity by the hour, METs, wide copies.
UNUSED = (
    frozenset({"id", "activityhour", "calories"}),
    frozenset({"id", "activityhour", "totalintensity"}),
    frozenset({"id", "activityhour", "steps00"}),
    frozenset({"id", "activityhour", "calories00"}),
    frozenset({"id", "activityhour", "intensity00"}),
    frozenset({"id", "activityminute", "calories"}),
    frozenset({"id", "activityminute", "intensity"}),
    frozenset({"id", "activityminute", "mets"}),
    frozenset({"id", "activityday", "calories"}),
    frozenset({"id", "activityday", "sedentaryminutes"}),
)
# Sensors of glucose: by a word in the header; its unit stands there too, and without one the values are
# not guessed. First what is measured in blood of the finger, then what a sensor says.
SENSOR_WORDS = (
    ("ketone", "ketones"),
    ("血酮", "ketones"),
    ("cbg", "glucose"),
    ("scanglucose", "glucose_sensor"),
    ("stripglucose", "glucose"),
    ("指尖血糖", "glucose"),
    ("指血", "glucose"),
    ("cgm", "glucose_sensor"),
    ("historicglucose", "glucose_sensor"),
    ("sensorglucose", "glucose_sensor"),
    ("glucosevalue", "glucose_sensor"),
    ("动态血糖", "glucose_sensor"),
    ("葡萄糖", "glucose_sensor"),
    ("血糖", "glucose_sensor"),
    ("глюкоза", "glucose_sensor"),
)
UNITS = (("mg/dl", "mg/dL"), ("毫克/分升", "mg/dL"), ("мг/дл", "mg/dL"), ("mmol/l", "mmol/L"), ("毫摩尔/升", "mmol/L"), ("ммоль/л", "mmol/L"))  # fmt: skip


def plain(name: str) -> str:
    """A column name as layouts have it."""
    return "".join(name.strip().strip('"').casefold().split())


def layout_of(names: list[str]) -> Layout | None:
    """The layout of a table with these columns; None if it is none of ours."""
    columns = {plain(name) for name in names}
    for layout in LAYOUTS:
        known = layout.needs | {layout.time} | ({layout.person} if layout.person else set())
        if known <= columns:
            return layout
    return _sensor(list(dict.fromkeys(plain(name) for name in names)))


def unused(names: list[str]) -> bool:
    """Whether it is a table of Fitbit that holds nothing that is used."""
    columns = {plain(name) for name in names}
    return any(needed <= columns for needed in UNUSED)


def _sensor(columns: list[str]) -> Layout | None:
    """The layout of a glucose sensor's table, by the words of its header."""
    cells: dict[str, tuple[str, str]] = {}
    for column in columns:
        measure = next((measure for word, measure in SENSOR_WORDS if word in column), None)
        if measure:
            cells[column] = (measure, next((unit for word, unit in UNITS if word in column), ""))
    time = next((name for name in TIME if name in columns), None)
    if time is None or not any(measure == "glucose_sensor" for measure, _ in cells.values()):
        return None
    person = next((name for name in PERSON if name in columns and name != time), None)
    meters = {name: ("glucometer",) for name, (measure, _) in cells.items() if measure != "glucose_sensor"}
    return Layout("glucose sensor", time, cells, person=person, device=("cgm",), devices=meters)
