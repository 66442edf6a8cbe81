"""CHA2DS2-VASc: points for the risk of stroke in atrial fibrillation."""

import numpy as np

from models.equations.equation import Columns, Computed, Equation, Outcome, band, one_model
from models.equations.input import choice, flag, number

BANDS = ("low", "intermediate", "high")


def compute(c: Columns) -> Computed:
    """Points, 0 to 9; the band goes by the points without the one for sex."""
    age, female = c["age"], c["sex"] == 0
    without_sex = (
        c["heart_failure"]
        + c["hypertension"]
        + np.select([age >= 75, age >= 65], [2.0, 1.0], 0.0)
        + c["diabetes"]
        + 2 * c["stroke_or_embolism"]
        + c["vascular_disease"]
    )
    said = "the only point is for female sex, which alone raises no risk: the score without sex is 0"
    return Computed(
        (without_sex + female,),
        (band(without_sex, 1, 2),),
        one_model(c),
        ((said, female & (without_sex == 0)),),
    )


EQUATION = Equation(
    name="cha2ds2_vasc",
    title="CHA2DS2-VASc",
    inputs=(
        number("age", 18, 120),
        choice("sex"),
        flag("heart_failure"),
        flag("hypertension"),
        flag("diabetes"),
        flag("stroke_or_embolism"),
        flag("vascular_disease"),
    ),
    outcomes=(Outcome("score", "{score}", None, BANDS, whole=True),),
    models=("cha2ds2_vasc",),
    compute=compute,
    formula="Heart failure 1, hypertension 1, age 65 to 74 1, from 75 2, diabetes 1, stroke, TIA or embolism 2, "
    "vascular disease 1, female sex 1. Bands by the points without sex (CHA2DS2-VA, ESC 2024, "
    "doi:10.1093/eurheartj/ehae176): 0 low, 1 intermediate, 2 or more high.",
    citation="Lip GYH, Nieuwlaat R, Pisters R, et al. Chest 2010;137:263-272. doi:10.1378/chest.09-1584",
    not_for=(
        "people without atrial fibrillation or flutter",
        (
            "atrial fibrillation with a mechanical valve or moderate to severe mitral stenosis: they are "
            "anticoagulated without a score"
        ),
        "the risk of bleeding",
    ),
)
