"""What SCORE2, SCORE2-OP and SCORE2-Diabetes share: the sum of terms, the region's scale, and the classes
of the first two."""

from functools import cache

import numpy as np

from features.feature import Floats
from models.equations import coefficient
from models.equations.equation import Columns, Computed, Condition, Indices, Outcome
from models.equations.input import OPTIONS, Input, choice, flag, number

REGIONS = tuple(str(region) for region in OPTIONS["region"])
BANDS = ("low_to_moderate", "high", "very_high")
OUTCOMES = (Outcome("cvd", "%", 10, BANDS),)
CLASSES = (
    "Classes: low to moderate, high, very high at 2.5 and 7.5 % under 50 years, 5 and 10 % from 50 to 69, "
    "7.5 and 15 % from 70 on (ESC 2021, doi:10.1093/eurheartj/ehab484)."
)
REGION = choice("region", advice="Russia is very_high")


def risk_factors(oldest: float, *, youngest: float) -> tuple[Input, ...]:
    """The inputs of all three, with the age range of one. Pressure and lipids: wide limits, since the
    papers give none; outside the published charts there is a warning."""
    return (
        number("age", youngest, oldest, below=True, advice="score2 under 70 years, score2_op from 70 on"),
        choice("sex"),
        REGION,
        flag("current_smoker"),
        number("systolic_bp", 80, 240),
        number("total_cholesterol", 2, 12),
        number("hdl_cholesterol", 0.3, 4),
    )


@cache
def _coefficients(equation: str, sex: str) -> dict[str, float]:
    return {row["term"]: float(row[sex]) for row in coefficient.rows("score2") if row["equation"] == equation}


@cache
def _scales(scales: str, sex: str) -> Floats:
    """Per region, in the order of `REGIONS`: s1, s2."""
    rows = {row["region"]: row for row in coefficient.rows("score2_region") if row["scales"] == scales}
    return np.array([[float(rows[r][f"{sex}_1"]), float(rows[r][f"{sex}_2"])] for r in REGIONS])


def risk(equation: str, scales: str, terms: dict[str, Floats], columns: Columns) -> Floats:
    """Percent over 10 years: 1 − S0^e^(x − mean), then the region's scale on ln(−ln(1 − r))."""
    region = columns["region"].astype(np.int64)
    by_sex = []
    for sex in ("female", "male"):
        found = _coefficients(equation, sex)
        x = np.zeros(len(region))
        for term, values in terms.items():
            x += found[term] * values
        # ln(−ln(1 − r)) of r = 1 − S0^e^x is x + ln(−ln S0); written so, no digit is lost near 0 and 1.
        raw = x - found["mean"] + np.log(-np.log(found["baseline_survival"]))
        first, second = _scales(scales, sex)[region].T
        by_sex.append(-100.0 * np.expm1(-np.exp(first + second * raw)))
    percent: Floats = np.where(columns["sex"] == 1, by_sex[1], by_sex[0])
    return percent


def basic_terms(columns: Columns, age: Floats, sbp: Floats, hdl: Floats) -> dict[str, Floats]:
    """The terms of all three; total cholesterol is centred at 6 mmol/L in each."""
    smoking, cholesterol = columns["current_smoker"], columns["total_cholesterol"] - 6
    main = {"age": age, "smoking": smoking, "sbp": sbp, "cholesterol": cholesterol, "hdl": hdl}
    products = {f"age_{name}": age * values for name, values in main.items() if name != "age"}
    return {**main, **products}


def classify(age: Floats, percent: Floats) -> Indices:
    """Position in `BANDS`, by the age group's own limits."""
    lower = np.select([age < 50, age < 70], [2.5, 5.0], 7.5)
    upper = np.select([age < 50, age < 70], [7.5, 10.0], 15.0)
    return (percent >= lower).astype(np.int64) + (percent >= upper)


def computed(columns: Columns, percent: Floats, warnings: tuple[Condition, ...]) -> Computed:
    """The result with its class, its region as the model, and what all three warn of or refuse."""
    total, hdl, sbp = columns["total_cholesterol"], columns["hdl_cholesterol"], columns["systolic_bp"]
    return Computed(
        (percent,),
        (classify(columns["age"], percent),),
        columns["region"].astype(np.int64),
        (
            ("systolic_bp is outside the published charts (100 to 179)", (sbp < 100) | (sbp >= 180)),
            (
                "non-HDL cholesterol is outside the published charts (3.0 to 6.9 mmol/L)",
                (total - hdl < 2.95) | (total - hdl >= 6.95),
            ),
            *warnings,
        ),
        (("hdl_cholesterol: not below total_cholesterol", hdl >= total),),
    )
