"""The dictionary that the records speak: codes, names, units, as the clinic writes them."""

from dataclasses import dataclass

from features import dictionary as published

LOINC = "http://loinc.org"
ICD10 = "urn:oid:1.2.643.5.1.13.13.11.1005"
NMU = "urn:oid:1.2.643.5.1.13.13.11.1070"
ATC = "http://www.whocc.no/atc"
CVX = "http://hl7.org/fhir/sid/cvx"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"


@dataclass(frozen=True)
class Measure:
    """A quantity: LOINC code, names, unit as printed and in UCUM, decimals of the report."""

    code: str
    display: str
    text: str
    unit: str
    ucum: str
    decimals: int
    laboratory: bool = True


MEASURES = {
    "hba1c": Measure(
        "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "Гликированный гемоглобин", "%", "%", 1
    ),
    "glucose": Measure(
        "14771-0",
        "Fasting glucose [Moles/volume] in Serum or Plasma",
        "Глюкоза натощак",
        "ммоль/л",
        "mmol/L",
        1,
    ),
    "total_cholesterol": Measure(
        "14647-2", "Cholesterol [Moles/volume] in Serum or Plasma", "Холестерин общий", "ммоль/л", "mmol/L", 1
    ),
    "ldl": Measure(
        "22748-8",
        "Cholesterol in LDL [Moles/volume] in Serum or Plasma",
        "Холестерин ЛПНП",
        "ммоль/л",
        "mmol/L",
        2,
    ),
    "hdl": Measure(
        "14646-4",
        "Cholesterol in HDL [Moles/volume] in Serum or Plasma",
        "Холестерин ЛПВП",
        "ммоль/л",
        "mmol/L",
        2,
    ),
    "triglycerides": Measure(
        "14927-8", "Triglyceride [Moles/volume] in Serum or Plasma", "Триглицериды", "ммоль/л", "mmol/L", 2
    ),
    "creatinine": Measure(
        "14682-9", "Creatinine [Moles/volume] in Serum or Plasma", "Креатинин", "мкмоль/л", "umol/L", 0
    ),
    "alt": Measure(
        "1742-6",
        "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma",
        "АЛТ",
        "Ед/л",
        "U/L",
        0,
    ),
    "hemoglobin": Measure("718-7", "Hemoglobin [Mass/volume] in Blood", "Гемоглобин", "г/л", "g/L", 0),
    "psa": Measure(
        "2857-1",
        "Prostate specific Ag [Mass/volume] in Serum or Plasma",
        "ПСА общий",
        "нг/мл",
        "ng/mL",
        2,
    ),
    "pulse": Measure("8867-4", "Heart rate", "Пульс", "уд/мин", "/min", 0, False),
    "height": Measure("8302-2", "Body height", "Рост", "см", "cm", 0, False),
    "weight": Measure("29463-7", "Body weight", "Масса тела", "кг", "kg", 1, False),
    "bmi": Measure(
        "39156-5", "Body mass index (BMI) [Ratio]", "Индекс массы тела", "кг/м²", "kg/m2", 1, False
    ),
    "waist": Measure(
        "8280-0", "Waist Circumference at umbilicus by Tape measure", "Окружность талии", "см", "cm", 0, False
    ),
}

DIAGNOSES, DRUGS, SERVICES = published.DIAGNOSES, published.DRUGS, published.SERVICES

# Smoking: SNOMED CT answers to LOINC 72166-2, by person.NEVER, FORMER, CURRENT.
SMOKING = (
    ("266919005", "Never smoked tobacco"),
    ("8517006", "Ex-smoker"),
    ("449868002", "Smokes tobacco daily"),
)
CLINICS = ("Клиника на Садовой", "Клиника у парка", "Клиника на набережной")
