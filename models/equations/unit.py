"""A given unit to the declared unit of an input, by `features.unit` and the LOINC code of the analyte."""

from collections.abc import Mapping
from functools import cache

from features import unit as feature_unit
from features.codes import CodeGroup
from models.equations.input import UNITS, Input

Factor = tuple[float, float]  # scale, offset

_LOINC: Mapping[str, str] = {
    "systolic_bp": "8480-6",
    "total_cholesterol": "14647-2",
    "hdl_cholesterol": "14646-4",
    "bmi": "39156-5",
    "waist": "8280-0",
    "egfr": "98979-8",
    "creatinine": "14682-9",
    "uacr": "9318-7",
    "hba1c": "4548-4",
    "albumin": "1751-7",
    "phosphate": "2777-1",
    "bicarbonate": "1963-8",
    "calcium": "17861-6",
    "respiratory_rate": "9279-1",
    "spo2": "59408-5",
    "heart_rate": "8867-4",
    "temperature": "8310-5",
}
# What a line of units cannot say: an age in calendar months, and spellings of 1.73 m² beside UCUM's.
_AGE: Mapping[str, Factor] = {**dict.fromkeys(("a", "лет"), (1.0, 0.0)), "mo": (1 / 12, 0.0)}
_OWN: Mapping[str, Mapping[str, Factor]] = {
    "age": _AGE,
    "age_at_diabetes_diagnosis": _AGE,
    "egfr": dict.fromkeys(
        (
            *("mL/min/1.73m2", "mL/min/1.73 m2", "mL/min/1.73 m²", "mL/min/1.73m²"),
            *("мл/мин/1,73 м2", "мл/мин/1.73 м2", "мл/мин/1,73 м²", "мл/мин/1.73 м²"),
        ),
        (1.0, 0.0),
    ),
}


def factor(declared: Input, unit: str) -> Factor | None:
    """Scale and offset from `unit` to the input's own unit; None if the unit cannot be judged."""
    return dict(declared.conversions).get(unit) or _general(declared.name, unit)


def wanted(declared: Input) -> str:
    """What to give instead, in words."""
    return f"it in {declared.unit}" if declared.unit else "a bare number"


@cache
def _line(name: str) -> CodeGroup:
    return CodeGroup(name, (f"LOINC//{_LOINC[name]}",), UNITS[name])


def _general(name: str, unit: str) -> Factor | None:
    if not UNITS[name]:
        return None
    if unit == UNITS[name]:
        return 1.0, 0.0
    if unit in _OWN.get(name, {}):
        return _OWN[name][unit]
    if name not in _LOINC:
        return None
    # Every conversion is a straight line, so two points give it, once for a whole column.
    at_zero = feature_unit.convert(0.0, unit, _line(name))
    at_one = feature_unit.convert(1.0, unit, _line(name))
    return None if at_zero is None or at_one is None else (at_one - at_zero, at_zero)
