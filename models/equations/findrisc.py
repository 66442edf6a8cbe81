"""FINDRISC: points for the 10-year risk of drug-treated type 2 diabetes, from questions and a tape."""

import numpy as np

from models.equations.equation import Columns, Computed, Equation, Outcome, band, one_model
from models.equations.input import choice, flag, number

BANDS = ("low", "slightly_elevated", "moderate", "high", "very_high")


def compute(c: Columns) -> Computed:
    """Points, 0 to 26."""
    age, bmi, male = c["age"], c["bmi"], c["sex"] == 1
    first = np.where(male, 94.0, 80.0)
    second = np.where(male, 102.0, 88.0)
    score = (
        np.select([age < 45, age < 55, age < 65], [0.0, 2.0, 3.0], 4.0)
        + np.select([bmi < 25, bmi <= 30], [0.0, 1.0], 3.0)
        + np.select([c["waist"] < first, c["waist"] <= second], [0.0, 3.0], 4.0)
        + 2 * (1 - c["active_30_min_daily"])
        + (1 - c["daily_vegetables_or_fruit"])
        + 2 * c["antihypertensive_treatment"]
        + 5 * c["raised_glucose_ever"]
        + np.array([0.0, 3.0, 5.0])[c["diabetes_in_family"].astype(np.int64)]
    )
    said = "age is outside the group in which the score was made (35 to 64)"
    return Computed(
        (score,), (band(score, 7, 12, 15, 21),), one_model(c), ((said, (age < 35) | (age >= 65)),)
    )


EQUATION = Equation(
    name="findrisc",
    title="FINDRISC",
    inputs=(
        number("age", 18, 120),
        choice("sex"),
        number("bmi", 10, 80),
        number("waist", 40, 200),
        flag("active_30_min_daily"),
        flag("daily_vegetables_or_fruit"),
        flag("antihypertensive_treatment"),
        flag("raised_glucose_ever"),
        choice("diabetes_in_family"),
    ),
    outcomes=(Outcome("score", "{score}", None, BANDS, whole=True),),
    models=("questionnaire",),
    compute=compute,
    formula="Age 45 2, 55 3, 65 4 · BMI 25 to 30 1, above 30 3 · waist 94 to 102 cm 3, above 102 4 (women 80, "
    "88) · not active 2 · no daily vegetables or fruit 1 · antihypertensives 2 · ever raised glucose 5 · "
    "grandparent, uncle, aunt or cousin with diabetes 3, parent, sibling or child 5. Bands: under 7 low "
    "(1 in 100 within 10 years), 7–11 slightly elevated (1 in 25), 12–14 moderate (1 in 6), 15–20 high "
    "(1 in 3), from 21 very high (1 in 2).",
    citation="Lindström J, Tuomilehto J. The diabetes risk score. Diabetes Care 2003;26:725-731. "
    "doi:10.2337/diacare.26.3.725 (0 to 20 points); family history, the point for 65 years and more and the "
    "bands: form of the Finnish Diabetes Association (0 to 26 points)",
    not_for=(
        "people who already have diabetes",
        "diagnosis: a high score asks for a glucose or HbA1c test",
        (
            "telling a person's risk in percent: of those with 15 points or more 13.5 %, not a third, developed "
            "diabetes within 10 years in Norway (HUNT3, 47,804 people, PMC6887494)"
        ),
        "pregnancy, or people under 18",
        "populations whose waist limits differ (South and East Asian descent) without local validation",
    ),
)
