"""When the next general check-up is worth its visit: when any of its parts may well be abnormal.

Abnormal is what blood_pressure_due, glycemia_due, lipid_panel_due and kidney_function_due call so,
each with its source there; a visit counts as abnormal if any of what was measured was.

For those without known hypertension, diabetes and chronic kidney disease, who are under a doctor's
follow-up instead (order 168н), and without whom "any of them" would be certain. Not sooner than 180
days: order 404н asks for one a year, and half of it is the most that a single visit brings forward.
"""

from features.codes import SYSTOLIC
from models.manifest import Text
from models.spec import Abnormal, ModelSpec, TimingSpec
from models.timing import blood_pressure_due, glycemia_due, kidney_function_due, lipid_panel_due

PARTS = (blood_pressure_due.MODEL, glycemia_due.MODEL, lipid_panel_due.MODEL, kidney_function_due.MODEL)


def _abnormal() -> tuple[Abnormal, ...]:
    return tuple(limit for part in PARTS if part.timing for limit in part.timing.abnormal)


MODEL = ModelSpec(
    name="general_checkup_due",
    kind="timing",
    title=Text(
        ru="Отклонение хотя бы в одной части следующего осмотра",
        en="Something abnormal in the next general check-up",
    ),
    applies=Text(
        ru="взрослые без гипертонии, диабета и болезни почек, у которых за два года измеряли давление",
        en="adults without hypertension, diabetes and kidney disease, with blood pressure measured in two years",
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
        "systolic_bp_slope_5y",
        "systolic_bp_days_since_last",
        "diastolic_bp_last_2y",
        "diastolic_bp_mean_5y",
        "hba1c_last_2y",
        "glucose_last_2y",
        "glucose_mean_5y",
        "ldl_cholesterol_last_2y",
        "ldl_cholesterol_mean_5y",
        "total_cholesterol_last_2y",
        "egfr_last_2y",
        "egfr_mean_5y",
        "bmi_last_2y",
        "current_smoker_5y",
    ),
    essential=("systolic_bp_last_2y",),
    excluded=("hypertension_ever", "diabetes_ever", "chronic_kidney_disease_ever"),
    monotone={
        "systolic_bp_last_2y": 1,
        "systolic_bp_mean_1y": 1,
        "systolic_bp_mean_5y": 1,
        "diastolic_bp_last_2y": 1,
        "diastolic_bp_mean_5y": 1,
        "ldl_cholesterol_last_2y": 1,
        "glucose_last_2y": 1,
        "egfr_last_2y": -1,
    },
    timing=TimingSpec(
        examination="preventive_examination",
        abnormal=_abnormal(),
        threshold=0.3,
        soonest_days=180,
    ),
)
