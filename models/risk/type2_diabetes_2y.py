"""Type 2 diabetes diagnosed within two years, in adults without known diabetes."""

from features.codes import DIABETES_2
from models.manifest import Text
from models.spec import ModelSpec

MODEL = ModelSpec(
    name="type2_diabetes_2y",
    kind="risk",
    title=Text(ru="Сахарный диабет 2 типа в течение двух лет", en="Type 2 diabetes within two years"),
    applies=Text(
        ru="взрослые без диабета и сахароснижающих препаратов, у которых за два года измеряли глюкозу или HbA1c",
        en="adults without diabetes and glucose-lowering drugs, with glucose or HbA1c measured in two years",
    ),
    outcome="ICD10//E11",
    outcome_group=DIABETES_2,
    horizon_days=730,
    features=(
        "age",
        "male",
        "hba1c_last_2y",
        "hba1c_mean_5y",
        "hba1c_slope_5y",
        "glucose_last_2y",
        "glucose_mean_5y",
        "glucose_max_5y",
        "glucose_slope_5y",
        "bmi_last_2y",
        "waist_last_2y",
        "weight_slope_5y",
        "prediabetes_ever",
        "gestational_diabetes_ever",
        "hypertension_ever",
        "dyslipidemia_ever",
        "systolic_bp_mean_1y",
        "triglycerides_last_2y",
        "hdl_cholesterol_last_2y",
        "antihypertensives_1y",
        "statins_1y",
        "glucocorticoids_1y",
        "current_smoker_5y",
        "visits_1y",
        "steps_mean_30d",
        "resting_heart_rate_mean_365d",
    ),
    essential=("hba1c_last_2y", "glucose_last_2y"),
    excluded=("diabetes_ever", "glucose_lowering_drugs_1y"),
    # Directions of which medicine is sure: the risk factors of FINDRISC (Lindström and Tuomilehto
    # 2003, doi:10.2337/diacare.26.3.725) and of QDiabetes (Hippisley-Cox and Coupland 2017,
    # doi:10.1136/bmj.j5019). Age is left free: incidence falls again in the very old.
    monotone={
        "hba1c_last_2y": 1,
        "hba1c_mean_5y": 1,
        "glucose_last_2y": 1,
        "glucose_mean_5y": 1,
        "glucose_max_5y": 1,
        "bmi_last_2y": 1,
        "waist_last_2y": 1,
        "prediabetes_ever": 1,
        "gestational_diabetes_ever": 1,
        "hypertension_ever": 1,
        "triglycerides_last_2y": 1,
        "hdl_cholesterol_last_2y": -1,
        "glucocorticoids_1y": 1,
        "steps_mean_30d": -1,
    },
)
