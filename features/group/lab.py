"""Groups of laboratory tests by LOINC, in the units that Russian laboratories print.

Source: LOINC 2.8x long names. A mass and an amount of substance stand in one group where
features/analyte.py knows how they convert.
"""

from features import codes
from features.codes import CodeGroup


def lab(name: str, unit: str, loinc: str) -> CodeGroup:
    return CodeGroup(name, tuple(f"LOINC//{code}" for code in loinc.split()), unit)


# Blood count
LEUKOCYTES = lab("leukocytes", "10*9/L", "6690-2 26464-8")
MCV = lab("mcv", "fL", "787-2 30428-7")
RDW = lab("rdw", "%", "788-0 30385-9")
PLATELETS = lab("platelets", "10*9/L", "777-3 26515-7")
NEUTROPHILS = lab("neutrophils", "10*9/L", "751-8 26499-4")
LYMPHOCYTES = lab("lymphocytes", "10*9/L", "731-0 26474-7")
EOSINOPHILS = lab("eosinophils", "10*9/L", "711-2 26449-9")
ESR = lab("esr", "mm/h", "30341-2 4537-7")

# Liver, pancreas, protein
AST = lab("ast", "U/L", "1920-8 30239-8")
GGT = lab("ggt", "U/L", "2324-2")
ALP = lab("alkaline_phosphatase", "U/L", "6768-6")
BILIRUBIN = lab("bilirubin", "umol/L", "14631-6 1975-2")
ALBUMIN = lab("albumin", "g/L", "1751-7 61151-7")
# Kidney
UREA = lab("urea", "mmol/L", "22664-7 14937-7 3094-0")
URINE_ACR = lab("urine_acr", "mg/g", "9318-7 14959-1 32294-1 14958-3")
URIC_ACID = lab("uric_acid", "umol/L", "14933-6 3084-1")

# Electrolytes
SODIUM = lab("sodium", "mmol/L", "2951-2 2947-0")
POTASSIUM = lab("potassium", "mmol/L", "2823-3 6298-4")
CHLORIDE = lab("chloride", "mmol/L", "2075-0 2069-3")
BICARBONATE = lab("bicarbonate", "mmol/L", "1963-8 2028-9 20565-8")
CALCIUM = lab("calcium", "mmol/L", "2000-8 17861-6 49765-1")
# Lipids and sugar beyond features.codes
LIPOPROTEIN_A = lab("lipoprotein_a", "nmol/L", "43583-4")
GLUCOSE_2H = lab("glucose_2h", "mmol/L", "14995-5 1518-0")
INSULIN = lab("insulin_level", "pmol/L", "20448-7 14796-7")
# Thyroid and other hormones
TSH = lab("tsh", "m[iU]/L", "3016-3 11580-8 11579-0")
FREE_T4 = lab("free_t4", "pmol/L", "14920-3 3024-7")
# Inflammation, iron, vitamins
CRP = lab("crp", "mg/L", "1988-5 30522-7")
FERRITIN = lab("ferritin", "ug/L", "2276-4")
IRON = lab("iron", "umol/L", "14798-3 2498-4")
IRON_BINDING = lab("iron_binding", "umol/L", "14800-7 2500-7")
B12 = lab("vitamin_b12", "pmol/L", "14685-2 2132-9")
FOLATE = lab("folate", "nmol/L", "14732-2 2284-8")
VITAMIN_D = lab("vitamin_d", "nmol/L", "1989-3 14635-7 62292-8")
# Clotting, heart, tumour markers
INR = lab("inr", "1", "6301-6 34714-6")
FIBRINOGEN = lab("fibrinogen", "g/L", "3255-7")
D_DIMER = lab("d_dimer", "mg/L{FEU}", "48065-7")
NT_PROBNP = lab("nt_probnp", "ng/L", "33762-6")
TROPONIN_I = lab("troponin_i", "ng/L", "89579-7 10839-9")
PSA = lab("psa_total", "ug/L", "2857-1 35741-8")

_FIRST = (codes.HBA1C, codes.GLUCOSE, codes.TOTAL_CHOLESTEROL, codes.LDL, codes.HDL, codes.TRIGLYCERIDES)
_KNOWN = (*_FIRST, codes.CREATININE, codes.ALT, codes.HEMOGLOBIN)
# Every test above and in features.codes: what a device measures has LOINC codes too, and is no test.
ANY_LAB = CodeGroup(
    "any_lab",
    tuple(
        dict.fromkeys(
            code
            for group in (*_KNOWN, *(g for g in list(globals().values()) if isinstance(g, CodeGroup)))
            for code in group.codes
        )
    ),
)
