"""SCORE2-Diabetes: 10-year risk of a first cardiovascular event with type 2 diabetes, 40 to 69 years."""

import numpy as np

from models.equations import region
from models.equations.equation import Columns, Computed, Equation, Outcome, band
from models.equations.input import flag, number

BANDS = ("low", "moderate", "high", "very_high")


def compute(c: Columns) -> Computed:
    """Percent, calibrated to the region. HbA1c enters in mmol/mol (IFCC), by the NGSP/IFCC line."""
    age = (c["age"] - 60) / 5
    hba1c = ((c["hba1c"] - 2.152) / 0.09148 - 31) / 9.34
    egfr = (np.log(c["egfr"]) - 4.5) / 0.15
    terms = region.basic_terms(c, age, (c["systolic_bp"] - 120) / 20, (c["hdl_cholesterol"] - 1.3) / 0.5)
    terms |= {
        "diabetes": np.ones_like(age),
        "age_diabetes": age,
        "age_at_diagnosis": (c["age_at_diabetes_diagnosis"] - 50) / 5,
        "hba1c": hba1c,
        "egfr": egfr,
        "egfr_squared": egfr * egfr,
        "age_hba1c": age * hba1c,
        "age_egfr": age * egfr,
    }
    percent = region.risk("score2_diabetes", "under_70", terms, c)
    found = region.computed(c, percent, ())
    refused = (
        ("age_at_diabetes_diagnosis: after the present age", c["age_at_diabetes_diagnosis"] > c["age"]),
        ("diabetes: must be true (score2 is for people without it)", c["diabetes"] == 0),
    )
    classes = (band(percent, 5, 10, 20),)
    return Computed(found.values, classes, found.model, found.warnings, (*found.refusals, *refused))


EQUATION = Equation(
    name="score2_diabetes",
    title="SCORE2-Diabetes",
    inputs=(
        *region.risk_factors(70, youngest=40),
        number("age_at_diabetes_diagnosis", 10, 70, below=True),
        number("hba1c", 4, 16),
        number("egfr", 15, 150),
        flag("diabetes", required=False),
    ),
    outcomes=(Outcome("cvd", "%", 10, BANDS),),
    models=region.REGIONS,
    compute=compute,
    formula="SCORE2's form with terms for age at diagnosis, HbA1c (mmol/mol) and eGFR (ln, squared). Classes at "
    "any age: low < 5 %, moderate < 10 %, high < 20 %, very high (ESC 2023 on diabetes, table 7, "
    "doi:10.1093/eurheartj/ehad192).",
    citation="SCORE2-Diabetes working group and ESC Cardiovascular risk collaboration. SCORE2-Diabetes. "
    "Eur Heart J 2023;44:2544-2556. doi:10.1093/eurheartj/ehad260",
    not_for=(
        "type 1 diabetes, or people without diabetes (score2)",
        (
            "people who already have cardiovascular disease or severe target organ damage: they are at very "
            "high risk without a score"
        ),
        "people under 40 or from 70 years on",
        "pregnancy",
        "a country of another risk region than the one named; Russia is very_high",
    ),
)
