"""SCORE2: 10-year risk of a first fatal or non-fatal cardiovascular event, 40 to 69 years."""

from models.equations import region
from models.equations.equation import Columns, Computed, Equation
from models.equations.input import flag


def compute(c: Columns) -> Computed:
    """Percent, calibrated to the region."""
    age = (c["age"] - 60) / 5
    terms = region.basic_terms(c, age, (c["systolic_bp"] - 120) / 20, (c["hdl_cholesterol"] - 1.3) / 0.5)
    terms |= {"diabetes": c["diabetes"], "age_diabetes": age * c["diabetes"]}
    percent = region.risk("score2", "under_70", terms, c)
    said = "SCORE2 was not made for people with diabetes: use score2_diabetes"
    return region.computed(c, percent, ((said, c["diabetes"] == 1),))


EQUATION = Equation(
    name="score2",
    title="SCORE2",
    inputs=(*region.risk_factors(70, youngest=40), flag("diabetes", default=False)),
    outcomes=region.OUTCOMES,
    models=region.REGIONS,
    compute=compute,
    formula="r = 1 − S0^e^x; risk = 1 − e^−e^(s1 + s2·ln(−ln(1 − r))) with the region's scales s1, s2. "
    + region.CLASSES,
    citation="SCORE2 working group and ESC Cardiovascular risk collaboration. SCORE2 risk prediction "
    "algorithms. Eur Heart J 2021;42:2439-2454. doi:10.1093/eurheartj/ehab309",
    not_for=(
        (
            "people who already have cardiovascular disease, diabetes, chronic kidney disease or familial "
            "hypercholesterolaemia"
        ),
        "people under 40 or from 70 years on (score2_op)",
        "pregnancy",
        "a country of another risk region than the one named; Russia is very_high",
    ),
)
