"""KDIGO grid: risk category of chronic kidney disease by eGFR and albuminuria."""

import numpy as np

from models.equations.equation import Columns, Computed, Equation, Outcome, band, one_model
from models.equations.input import number

CATEGORIES = ("low", "moderate", "high", "very_high")
# Rows G1, G2, G3a, G3b, G4, G5; columns A1, A2, A3.
GRID = np.array([[0, 1, 2], [0, 1, 2], [1, 2, 3], [2, 3, 3], [3, 3, 3], [3, 3, 3]])


def compute(c: Columns) -> Computed:
    """Position in `CATEGORIES`: A2 from 30 to 300 mg/g, both ends inside."""
    g = 5 - band(c["egfr"], 15, 30, 45, 60, 90)
    a = (c["uacr"] >= 30).astype(np.int64) + (c["uacr"] > 300)
    category = GRID[np.clip(g, 0, 5), a]
    return Computed((category.astype(np.float64),), (category,), one_model(c))


EQUATION = Equation(
    name="kdigo",
    title="KDIGO 2024 grid of eGFR and albuminuria",
    inputs=(
        number("egfr", 1, 200),
        # KDIGO's limits are 30 and 300 mg/g or 3 and 30 mg/mmol: for the grid these are the same.
        number(
            "uacr",
            0,
            25_000,
            conversions=tuple((u, (10.0, 0.0)) for u in ("mg/mmol", "mg/mmol{creat}", "g/mol", "мг/ммоль")),
        ),
    ),
    outcomes=(Outcome("risk_category", "1", None, CATEGORIES, categorical=True),),
    models=("grid",),
    compute=compute,
    formula="G1 ≥ 90, G2 ≥ 60, G3a ≥ 45, G3b ≥ 30, G4 ≥ 15, G5 below; A1 under 30 mg/g (3 mg/mmol), A2 to 300 "
    "(30), A3 above, compared in the unit given. A1: G1–2 low, G3a moderate, G3b high, G4–5 very high; A2: "
    "G1–2 moderate, G3a high, G3b–5 very high; A3: G1–2 high, G3a–5 very high.",
    citation="KDIGO 2024 Clinical practice guideline for the evaluation and management of chronic kidney "
    "disease. Kidney Int 2024;105(4S):S117-S314. doi:10.1016/j.kint.2023.10.018",
    not_for=(
        (
            "a single pair of values: chronic disease means three months or longer; G1–2 with A1 is no kidney "
            "disease unless there is another sign of damage"
        ),
        "people under 18",
        "acute kidney injury, pregnancy, fever or exertion before the urine sample",
    ),
)
