"""SCORE2-OP: 10-year risk of a first cardiovascular event in older persons, 70 to 89 years."""

from models.equations import region
from models.equations.equation import Columns, Computed, Equation
from models.equations.input import flag


def compute(c: Columns) -> Computed:
    """Percent, calibrated to the region."""
    age = c["age"] - 73
    terms = region.basic_terms(c, age, c["systolic_bp"] - 150, c["hdl_cholesterol"] - 1.4)
    terms |= {"diabetes": c["diabetes"], "age_diabetes": age * c["diabetes"]}
    percent = region.risk("score2_op", "from_70", terms, c)
    return region.computed(c, percent, ())


EQUATION = Equation(
    name="score2_op",
    title="SCORE2-OP",
    inputs=(*region.risk_factors(90, youngest=70), flag("diabetes", default=False)),
    outcomes=region.OUTCOMES,
    models=region.REGIONS,
    compute=compute,
    formula="r = 1 − S0^e^(x − mean); risk = 1 − e^−e^(s1 + s2·ln(−ln(1 − r))) with the region's scales "
    "s1, s2. " + region.CLASSES,
    citation="SCORE2-OP working group and ESC Cardiovascular risk collaboration. SCORE2-OP risk prediction "
    "algorithms. Eur Heart J 2021;42:2455-2467. doi:10.1093/eurheartj/ehab312",
    not_for=(
        "people who already have cardiovascular disease",
        "people under 70 (score2) or from 90 years on",
        "deciding on treatment alone: the risk of other death, frailty and lifetime benefit weigh more",
        (
            "judging what stopping smoking brings a man from about 87 years on: there the published formula "
            "lowers the risk of smokers"
        ),
        "a country of another risk region than the one named; Russia is very_high",
    ),
)
