"""NEWS2: National Early Warning Score 2, points for acute deterioration from seven vital signs."""

import numpy as np

from features.feature import Floats
from models.equations.equation import Columns, Computed, Equation, Outcome
from models.equations.input import choice, flag, number

BANDS = ("routine", "low", "low_medium", "medium", "high")
RED = 3  # points of one sign that call for an urgent look by themselves


def points(values: Floats, *steps: tuple[float, int], above: int) -> Floats:
    """Points of the first step (upper limit, inclusive) that a value does not exceed, else `above`."""
    scored: Floats = np.select(
        [values <= limit for limit, _ in steps], [float(p) for _, p in steps], float(above)
    )
    return scored


def _saturation(c: Columns) -> Floats:
    spo2, oxygen = _whole(c["spo2"]), c["supplemental_oxygen"] == 1
    first = points(spo2, (91, 3), (93, 2), (95, 1), above=0)
    low = points(spo2, (83, 3), (85, 2), (87, 1), above=0)
    high = np.where(oxygen, points(spo2, (92, 0), (94, 1), (96, 2), above=3), 0.0)
    return np.where(c["spo2_scale"] == 0, first, low + high)


def _whole(values: Floats) -> Floats:
    """As the chart is read: whole numbers, halves up."""
    rounded: Floats = np.floor(values + 0.5)
    return rounded


def parts(c: Columns) -> Floats:
    """Points of each sign: respiration, saturation, oxygen, systolic pressure, pulse, mind, temperature."""
    tenths = _whole(c["temperature"] * 10)  # the chart has tenths of a degree, and 0.1 is no float
    return np.stack(
        [
            points(_whole(c["respiratory_rate"]), (8, 3), (11, 1), (20, 0), (24, 2), above=3),
            _saturation(c),
            2 * c["supplemental_oxygen"],
            points(_whole(c["systolic_bp"]), (90, 3), (100, 2), (110, 1), (219, 0), above=3),
            points(_whole(c["heart_rate"]), (40, 3), (50, 1), (90, 0), (110, 1), (130, 2), above=3),
            np.where(c["consciousness"] == 0, 0.0, 3.0),
            points(tenths, (350, 3), (360, 1), (380, 0), (390, 1), above=2),
        ]
    )


def compute(c: Columns) -> Computed:
    """Points, 0 to 20."""
    each = parts(c)
    score = each.sum(axis=0)
    red = np.asarray((each >= RED).any(axis=0))
    bands = np.select([score >= 7, score >= 5, red, score >= 1], [4, 3, 2, 1], 0).astype(np.int64)
    said = "one sign alone scores 3: urgent review by a clinician"
    return Computed((score,), (bands,), c["spo2_scale"].astype(np.int64), ((said, red),))


EQUATION = Equation(
    name="news2",
    title="NEWS2",
    inputs=(
        number("respiratory_rate", 0, 80),
        number("spo2", 30, 100),
        choice("spo2_scale", default=1),
        flag("supplemental_oxygen"),
        number("systolic_bp", 30, 300),
        number("heart_rate", 10, 300),
        choice("consciousness"),
        number("temperature", 25, 45),
        number("age", 16, 120, required=False),
    ),
    outcomes=(Outcome("score", "{score}", None, BANDS, whole=True),),
    models=("spo2_scale_1", "spo2_scale_2"),
    compute=compute,
    formula="Points by the Royal College's chart; values are rounded to it (whole numbers, tenths of a degree). "
    "Bands: 0 routine, 1–4 low, 1–4 with one sign of 3 low_medium, 5–6 medium, from 7 high (the college's low is "
    "0–4; its response to 0 is routine monitoring).",
    citation="Royal College of Physicians. National Early Warning Score (NEWS) 2. London: RCP, 2017",
    not_for=(
        "people under 16, or pregnancy",
        "spinal cord injury, where pulse, pressure and temperature are altered",
        "scale 2 without a clinician's decision (confirmed hypercapnic respiratory failure)",
        "reassurance against clinical concern",
    ),
)
