"""From the unit that a device writes to the unit of a measure; a unit that is not here is not guessed.

Source of mg/dL per mmol/L of glucose: molar mass 180.16 g/mol, as features/unit.py has it.
"""

from collections.abc import Mapping
from functools import cache
from math import inf

from features.ingest.device.measure import MEASURES

Factor = tuple[float, float]  # value in the unit of the measure = said · scale + offset

UNKNOWN: Factor = (0.0, inf)  # makes any number infinite, which no measure is
_SAME: Factor = (1.0, 0.0)
_RATE = ("count/min", "beats/min", "breaths/min", "/min", "1/min", "bpm", "уд/мин")
_BY_UNIT: Mapping[str, Mapping[str, Factor]] = {
    "/min": {**dict.fromkeys(_RATE, _SAME), "count/s": (60.0, 0.0), "Hz": (60.0, 0.0)},
    "/d": dict.fromkeys(("count", "steps", "{steps}", "/d"), _SAME),
    "1": dict.fromkeys(("count", "1"), _SAME),
    "m": {
        "m": _SAME,
        "km": (1000.0, 0.0),
        "mi": (1609.344, 0.0),
        "ft": (0.3048, 0.0),
        "yd": (0.9144, 0.0),
        "cm": (0.01, 0.0),
    },
    "cm": {
        "cm": _SAME,
        "m": (100.0, 0.0),
        "mm": (0.1, 0.0),
        "in": (2.54, 0.0),
        "ft": (30.48, 0.0),
    },
    "kg": {
        "kg": _SAME,
        "g": (1e-3, 0.0),
        **dict.fromkeys(("lb", "lbs", "[lb_av]"), (0.45359237, 0.0)),
        "oz": (0.028349523125, 0.0),
        "st": (6.35029318, 0.0),
    },
    "kcal": {"kcal": _SAME, "Cal": _SAME, "kJ": (1 / 4.184, 0.0), "cal": (1e-3, 0.0)},
    "min": {"min": _SAME, "h": (60.0, 0.0), "hr": (60.0, 0.0), "s": (1 / 60, 0.0), "d": (1440.0, 0.0)},
    "ms": {"ms": _SAME, "s": (1000.0, 0.0)},
    "%": {"%": _SAME},
    "kg/m2": dict.fromkeys(("count", "kg/m2", "kg/m^2", "kg/m²"), _SAME),
    "mm[Hg]": {"mmHg": _SAME, "mm[Hg]": _SAME, "kPa": (7.500617, 0.0)},
    "Cel": {
        **dict.fromkeys(("degC", "C", "°C", "Cel"), _SAME),
        **dict.fromkeys(("degF", "F", "°F", "[degF]"), (5 / 9, -160 / 9)),
        "K": (1.0, -273.15),
    },
    "mmol/L": {"mmol/L": _SAME, "mmol/l": _SAME, "ммоль/л": _SAME},
    "mL/min/kg": dict.fromkeys(("mL/kg·min", "mL/min·kg", "ml/kg/min", "mL/min/kg"), _SAME),
}
_MG_DL: Factor = (1 / 18.016, 0.0)
# Apple writes the molar mass into the unit: mmol<180.1558800000541>/L.
_GLUCOSE = {
    "mg/dL": _MG_DL,
    "mg/dl": _MG_DL,
    "мг/дл": _MG_DL,
    "mg/L": (1 / 180.16, 0.0),
    "mmol<180.1558800000541>/L": _SAME,
}


@cache
def factor(measure: int, unit: str | None) -> Factor | None:
    """How to come from `unit` to the unit of the measure; None if that cannot be judged."""
    found = MEASURES[measure]
    known = _BY_UNIT[found.unit]
    if found.name.startswith("glucose"):
        known = {**known, **_GLUCOSE}
    return known.get(unit.strip()) if unit else None
