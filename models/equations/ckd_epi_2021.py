"""CKD-EPI 2021: estimated glomerular filtration rate from creatinine, without race."""

from features.formula import UMOL_L_PER_MG_DL, egfr
from models.equations.equation import Columns, Computed, Equation, Outcome, band, one_model
from models.equations.input import choice, number

STAGES = ("G5", "G4", "G3b", "G3a", "G2", "G1")
UMOL_L = 88.4  # for 1 mg/dL of creatinine
_MG_DL = tuple((unit, (UMOL_L, 0.0)) for unit in ("mg/dL", "mg/dl", "мг/дл"))
EDGES = (15.0, 30.0, 45.0, 60.0, 90.0)


def compute(c: Columns) -> Computed:
    """mL/min/{1.73_m2}: the formula of the feature `egfr_last_2y`. The published vectors take 88.4 µmol/L
    for 1 mg/dL where the feature takes 88.42: 0.03 % of the result."""
    value = egfr(c["creatinine"] / UMOL_L * UMOL_L_PER_MG_DL, c["age"], c["sex"])
    return Computed((value,), (band(value, *EDGES),), one_model(c))


EQUATION = Equation(
    name="ckd_epi_2021",
    title="CKD-EPI 2021 (creatinine)",
    inputs=(number("age", 18, 120), choice("sex"), number("creatinine", 10, 3000, conversions=_MG_DL)),
    outcomes=(Outcome("egfr", "mL/min/{1.73_m2}", None, STAGES),),
    models=("creatinine",),
    compute=compute,
    formula="142 · min(Scr/κ, 1)^α · max(Scr/κ, 1)^−1.200 · 0.9938^age · (1.012 if female), Scr in mg/dL; "
    "κ 0.7 / 0.9, α −0.241 / −0.302 (female / male). Bands: KDIGO's G1 to G5 at 90, 60, 45, 30, 15.",
    citation="Inker LA, Eneanya ND, Coresh J, et al. New creatinine- and cystatin C-based equations to "
    "estimate GFR without race. N Engl J Med 2021;385:1737-1749. doi:10.1056/NEJMoa2102953",
    not_for=(
        "people under 18",
        "acute kidney injury, dialysis, or any time at which creatinine is changing",
        "pregnancy",
        "unusual muscle mass (amputation, paralysis, bodybuilding): measure cystatin C",
        "calling one low value chronic disease: KDIGO asks for three months",
        "doses of medicines whose label asks for creatinine clearance (Cockcroft-Gault)",
    ),
)
