"""The terms of PREVENT: centred and scaled inputs, and their products with age."""

import numpy as np

from features.feature import Floats
from models.equations.equation import Columns


def terms(c: Columns) -> dict[str, Floats]:
    """Every term of every model by its name in coefficients/prevent.csv.

    Centred at age 55, non-HDL cholesterol 3.5 and HDL 1.3 mmol/L, systolic pressure 130 mm[Hg], BMI
    25 below 30 kg/m2, eGFR 90 from 60 mL/min/{1.73_m2} on. What is missing has 1 in its `_missing`.
    """
    age = (c["age"] - 55) / 10
    non_hdl = c["total_cholesterol"] - c["hdl_cholesterol"] - 3.5
    hdl = (c["hdl_cholesterol"] - 1.3) / 0.3
    sbp = (np.maximum(c["systolic_bp"], 110) - 130) / 20
    bmi = (np.maximum(c["bmi"], 30) - 30) / 5
    egfr = (np.minimum(c["egfr"], 60) - 60) / -15
    diabetes, smoking = c["diabetes"], c["current_smoker"]
    treated, statin = c["antihypertensive_treatment"], c["statin_treatment"]
    return {
        "age": age,
        "age_squared": age * age,
        "non_hdl": non_hdl,
        "hdl": hdl,
        "sbp_below_110": (np.minimum(c["systolic_bp"], 110) - 110) / 20,
        "sbp_from_110": sbp,
        "diabetes": diabetes,
        "smoking": smoking,
        "bmi_below_30": (np.minimum(c["bmi"], 30) - 25) / 5,
        "bmi_from_30": bmi,
        "egfr_below_60": egfr,
        "egfr_from_60": (np.maximum(c["egfr"], 60) - 90) / -15,
        "treated": treated,
        "statin": statin,
        "treated_sbp": treated * sbp,
        "statin_non_hdl": statin * non_hdl,
        "age_non_hdl": age * non_hdl,
        "age_hdl": age * hdl,
        "age_sbp": age * sbp,
        "age_diabetes": age * diabetes,
        "age_smoking": age * smoking,
        "age_bmi": age * bmi,
        "age_egfr": age * egfr,
        **_optional(c),
    }


def _optional(c: Columns) -> dict[str, Floats]:
    uacr, hba1c, sdi, diabetes = c["uacr"], c["hba1c"] - 5.3, c["sdi_decile"], c["diabetes"]
    no_uacr, no_hba1c, no_sdi = np.isnan(uacr), np.isnan(hba1c), np.isnan(sdi)
    above = np.where(no_hba1c, 0.0, hba1c)
    return {
        "ln_uacr": np.log(np.where(no_uacr, 1.0, uacr)),
        "uacr_missing": no_uacr.astype(np.float64),
        "hba1c_diabetes": above * diabetes,
        "hba1c_no_diabetes": above * (1 - diabetes),
        "hba1c_missing": no_hba1c.astype(np.float64),
        "sdi_4_to_6": ((sdi >= 4) & (sdi <= 6)).astype(np.float64),
        "sdi_7_to_10": (sdi >= 7).astype(np.float64),
        "sdi_missing": no_sdi.astype(np.float64),
    }
