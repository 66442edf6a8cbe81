"""Groups of diagnoses: ICD-10 (МКБ-10) blocks, and the SNOMED CT codes of records from elsewhere.

Blocks of the Charlson index: Quan et al., Med Care 2005;43:1130, table 1. The others are the headings
of МКБ-10 (the Ministry's register, 1.2.643.5.1.13.13.11.1005).
"""

from features.codes import CodeGroup


def icd(name: str, blocks: str, snomed: str = "") -> CodeGroup:
    """`blocks`: ICD-10 codes, each with all below it; records write `E89.0` with its dot or without."""
    written = dict.fromkeys(form for block in blocks.split() for form in (block, block.replace(".", "")))
    return CodeGroup(
        name,
        (
            *(f"{v}//{code}*" for v in ("ICD10", "ICD10CM") for code in written),
            *(f"SNOMED//{code}" for code in snomed.split()),
        ),
    )


# Heart and vessels
MYOCARDIAL_INFARCTION = icd(
    "myocardial_infarction", "I21 I22 I25.2", "22298006 399211009 401303003 401314000"
)
HEART_FAILURE = icd(
    "heart_failure",
    "I50 I11.0 I13.0 I13.2 I25.5 I42.0 I42.5 I42.6 I42.7 I42.8 I42.9 I43",
    "84114007 88805009",
)
ATRIAL_FIBRILLATION = icd("atrial_fibrillation", "I48", "49436004")
PERIPHERAL_ARTERY_DISEASE = icd(
    "peripheral_artery_disease", "I70 I71 I73.1 I73.8 I73.9 I77.1 I79.0 I79.2 K55.1 K55.8 K55.9 Z95.8 Z95.9"
)
CEREBROVASCULAR_DISEASE = icd(
    "cerebrovascular_disease", "G45 G46 I60 I61 I62 I63 I64 I65 I66 I67 I68 I69 H34.0", "230690007"
)
VENOUS_THROMBOEMBOLISM = icd("venous_thromboembolism", "I26 I80 I82")
# Lungs and sleep
COPD = icd("copd", "J41 J42 J43 J44", "13645005 87433001 185086009")
ASTHMA = icd("asthma", "J45 J46", "195967001 233678006")
CHRONIC_LUNG_DISEASE = icd(
    "chronic_lung_disease",
    "I27.8 I27.9 J40 J41 J42 J43 J44 J45 J46 J47 J60 J61 J62 J63 J64 J65 J66 J67 J68.4 J70.1 J70.3",
    "13645005 87433001 185086009 195967001 233678006",
)
SLEEP_APNOEA = icd("sleep_apnoea", "G47.3", "73430006 78275009")
# Hormones and metabolism
HYPOTHYROIDISM = icd("hypothyroidism", "E02 E03 E89.0", "40930008 83664006")
HYPERTHYROIDISM = icd("hyperthyroidism", "E05", "34486009")
DIABETES_1 = icd("type_1_diabetes", "E10", "46635009")
DIABETES_COMPLICATED = icd(
    "diabetes_with_complications",
    " ".join(f"E1{kind}.{part}" for kind in range(5) for part in (2, 3, 4, 5, 7)),
    "368581000119106 422034002 1551000119108 1501000119109 97331000119101 60951000119105 90781000119102 "
    "157141000119108 127013003 4855003 230572002",
)
GOUT = icd("gout", "M10", "90560007")

# Digestion
CHRONIC_LIVER_DISEASE = icd(
    "chronic_liver_disease",
    "B18 K70.0 K70.1 K70.2 K70.3 K70.9 K71.3 K71.4 K71.5 K71.7 K73 K74 K76.0 K76.2 K76.3 K76.4 K76.8 K76.9 Z94.4",
)
SEVERE_LIVER_DISEASE = icd(
    "severe_liver_disease", "I85.0 I85.9 I86.4 I98.2 K70.4 K71.1 K72.1 K72.9 K76.5 K76.6 K76.7"
)
FATTY_LIVER = icd("fatty_liver", "K76.0", "197321007")
PEPTIC_ULCER = icd("peptic_ulcer", "K25 K26 K27 K28")
COLON_POLYP = icd("colon_polyp", "K63.5 D12", "68496003 713197008")

# Blood and cancer
ANAEMIA = icd("anaemia", " ".join(f"D{n}" for n in (*range(50, 54), *range(55, 65))), "271737000")
_CANCERS = (
    *(f"C{n:02}" for n in (*range(27), *range(30, 35), *range(37, 42), 43, *range(45, 59))),
    *(f"C{n}" for n in (*range(60, 77), *range(81, 86), 88, *range(90, 98))),
)
CANCER = icd(
    "cancer",
    " ".join(_CANCERS),
    "109838007 363406005 254632001 254637007 424132000 67811000119102 254837009 93761005 126906006",
)
METASTATIC_CANCER = icd("metastatic_cancer", "C77 C78 C79 C80", "314994000 94260004")
BREAST_CANCER = icd("breast_cancer", "C50 D05", "254837009")
COLORECTAL_CANCER = icd("colorectal_cancer", "C18 C19 C20", "109838007 363406005 93761005")
LUNG_CANCER = icd("lung_cancer", "C33 C34", "254632001 254637007 424132000 67811000119102")
PROSTATE_CANCER = icd("prostate_cancer", "C61 D07.5", "126906006 92691004 314994000")
SKIN_CANCER = icd("skin_cancer", "C43 C44 D03 D04")

# Mind and nerves
DEPRESSION = icd("depression", "F32 F33", "35489007 370143000 36923009")
ANXIETY = icd("anxiety", "F40 F41", "48694002 197480006 21897009")
PSYCHOSIS = icd("psychosis", "F20 F21 F22 F23 F24 F25 F28 F29 F30 F31", "58214004 13746004")
DEMENTIA = icd("dementia", "F00 F01 F02 F03 F05.1 G30 G31.1", "26929004 230265002 52448006")
ALCOHOL = icd("alcohol_disorder", "F10 K70 G62.1 I42.6", "7200002")
TOBACCO = icd("tobacco_disorder", "F17 Z72.0", "449868002")
HEMIPLEGIA = icd("hemiplegia", "G04.1 G11.4 G80.1 G80.2 G81 G82 G83.0 G83.1 G83.2 G83.3 G83.4 G83.9")

# Bones, joints, skin
RHEUMATIC_DISEASE = icd("rheumatic_disease", "M05 M06 M31.5 M32 M33 M34 M35.1 M35.3 M36.0", "69896004")
OSTEOARTHRITIS = icd("osteoarthritis", "M15 M16 M17 M18 M19", "201834006 239873007 239872002 396275006")
OSTEOPOROSIS = icd("osteoporosis", "M80 M81", "64859006 443165006")
# Kidney, women, men
ALBUMINURIA = icd("albuminuria", "R80")
_OBSTETRIC = (range(9), range(10, 17), range(20, 27), range(28, 37), range(40, 49), range(60, 76))
PREGNANCY = icd(
    "pregnancy",
    " ".join(f"O{n:02}" for block in (*_OBSTETRIC, range(80, 93), range(95, 100)) for n in block)
    + " Z33 Z34 Z35",
    "72892002 79586000 19169002",
)
PREECLAMPSIA = icd("preeclampsia", "O14 O15", "398254007 198992004")
POLYCYSTIC_OVARIES = icd("polycystic_ovaries", "E28.2", "69878008")
# Infections, family, risk
HIV = icd("hiv", "B20 B21 B22 B23 B24", "86406008")
FAMILY_DIABETES = icd("family_diabetes", "Z83.3", "160303001")
FAMILY_HEART = icd("family_heart_disease", "Z82.4", "266897007")
ANY_DIAGNOSIS = CodeGroup("any_diagnosis", ("ICD10//*", "ICD10CM//*"))
