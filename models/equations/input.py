"""What an equation asks for: one name means one thing, in one unit, in every equation.

A declaration adds what differs between equations: the range in which the published formula holds,
and whether the value may be left out. Inside an equation every input is a float64: a number in its
unit, 1 and 0 for true and false, the position in `options` for a choice, NaN where it is not given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Option = str | int
Kind = Literal["number", "choice", "flag"]

UNITS: Mapping[str, str] = {  # UCUM; "" is a bare number
    "age": "a",
    "age_at_diabetes_diagnosis": "a",
    "systolic_bp": "mm[Hg]",
    "total_cholesterol": "mmol/L",
    "hdl_cholesterol": "mmol/L",
    "bmi": "kg/m2",
    "waist": "cm",
    "egfr": "mL/min/{1.73_m2}",
    "creatinine": "umol/L",
    "uacr": "mg/g",
    "hba1c": "%",
    "sdi_decile": "",
    "albumin": "g/dL",
    "phosphate": "mg/dL",
    "bicarbonate": "mmol/L",
    "calcium": "mg/dL",
    "respiratory_rate": "/min",
    "spo2": "%",
    "heart_rate": "/min",
    "temperature": "Cel",
}
OPTIONS: Mapping[str, tuple[Option, ...]] = {
    "sex": ("female", "male"),
    "region": ("low", "moderate", "high", "very_high"),
    "variables": (4, 6, 8),
    "diabetes_in_family": ("none", "second_degree", "first_degree"),
    "spo2_scale": (1, 2),
    "consciousness": ("alert", "confusion", "voice", "pain", "unresponsive"),
}
FLAGS: Mapping[str, str] = {  # true when
    "current_smoker": "smokes now",
    "diabetes": "has diabetes mellitus",
    "hypertension": "has arterial hypertension, treated or not",
    "heart_failure": "has heart failure",
    "vascular_disease": "had a myocardial infarction, has peripheral artery disease or aortic plaque; "
    "venous thrombosis does not count",
    "stroke_or_embolism": "had a stroke, a transient ischaemic attack or a systemic embolism",
    "antihypertensive_treatment": "takes medicines against high blood pressure",
    "statin_treatment": "takes a statin",
    "raised_glucose_ever": "was ever found to have raised blood glucose",
    "north_america": "lives in North America, to which one of the two baselines is calibrated",
    "active_30_min_daily": "moves for at least 30 minutes on most days",
    "daily_vegetables_or_fruit": "eats vegetables, fruit or berries every day",
    "supplemental_oxygen": "is being given oxygen",
}


@dataclass(frozen=True)
class Input:
    """One input of one equation.

    `low` to `high` is the valid range; with `below` the upper end itself is outside (age under 70).
    `default` is what a missing optional value is taken as, with a warning; an optional input without
    one stays NaN, and the equation says what it does about it. `advice` is added to a refusal.
    `conversions` (unit → scale and offset) replaces the general conversion of these units in this equation.
    """

    name: str
    kind: Kind
    low: float = 0.0
    high: float = 1.0
    below: bool = False
    whole: bool = False
    required: bool = True
    default: Option | bool | None = None
    advice: str = ""
    conversions: tuple[tuple[str, tuple[float, float]], ...] = ()

    @property
    def unit(self) -> str:
        return UNITS.get(self.name, "")

    @property
    def options(self) -> tuple[Option, ...]:
        return OPTIONS.get(self.name, ())

    @property
    def default_number(self) -> float | None:
        """The default as the equation sees it."""
        if self.default is None:
            return None
        return float(self.options.index(self.default)) if self.kind == "choice" else float(self.default)

    def range(self) -> str:
        """What is accepted, in words."""
        if self.kind == "flag":
            return "true or false"
        if self.kind == "choice":
            return ", ".join(str(option) for option in self.options)
        whole = " (whole)" if self.whole else ""
        to = "to under" if self.below else "to"
        return f"{self.low:g} {to} {self.high:g} {self.unit}".rstrip() + whole


def number(
    name: str,
    low: float,
    high: float,
    *,
    below: bool = False,
    whole: bool = False,
    required: bool = True,
    advice: str = "",
    conversions: tuple[tuple[str, tuple[float, float]], ...] = (),
) -> Input:
    """A measured number, valid from `low` to `high` in the unit of `UNITS`."""
    if name not in UNITS or not low < high:
        raise ValueError(f"{name}: a number needs a unit in UNITS and a range")
    return Input(name, "number", low, high, below, whole, required, None, advice, conversions)


def choice(name: str, *, required: bool = True, default: Option | None = None, advice: str = "") -> Input:
    """One of the options of `OPTIONS`; with a default it may be left out."""
    if default is not None and default not in OPTIONS[name]:
        raise ValueError(f"{name}: {default} is not one of its options")
    wanted = required and default is None
    return Input(name, "choice", required=wanted, default=default, advice=advice)


def flag(name: str, *, required: bool = True, default: bool | None = None, advice: str = "") -> Input:
    """True or false, as `FLAGS` says; with a default it may be left out."""
    if name not in FLAGS:
        raise ValueError(f"{name}: say in FLAGS when it is true")
    wanted = required and default is None
    return Input(name, "flag", required=wanted, default=default, advice=advice)
