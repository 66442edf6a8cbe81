"""AHA PREVENT 2023: total cardiovascular disease, its parts and heart failure over 10 and 30 years.

A logistic equation for each of five models, two horizons, five outcomes and two sexes: 100 sets of
coefficients in coefficients/prevent.csv. Terms: models/equations/prevent_terms.py.
"""

from functools import cache

import numpy as np

from features.feature import Floats
from models.equations import coefficient
from models.equations.equation import Columns, Computed, Condition, Equation, Indices, Outcome, band
from models.equations.input import choice, flag, number
from models.equations.prevent_terms import terms

MODELS = ("base", "uacr", "hba1c", "sdi", "full")
HORIZONS = (10, 30)
PARTS = ("total_cvd", "ascvd", "heart_failure", "chd", "stroke")
LAST_AGE_OF_30_YEARS = 60  # below this age
_EXTRA = ("uacr", "hba1c", "sdi_decile")  # in the order of their models

_BANDS = {
    ("total_cvd", 10): ("below_7.5", "7.5_or_more"),
    ("ascvd", 10): ("low", "borderline", "intermediate", "high"),
}
_EDGES = {("total_cvd", 10): (7.5,), ("ascvd", 10): (3.0, 5.0, 10.0)}


@cache
def _sets() -> dict[tuple[str, int, str], dict[str, dict[str, float]]]:
    """By model, horizon and sex: outcome → term → coefficient, without the terms that are absent."""
    found: dict[tuple[str, int, str], dict[str, dict[str, float]]] = {}
    for row in coefficient.rows("prevent"):
        for sex in ("female", "male"):
            of = found.setdefault((row["model"], int(row["horizon_years"]), sex), {p: {} for p in PARTS})
            for part in PARTS:
                value = float(row[f"{part}_{sex}"])
                if value:
                    of[part][row["term"]] = value
    return found


def choose(columns: Columns) -> Indices:
    """The model of each person: full from two of UACR, HbA1c and SDI on, else the one given, else base."""
    given = np.stack([~np.isnan(columns[name]) for name in _EXTRA])
    count = given.sum(axis=0)
    one = given.argmax(axis=0) + 1
    return np.where(count >= 2, MODELS.index("full"), np.where(count == 1, one, 0)).astype(np.int64)


def _risk(coefficients: dict[str, float], by_term: dict[str, Floats], size: int) -> Floats:
    """Percent. Term by term, so that a row's value does not depend on the rows beside it."""
    x = np.full(size, coefficients["constant"])
    for term, value in coefficients.items():
        if term != "constant":
            x += value * by_term[term]
    risk: Floats = 100.0 / (1.0 + np.exp(-x))
    return risk


def compute(columns: Columns) -> Computed:
    """Risks in percent; 30-year ones only under 60 years of age."""
    model, male, age = choose(columns), columns["sex"] == 1, columns["age"]
    size = len(age)
    values = {(part, horizon): np.full(size, np.nan) for horizon in HORIZONS for part in PARTS}
    for position, name in enumerate(MODELS):
        for sex in ("female", "male"):
            rows = np.flatnonzero((model == position) & (male == (sex == "male")))
            if not rows.size:
                continue
            by_term = terms({key: column[rows] for key, column in columns.items()})
            for horizon in HORIZONS:
                for part, coefficients in _sets()[name, horizon, sex].items():
                    values[part, horizon][rows] = _risk(coefficients, by_term, rows.size)
    old = age >= LAST_AGE_OF_30_YEARS
    for part in PARTS:
        values[part, 30] = np.where(old, np.nan, values[part, 30])
    ordered = [(part, horizon) for horizon in HORIZONS for part in PARTS]
    return Computed(
        tuple(values[key] for key in ordered),
        tuple(band(values[key], *_EDGES[key]) if key in _EDGES else None for key in ordered),
        model,
        (*_reasons(columns, model), ("30-year risk is not given from 60 years of age on", old)),
    )


def _reasons(columns: Columns, model: Indices) -> list[Condition]:
    """Why not the full model with everything in it."""
    base = MODELS.index("base")
    said: list[Condition] = [("base model: uacr, hba1c and sdi_decile were not given", model == base)]
    full = model == MODELS.index("full")
    for position, name in enumerate(_EXTRA, start=1):
        others = " and ".join(other for other in _EXTRA if other != name)
        said.append((f"{MODELS[position]} model: {others} were not given", model == position))
        said.append(
            (f"full model: {name} was not given and enters as missing", full & np.isnan(columns[name]))
        )
    return said


EQUATION = Equation(
    name="prevent",
    title="AHA PREVENT 2023",
    inputs=(
        number("age", 30, 80, below=True),
        choice("sex"),
        number("systolic_bp", 90, 200),
        flag("antihypertensive_treatment"),
        number("total_cholesterol", 3.36, 8.28),
        number("hdl_cholesterol", 0.51, 2.59),
        flag("statin_treatment"),
        flag("diabetes"),
        flag("current_smoker"),
        number("egfr", 15, 150),
        number("bmi", 18.5, 40, below=True),
        number("uacr", 0.1, 25_000, required=False),
        number("hba1c", 4.5, 15, required=False),
        number("sdi_decile", 1, 10, whole=True, required=False),
    ),
    outcomes=tuple(
        Outcome(part, "%", horizon, _BANDS.get((part, horizon), ())) for horizon in HORIZONS for part in PARTS
    ),
    models=MODELS,
    compute=compute,
    formula="risk = 1 / (1 + e^−x), x a sum of centred terms and their products with age; each of 5 models, "
    "2 horizons, 5 outcomes and 2 sexes has its own coefficients. Model: full if two or three of uacr, "
    "hba1c and sdi_decile are given (the third enters as missing), the model of the one that is given, "
    "else base. Bands: ASCVD over 10 years low < 3 %, borderline < 5 %, intermediate < 10 %, high (ACC/AHA "
    "dyslipidaemia guideline 2026, doi:10.1161/CIR.0000000000001423); total CVD over 10 years at 7.5 % (AHA/ACC "
    "blood pressure guideline 2025, doi:10.1161/HYP.0000000000000249).",
    citation="Khan SS, Matsushita K, Sang Y, et al. Development and validation of the American Heart "
    "Association's PREVENT equations. Circulation 2024;149:430-449. doi:10.1161/CIRCULATIONAHA.123.067626",
    not_for=(
        "people who already have cardiovascular disease or heart failure",
        "people under 30 or from 80 years on; 30-year risk from 60 years on",
        "pregnancy",
        (
            "deciding on treatment alone: derived in the United States, not calibrated to Russia; "
            "`sdi_decile` is a United States index and is left out elsewhere"
        ),
        (
            "judging what treatment would bring where the formula is not monotone: below 110 mm[Hg] risk "
            "rises as pressure falls; from about 76 years on cholesterol, diabetes without HbA1c and treated "
            "pressure can lower total risk; with extreme values risk may fall with age"
        ),
    ),
)
