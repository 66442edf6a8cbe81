"""KFRE: risk of kidney failure (dialysis or transplant) within 2 and 5 years, by 4, 6 or 8 variables."""

from functools import cache

import numpy as np

from features.feature import Floats
from models.equations import coefficient
from models.equations.equation import Columns, Computed, Condition, Equation, Indices, Outcome, band
from models.equations.input import OPTIONS, choice, flag, number

VARIABLES = (4, 6, 8)
_EXTRA = {4: (), 6: ("diabetes", "hypertension"), 8: ("albumin", "phosphate", "bicarbonate", "calcium")}
_BANDS = {
    2: ("routine", "multidisciplinary_care", "prepare_replacement"),
    5: ("low", "consider_referral", "refer"),
}
_EDGES = {2: (10.0, 40.0), 5: (3.0, 5.0)}


@cache
def _terms(variables: int) -> tuple[tuple[str, float, float], ...]:
    return tuple(
        (row["term"], float(row["coefficient"]), float(row["centre"]))
        for row in coefficient.rows("kfre")
        if int(row["variables"]) == variables
    )


@cache
def _survival(variables: int, horizon: int) -> Floats:
    """Baseline survival elsewhere and in North America."""
    (row,) = (
        row
        for row in coefficient.rows("kfre_survival")
        if (int(row["variables"]), int(row["horizon_years"])) == (variables, horizon)
    )
    return np.array([float(row["elsewhere"]), float(row["north_america"])])


def choose(c: Columns) -> Indices:
    """Position in `VARIABLES`: as asked for, else the most for which everything is given."""
    asked = c["variables"]
    given = {v: np.all([~np.isnan(c[name]) for name in _EXTRA[v]], axis=0) for v in (6, 8)}
    most = np.select([given[8], given[6]], [2, 1], 0)
    return np.where(np.isnan(asked), most, np.nan_to_num(asked)).astype(np.int64)


def compute(c: Columns) -> Computed:
    """Percent over 2 and 5 years."""
    model = choose(c)
    scaled = {
        **c,
        "age": c["age"] / 10,
        "male": c["sex"],
        "egfr": c["egfr"] / 5,
        "ln_uacr": np.log(c["uacr"]),
    }
    values = {horizon: np.full(len(model), np.nan) for horizon in _EDGES}
    for position, variables in enumerate(VARIABLES):
        rows = np.flatnonzero(model == position)
        x = np.zeros(rows.size)
        for term, weight, centre in _terms(variables):
            x += weight * (scaled[term][rows] - centre)
        where = c["north_america"][rows].astype(np.int64)
        for horizon, percent in values.items():
            log_survival = np.log(_survival(variables, horizon))[where]
            percent[rows] = -100.0 * np.expm1(log_survival * np.exp(x))
    return Computed(
        tuple(values.values()),
        tuple(band(values[horizon], *_EDGES[horizon]) for horizon in values),
        model,
        _warnings(c, model),
        tuple(
            (f"{name}: not given, and the {variables}-variable equation needs it", absent)
            for position, variables in enumerate(VARIABLES)
            for name in _EXTRA[variables]
            for absent in [(model == position) & np.isnan(c[name])]
        ),
    )


def _warnings(c: Columns, model: Indices) -> tuple[Condition, ...]:
    free = np.isnan(c["variables"])
    return (
        (
            (
                "4-variable equation: diabetes and hypertension (6 variables) or albumin, phosphate, bicarbonate "
                "and calcium (8 variables) were not all given"
            ),
            free & (model == 0),
        ),
        (
            "6-variable equation: albumin, phosphate, bicarbonate and calcium (8 variables) were not all given",
            free & (model == 1),
        ),
    )


EQUATION = Equation(
    name="kfre",
    title="Kidney Failure Risk Equation",
    inputs=(
        number("age", 18, 110),
        choice("sex"),
        number("egfr", 5, 60, below=True, advice="made for chronic kidney disease, stages G3 to G5"),
        number("uacr", 0.1, 25_000),
        flag("north_america", default=False),
        choice("variables", required=False),
        flag("diabetes", required=False),
        flag("hypertension", required=False),
        number("albumin", 1, 7, required=False),
        number("phosphate", 1, 15, required=False),
        number("bicarbonate", 5, 50, required=False),
        number("calcium", 4, 16, required=False),
    ),
    outcomes=tuple(Outcome("kidney_failure", "%", horizon, bands) for horizon, bands in _BANDS.items()),
    models=tuple(f"{variables}_variable" for variables in OPTIONS["variables"]),
    compute=compute,
    formula="1 − S0^e^x with centred age/10, male, eGFR/5, ln UACR and, by `variables`, diabetes and "
    "hypertension (6) or albumin, phosphate, bicarbonate and calcium (8); S0 for North America or elsewhere. "
    "Bands (KDIGO 2024, practice points 2.2.1 to 2.2.3): over 2 years multidisciplinary care from 10 %, "
    "preparation for replacement from 40 %; over 5 years KDIGO names 3 to 5 % as the limit of referral: here "
    "considered from 3 %, made from 5 %.",
    citation="Tangri N, Stevens LA, Griffith J, et al. JAMA 2011;305:1553-1559. doi:10.1001/jama.2011.451; "
    "Tangri N, Grams ME, Levey AS, et al. JAMA 2016;315:164-174. doi:10.1001/jama.2015.18202",
    not_for=(
        "people under 18, or with an eGFR of 60 or more",
        "acute kidney injury, dialysis or after a transplant",
        "an eGFR or UACR measured once during an acute illness",
        "very old or frail people without thought for the risk of death, which it does not take into account",
    ),
)
