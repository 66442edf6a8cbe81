"""When blood glucose or HbA1c is worth measuring again: when it may well show diabetes.

Abnormal is glucose ≥ 7.0 mmol/L (fasting; laboratories seldom say it, see features/codes.py) or
HbA1c ≥ 6.5 %: diabetes by WHO (2006, 2011, WHO/NMH/CHP/CPM/11.1) and ADA (Standards of Care 2025,
section 2, doi:10.2337/dc25-S002). The limits of prediabetes (WHO 6.1 mmol/L, ADA 5.7 %) would not
do: whoever has it would be abnormal at each test, and the date would say nothing.

For those without known diabetes and without drugs for it. Not sooner than 90 days: HbA1c tells of
about three months, and a repeat within them shows the same months again (ADA 2025, section 6).
"""

from features.codes import GLUCOSE, HBA1C
from models.manifest import Text
from models.spec import Abnormal, ModelSpec, TimingSpec

MODEL = ModelSpec(
    name="glycemia_due",
    kind="timing",
    title=Text(
        ru="Глюкоза или HbA1c, говорящие о диабете, в следующем анализе",
        en="Glucose or HbA1c in the range of diabetes at the next test",
    ),
    applies=Text(
        ru="взрослые без диабета и сахароснижающих препаратов, у которых за два года измеряли глюкозу или HbA1c",
        en="adults without diabetes and glucose-lowering drugs, with glucose or HbA1c measured in two years",
    ),
    outcome="LOINC//4548-4",
    outcome_group=HBA1C,
    horizon_days=1080,
    features=(
        "age",
        "male",
        "hba1c_last_2y",
        "hba1c_mean_5y",
        "hba1c_slope_5y",
        "hba1c_days_since_last",
        "glucose_last_2y",
        "glucose_mean_5y",
        "glucose_max_5y",
        "glucose_slope_5y",
        "glucose_days_since_last",
        "bmi_last_2y",
        "weight_slope_5y",
        "triglycerides_last_2y",
        "hdl_cholesterol_last_2y",
        "systolic_bp_mean_1y",
        "current_smoker_5y",
    ),
    essential=("hba1c_last_2y", "glucose_last_2y"),
    excluded=("diabetes_ever", "glucose_lowering_drugs_1y"),
    monotone={
        "hba1c_last_2y": 1,
        "hba1c_mean_5y": 1,
        "glucose_last_2y": 1,
        "glucose_mean_5y": 1,
        "glucose_max_5y": 1,
        "bmi_last_2y": 1,
    },
    timing=TimingSpec(
        examination="glucose",
        abnormal=(Abnormal(GLUCOSE, 7.0), Abnormal(HBA1C, 6.5)),
        threshold=0.05,
        soonest_days=90,
    ),
)
