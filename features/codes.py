"""Code groups: one clinical idea, all the codes that say it.

A member that ends in `*` stands for every code with that beginning. Russian records speak МКБ-10
and ATC; SNOMED CT and RxNorm members are there for records from elsewhere.
Sources: LOINC 2.7x long names, ICD-10 (МКБ-10), WHO ATC index, SNOMED CT international edition.
"""

from dataclasses import dataclass

from features import rxnorm

VOCABULARIES = {
    "http://loinc.org": "LOINC",
    "http://hl7.org/fhir/sid/icd-10": "ICD10",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD10CM",
    "urn:oid:1.2.643.5.1.13.13.11.1005": "ICD10",  # МКБ-10 in the Russian register of dictionaries
    "urn:oid:1.2.643.5.1.13.13.11.1070": "NMU",  # номенклатура медицинских услуг
    "http://www.whocc.no/atc": "ATC",
    "http://snomed.info/sct": "SNOMED",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM",
    "http://hl7.org/fhir/sid/cvx": "CVX",
    "http://hl7.org/fhir/sid/ndc": "NDC",
    "http://terminology.hl7.org/CodeSystem/v3-ActCode": "ENCOUNTER",
    "http://hl7.org/fhir/sid/icd-9-cm": "ICD9CM",
    "http://www.ama-assn.org/go/cpt": "CPT",
    # The same as object identifiers, as CDA writes them.
    "urn:oid:2.16.840.1.113883.6.1": "LOINC",
    "urn:oid:2.16.840.1.113883.6.3": "ICD10",
    "urn:oid:2.16.840.1.113883.6.90": "ICD10CM",
    "urn:oid:2.16.840.1.113883.6.103": "ICD9CM",
    "urn:oid:2.16.840.1.113883.6.73": "ATC",
    "urn:oid:2.16.840.1.113883.6.96": "SNOMED",
    "urn:oid:2.16.840.1.113883.6.88": "RXNORM",
    "urn:oid:2.16.840.1.113883.12.292": "CVX",
    "urn:oid:2.16.840.1.113883.6.59": "CVX",
    "urn:oid:2.16.840.1.113883.6.69": "NDC",
    "urn:oid:2.16.840.1.113883.6.12": "CPT",
    "urn:oid:1.2.643.5.1.13.2.1.1.641": "ICD10",  # МКБ-10 as the register numbered it before
    "urn:oid:1.2.643.5.1.13.2.1.1.718": "ICD10",  # and beside it: the Ministry's Schematron takes all three
    "urn:oid:1.2.643.5.1.13.13.11.1080": "FSLI",  # федеральный справочник лабораторных исследований
    "urn:oid:1.2.643.5.1.13.13.99.2.262": "VITALPARAM",  # витальные параметры
}


@dataclass(frozen=True)
class CodeGroup:
    """`name` is used in feature names; `unit` (UCUM) is the one that features speak."""

    name: str
    codes: tuple[str, ...]
    unit: str | None = None


def _coded(vocabulary: str, *codes: str) -> tuple[str, ...]:
    return tuple(f"{vocabulary}//{code}" for code in codes)


def _lab(name: str, unit: str, *loinc: str) -> CodeGroup:
    return CodeGroup(name, _coded("LOINC", *loinc), unit)


# Laboratory
HBA1C = _lab("hba1c", "%", "4548-4", "17856-6")
# Only codes whose LOINC name says "fasting"; most laboratories do not say it, so that `GLUCOSE`, in
# blood, serum or plasma, holds these and those that leave open when the person last ate.
_FASTING = ("14771-0", "1558-6", "76629-5", "77145-1")
FASTING_GLUCOSE = _lab("fasting_glucose", "mmol/L", *_FASTING)
GLUCOSE = _lab("glucose", "mmol/L", *_FASTING, "14749-6", "15074-8", "2339-0", "2345-7")
TOTAL_CHOLESTEROL = _lab("total_cholesterol", "mmol/L", "14647-2", "2093-3")
LDL = _lab("ldl_cholesterol", "mmol/L", "39469-2", "22748-8", "18262-6", "13457-7")
HDL = _lab("hdl_cholesterol", "mmol/L", "14646-4", "2085-9")
TRIGLYCERIDES = _lab("triglycerides", "mmol/L", "14927-8", "2571-8")
CREATININE = _lab("creatinine", "umol/L", "14682-9", "2160-0", "38483-4")
ALT = _lab("alt", "U/L", "1742-6")
HEMOGLOBIN = _lab("hemoglobin", "g/L", "718-7")

# Vital signs
SYSTOLIC = _lab("systolic_bp", "mm[Hg]", "8480-6")
DIASTOLIC = _lab("diastolic_bp", "mm[Hg]", "8462-4")
HEART_RATE = _lab("heart_rate", "/min", "8867-4")
HEIGHT = _lab("height", "cm", "8302-2")
WEIGHT = _lab("weight", "kg", "29463-7")
BMI = _lab("bmi", "kg/m2", "39156-5")
WAIST = _lab("waist", "cm", "8280-0", "56086-2")
SMOKING = CodeGroup("smoking_status", ("LOINC//72166-2",))

# Wearables, daily summaries
RESTING_HEART_RATE = _lab("resting_heart_rate", "/min", "40443-4")
RMSSD = CodeGroup("rmssd", ("WEARABLE//rmssd",), "ms")
STEPS = _lab("steps", "/d", "41950-7")
SLEEP = _lab("sleep_duration", "h", "93832-4")

# Wearables, more of a day: what features.ingest.device makes of samples.
PULSE_MEAN = CodeGroup("heart_rate_mean", ("WEARABLE//heart_rate_mean",), "/min")
PULSE_NIGHT = CodeGroup("heart_rate_night", ("WEARABLE//heart_rate_night",), "/min")
PULSE_LOW = CodeGroup("heart_rate_low", ("WEARABLE//heart_rate_low",), "/min")
SDNN = CodeGroup("sdnn", ("WEARABLE//sdnn",), "ms")  # Apple's; never to be mixed with RMSSD
RESPIRATION = _lab("respiratory_rate", "/min", "9279-1")
SPO2 = _lab("spo2", "%", "59408-5")  # measured now and then
SPO2_MEAN = CodeGroup("spo2_mean", ("WEARABLE//spo2_mean",), "%")
SPO2_NIGHT_MEAN = CodeGroup("spo2_night_mean", ("WEARABLE//spo2_night_mean",), "%")
SPO2_NIGHT_MIN = CodeGroup("spo2_night_min", ("WEARABLE//spo2_night_min",), "%")
SLEEP_ONSET = CodeGroup("sleep_onset", ("WEARABLE//sleep_onset",), "h")  # after 00:00 of the day it ends
SLEEP_OFFSET = CodeGroup("sleep_offset", ("WEARABLE//sleep_offset",), "h")
TIME_IN_BED = CodeGroup("time_in_bed", ("WEARABLE//time_in_bed",), "h")
SLEEP_DEEP = CodeGroup("sleep_deep", ("WEARABLE//sleep_deep",), "h")
SLEEP_REM = CodeGroup("sleep_rem", ("WEARABLE//sleep_rem",), "h")
WEAR = CodeGroup("wear_time", ("WEARABLE//wear_minutes",), "h")  # a valid day has 10 h or more
EXERCISE = CodeGroup("exercise_time", ("WEARABLE//exercise_minutes",), "h")
SENSOR_GLUCOSE_MEAN = CodeGroup("sensor_glucose_mean", ("WEARABLE//glucose_mean",), "mmol/L")
SENSOR_GLUCOSE_CV = CodeGroup("sensor_glucose_cv", ("WEARABLE//glucose_cv",), "%")
TIME_IN_RANGE = CodeGroup("glucose_time_in_range", ("WEARABLE//glucose_in_range",), "%")  # 3.9–10.0 mmol/L
SENSOR_READINGS = CodeGroup("sensor_glucose_readings", ("WEARABLE//glucose_readings",), "1")
CAPILLARY_GLUCOSE = _lab("capillary_glucose", "mmol/L", "14743-9")

# Diagnoses
_DIABETES_2 = _coded(
    "SNOMED",
    "44054006",
    "313436004",  # without complication
    "359642000",  # in nonobese
    "81531005",  # in obese
    "237599002",  # insulin treated
    "368581000119106",  # neuropathy
    "422034002",  # retinopathy
    "1551000119108",  # nonproliferative retinopathy
    "1501000119109",  # proliferative retinopathy
    "97331000119101",  # macular oedema and retinopathy
    "60951000119105",  # blindness
    "90781000119102",  # microalbuminuria
    "157141000119108",  # proteinuria
)
DIABETES_2 = CodeGroup("type_2_diabetes", ("ICD10//E11*", "ICD10CM//E11*", *_DIABETES_2))
DIABETES = CodeGroup(
    "diabetes",
    (
        *(f"{v}//E1{d}*" for v in ("ICD10", "ICD10CM") for d in range(5)),
        *_DIABETES_2,
        *_coded(
            "SNOMED",
            "73211009",  # diabetes mellitus
            "46635009",  # type 1
            "127013003",  # renal disease; type not said in this one and the next two
            "4855003",  # retinopathy
            "230572002",  # neuropathy
        ),
    ),
)
PREDIABETES = CodeGroup(
    "prediabetes",
    # R73 is raised blood glucose of any degree, so are the findings of SNOMED.
    ("ICD10//R73*", "ICD10CM//R73*", *_coded("SNOMED", "15777000", "80394007", "9414007", "390951007")),
)
HYPERTENSION = CodeGroup(
    "hypertension",
    (
        *(f"{v}//I1{d}*" for v in ("ICD10", "ICD10CM") for d in (0, 1, 2, 3, 5)),
        *_coded("SNOMED", "38341003", "59621000"),
    ),
)
DYSLIPIDEMIA = CodeGroup(
    "dyslipidemia",
    (
        "ICD10//E78*",
        "ICD10CM//E78*",
        *_coded("SNOMED", "55822004", "302870006", "13644009", "267432004", "370992007", "398036000"),
    ),
)
OBESITY = CodeGroup(
    "obesity",
    (
        "ICD10//E66*",
        "ICD10CM//E66*",
        *_coded("SNOMED", "162864005", "408512008", "414916001", "238136002"),
    ),
)
ISCHEMIC_HEART_DISEASE = CodeGroup(
    "ischemic_heart_disease",
    (
        *(f"{v}//I2{d}*" for v in ("ICD10", "ICD10CM") for d in range(6)),
        # 399211009 is a past infarction, as I25.2.
        *_coded(
            "SNOMED", "414545008", "53741008", "22298006", "399211009", "194828000", "401303003", "401314000"
        ),
    ),
)
STROKE = CodeGroup(
    "stroke",
    (
        "ICD10//I63*",
        "ICD10//I64*",
        "ICD10CM//I63*",
        *_coded("SNOMED", "230690007", "422504002", "432504007"),
    ),
)
CHRONIC_KIDNEY_DISEASE = CodeGroup(
    "chronic_kidney_disease",
    (
        "ICD10//N18*",
        "ICD10CM//N18*",
        *_coded(
            "SNOMED",
            "709044004",  # stage not said
            "431855005",  # stages 1, 2, 3, 3A, 3B, 4, 5
            "431856006",
            "433144002",
            "700378005",
            "700379002",
            "431857002",
            "433146000",
            "714152005",  # stage 5 on dialysis
            "46177005",  # end-stage disease, not treated, on dialysis, with a transplant
            "236434000",
            "236435004",
            "236436003",
        ),
    ),
)
GESTATIONAL_DIABETES = CodeGroup(
    "gestational_diabetes", ("ICD10//O24.4*", "ICD10CM//O24.4*", "SNOMED//11687002")
)

# Drugs
STATINS = CodeGroup("statins", ("ATC//C10AA*", "ATC//C10B*", *_coded("RXNORM", *rxnorm.STATINS)))
ANTIHYPERTENSIVES = CodeGroup(
    "antihypertensives",
    (*(f"ATC//C0{d}*" for d in (2, 3, 7, 8, 9)), *_coded("RXNORM", *rxnorm.ANTIHYPERTENSIVES)),
)
GLUCOSE_LOWERING = CodeGroup(
    "glucose_lowering_drugs", ("ATC//A10*", *_coded("RXNORM", *rxnorm.GLUCOSE_LOWERING))
)
GLUCOCORTICOIDS = CodeGroup("glucocorticoids", ("ATC//H02AB*", *_coded("RXNORM", *rxnorm.GLUCOCORTICOIDS)))

# Procedures and visits that the calendar of check-ups counts
VISIT = CodeGroup("visit", ("ENCOUNTER//*",))
PREVENTIVE_EXAMINATION = CodeGroup("preventive_examination", ("NMU//B04.047.002", "ICD10//Z00.0"))
FLUOROGRAPHY = CodeGroup("fluorography", ("NMU//A06.09.006",))
ECG = CodeGroup("ecg", ("NMU//A05.10.006", "LOINC//34534-8"))
INTRAOCULAR_PRESSURE = CodeGroup("intraocular_pressure", ("NMU//A02.26.015",))
GYNAECOLOGICAL_EXAMINATION = CodeGroup("gynaecological_examination", ("NMU//B04.001.002",))
CERVICAL_CYTOLOGY = CodeGroup("cervical_cytology", ("NMU//A08.20.017",))
FULL_BLOOD_COUNT = CodeGroup("full_blood_count", ("NMU//B03.016.003", "LOINC//58410-2", "LOINC//57021-8"))
FAECAL_OCCULT_BLOOD = CodeGroup(
    "faecal_occult_blood", ("NMU//A09.19.001*", "LOINC//29771-3", "LOINC//57905-2")
)
MAMMOGRAPHY = CodeGroup("mammography", ("NMU//A06.20.004", "SNOMED//71651007"))
PSA = CodeGroup("psa", ("LOINC//2857-1",))
GASTROSCOPY = CodeGroup("gastroscopy", ("NMU//A03.16.001",))
ANTI_HCV = CodeGroup("anti_hcv", ("LOINC//13955-0",))
