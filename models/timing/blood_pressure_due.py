"""When blood pressure is worth measuring again: when it may well be found raised.

Abnormal is ≥ 140 or ≥ 90 mm Hg at a visit, hypertension by the guidelines of ESC 2024
(doi:10.1093/eurheartj/ehae178, office pressure), ESH 2023 (doi:10.1097/HJH.0000000000003480) and of
Russia («Артериальная гипертензия у взрослых», 2024). The 130/80 of ACC/AHA 2017 would make nearly
every second adult abnormal, and its date would say nothing.

For those without known hypertension and without drugs for it: who has it is under a doctor's
follow-up, which is another calendar. Not sooner than 90 days: one reading varies by about 9 mm Hg
from visit to visit (Muntner 2011, doi:10.1097/HJH.0b013e3283466a4e), so that a repeat within weeks
shows the noise and not a change; confirming a raised reading is part of the same examination.
"""

from features.codes import DIASTOLIC, SYSTOLIC
from models.manifest import Text
from models.spec import Abnormal, ModelSpec, TimingSpec

MODEL = ModelSpec(
    name="blood_pressure_due",
    kind="timing",
    title=Text(
        ru="Повышенное давление при следующем измерении",
        en="Raised blood pressure at the next measurement",
    ),
    applies=Text(
        ru="взрослые без гипертонии и препаратов от давления, у которых давление измеряли за последние два года",
        en="adults without hypertension and drugs for it, with blood pressure measured in the last two years",
    ),
    outcome="LOINC//8480-6",
    outcome_group=SYSTOLIC,
    horizon_days=1080,
    features=(
        "age",
        "male",
        "systolic_bp_last_2y",
        "systolic_bp_mean_1y",
        "systolic_bp_mean_5y",
        "systolic_bp_max_1y",
        "systolic_bp_std_2y",
        "systolic_bp_slope_5y",
        "systolic_bp_days_since_last",
        "diastolic_bp_last_2y",
        "diastolic_bp_mean_5y",
        "diastolic_bp_slope_5y",
        "bmi_last_2y",
        "weight_slope_5y",
        "current_smoker_5y",
    ),
    essential=("systolic_bp_last_2y",),
    excluded=("hypertension_ever", "antihypertensives_1y"),
    monotone={
        "systolic_bp_last_2y": 1,
        "systolic_bp_mean_1y": 1,
        "systolic_bp_mean_5y": 1,
        "diastolic_bp_last_2y": 1,
        "diastolic_bp_mean_5y": 1,
    },
    timing=TimingSpec(
        examination="blood_pressure",
        abnormal=(Abnormal(SYSTOLIC, 140), Abnormal(DIASTOLIC, 90)),
        threshold=0.25,
        soonest_days=90,
    ),
)
