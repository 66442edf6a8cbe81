"""When creatinine is worth measuring again: when kidney filtration may well have fallen below 60.

Abnormal is an eGFR (CKD-EPI 2021) below 60 mL/min/1.73 m2, category G3a and on, which for three
months means chronic kidney disease (KDIGO 2024, table 1 and practice point 1.1.3.1,
doi:10.1016/j.kint.2023.10.018) and changes doses, drugs and follow-up.

For those without known chronic kidney disease. Not sooner than 90 days: KDIGO asks for three months
between the results that make the diagnosis.
"""

from features.codes import CREATININE
from models.manifest import Text
from models.spec import Abnormal, ModelSpec, TimingSpec

MODEL = ModelSpec(
    name="kidney_function_due",
    kind="timing",
    title=Text(
        ru="Скорость клубочковой фильтрации ниже 60 в следующем анализе",
        en="Kidney filtration rate (eGFR) below 60 at the next test",
    ),
    applies=Text(
        ru="взрослые без хронической болезни почек, у которых креатинин измеряли за последние два года",
        en="adults without chronic kidney disease, with creatinine measured in the last two years",
    ),
    outcome="LOINC//14682-9",
    outcome_group=CREATININE,
    horizon_days=1080,
    features=(
        "age",
        "male",
        "egfr_last_2y",
        "egfr_mean_5y",
        "creatinine_slope_5y",
        "creatinine_max_2y",
        "creatinine_days_since_value",
        "systolic_bp_mean_1y",
        "bmi_last_2y",
        "diabetes_ever",
        "hypertension_ever",
    ),
    essential=("egfr_last_2y",),
    excluded=("chronic_kidney_disease_ever",),
    monotone={"egfr_last_2y": -1, "egfr_mean_5y": -1},
    timing=TimingSpec(
        examination="kidney_function",
        abnormal=(Abnormal(CREATININE, below=60, as_egfr=True),),
        threshold=0.1,
        soonest_days=90,
    ),
)
