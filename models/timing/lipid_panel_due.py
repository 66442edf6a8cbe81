"""When the next lipid panel is worth taking: when it may well show what calls for treatment.

Abnormal is LDL cholesterol ≥ 4.9 mmol/L, where the European guideline advises a drug at any level of
cardiovascular risk (2019 ESC/EAS, table 5, doi:10.1093/eurheartj/ehz455), or total cholesterol
≥ 7.5 mmol/L, its counterpart where LDL was not measured (Simon Broome criteria for familial
hypercholesterolaemia, as NICE CG71 takes them over: above 7.5 and above 4.9). Target values such as
LDL < 3.0 would not do: most adults are above them, so that every panel would be "abnormal" and its
date would say nothing.

Not sooner than 180 days: within a shorter time the change of LDL is smaller than its variation
within a person (Takahashi et al. 2010, doi:10.1136/hrt.2009.172619).
"""

from features.codes import LDL, TOTAL_CHOLESTEROL
from models.manifest import Text
from models.spec import PARAMETERS, Abnormal, ModelSpec, TimingSpec

MODEL = ModelSpec(
    name="lipid_panel_due",
    kind="timing",
    title=Text(
        ru="Холестерин, при котором нужно лечение, в следующем анализе",
        en="Cholesterol that calls for treatment at the next test",
    ),
    applies=Text(
        ru="взрослые, у которых холестерин измеряли за последние два года",
        en="adults whose cholesterol was measured in the last two years",
    ),
    outcome="LOINC//39469-2",
    outcome_group=LDL,
    horizon_days=1080,
    features=(
        "age",
        "male",
        "ldl_cholesterol_last_2y",
        "ldl_cholesterol_mean_5y",
        "ldl_cholesterol_slope_5y",
        "ldl_cholesterol_days_since_last",
        "total_cholesterol_last_2y",
        "total_cholesterol_days_since_last",
        "non_hdl_cholesterol_last_2y",
        "hdl_cholesterol_last_2y",
        "triglycerides_last_2y",
        "statins_1y",
        "dyslipidemia_ever",
        "bmi_last_2y",
        "weight_slope_5y",
        "current_smoker_5y",
    ),
    essential=("ldl_cholesterol_last_2y", "total_cholesterol_last_2y"),
    monotone={
        "ldl_cholesterol_last_2y": 1,
        "ldl_cholesterol_mean_5y": 1,
        "total_cholesterol_last_2y": 1,
        "non_hdl_cholesterol_last_2y": 1,
    },
    # A hazard is a level and its growth over the steps, so it needs leaves that hold both; a person has
    # a dozen rows here, so there are enough of them.
    parameters={
        **PARAMETERS,
        "num_leaves": 8,
        "max_depth": 4,
        "learning_rate": 0.1,
        "min_data_in_leaf": 200,
        "feature_fraction": 0.5,
        "extra_trees": False,
    },
    timing=TimingSpec(
        examination="lipid_panel",
        abnormal=(Abnormal(LDL, 4.9), Abnormal(TOTAL_CHOLESTEROL, 7.5)),
        threshold=0.1,
        soonest_days=180,
    ),
)
