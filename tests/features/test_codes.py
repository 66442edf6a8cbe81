"""The code groups, against records from elsewhere: every drug of a group is recognised, no other is."""

import json
import os
import re
import zipfile
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from features import codes
from features.codes import CodeGroup
from features.group import diagnosis
from features.unit import members

SHARED = Path(os.environ.get("SMARTCLINIC_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
BUNDLES = SHARED / "fhir_synthea"

# What the displays of the records say; one misspells simvastatin.
STATIN = r"\b(atorva|fluva|lova|pitava|prava|rosuva|simva|simvi)statin"
PRESSURE = (
    r"\w+pril\b|\w+sartan\b|\w+dipine\b|\b(aten|bisopr|carvedil|metopr|nad|propran)olol|carvedilol|"
    r"thiazide|chlorthalidone|indapamide|furosemide|lasix|torsemide|spironolactone|verapamil|diltiazem|"
    r"clonidine|doxazosin|hydralazine"
)
SUGAR = r"metformin|\binsulin|\w+glutide|\w+gliflozin|\w+gliptin|glipizide|glyburide|glimepiride|pioglitazone"


def belongs(code: str, group: CodeGroup) -> bool:
    return pl.select(members(pl.lit(code), group)).item() is True


@pytest.fixture(scope="module")
def coded() -> Counter[tuple[str, str, str]]:
    """(type of resource, VOCABULARY//CODE, display) → how often."""
    archives = sorted(BUNDLES.glob("*.zip"))
    if not archives:
        pytest.skip("the bundles are not here")
    found: Counter[tuple[str, str, str]] = Counter()
    for archive in archives:
        with zipfile.ZipFile(archive) as bundles:
            for name in bundles.namelist():
                if not name.endswith(".json"):
                    continue
                for entry in json.loads(bundles.read(name)).get("entry", []):
                    resource = entry["resource"]
                    concept = resource.get("medicationCodeableConcept") or resource.get("code") or {}
                    for coding in concept.get("coding", []):
                        vocabulary = codes.VOCABULARIES.get(coding["system"])
                        code = f"{vocabulary}//{coding['code']}"
                        found[resource["resourceType"], code, coding.get("display", "")] += 1
    return found


@pytest.mark.parametrize(
    ("group", "names", "fewest"),
    [
        (codes.STATINS, STATIN, 400),
        (codes.ANTIHYPERTENSIVES, PRESSURE, 80),
        (codes.GLUCOSE_LOWERING, SUGAR, 10),
    ],
    ids=lambda x: x.name if isinstance(x, CodeGroup) else "",
)
def test_the_prescriptions_of_a_group_are_recognised_and_no_others(
    coded: Counter[tuple[str, str, str]], group: CodeGroup, names: str, fewest: int
) -> None:
    drugs = {(c, d): n for (kind, c, d), n in coded.items() if kind == "MedicationRequest"}
    named = {key for key in drugs if re.search(names, key[1], re.IGNORECASE)}
    known = {key for key in drugs if belongs(key[0], group)}
    prescribed = sum(drugs[key] for key in named)

    assert prescribed >= fewest
    assert sum(drugs[key] for key in named & known) >= 0.95 * prescribed, named - known
    assert not known - named


@pytest.mark.parametrize(
    ("group", "names"),
    [
        (codes.DIABETES, r"^Diabetes$|diabetic|diabetes mellitus"),
        (codes.DIABETES_2, r"^Diabetes$|type (2|II) diabetes"),
        (codes.CHRONIC_KIDNEY_DISEASE, r"chronic kidney disease|end.stage renal"),
        (codes.ISCHEMIC_HEART_DISEASE, r"coronary heart disease|myocardial infarction"),
        (codes.DYSLIPIDEMIA, r"hyperlipid|hypertriglycerid|hypercholesterol"),
        (diagnosis.HEART_FAILURE, r"heart failure"),
        (diagnosis.ATRIAL_FIBRILLATION, r"atrial fibrillation"),
        (diagnosis.MYOCARDIAL_INFARCTION, r"myocardial infarction"),
        (diagnosis.COPD, r"emphysema|chronic obstructive"),
        (diagnosis.ASTHMA, r"asthma"),
        (diagnosis.HYPOTHYROIDISM, r"hypothyroid"),
        (diagnosis.ANAEMIA, r"anemia"),
        (diagnosis.METASTATIC_CANCER, r"metastasis|secondary malignant"),
        (diagnosis.COLORECTAL_CANCER, r"(neoplasm|tumor) of colon(?<!secondary malignant neoplasm of colon)"),
        (diagnosis.LUNG_CANCER, r"^(?!suspected).*(lung cancer|carcinoma of lung|neoplasm of lung)"),
        (diagnosis.DEMENTIA, r"alzheimer|dementia"),
        (diagnosis.DEPRESSION, r"depress"),
        (diagnosis.ALCOHOL, r"alcoholism"),
        (diagnosis.OSTEOARTHRITIS, r"osteoarthritis"),
        (diagnosis.OSTEOPOROSIS, r"osteoporosis"),
        (diagnosis.PREECLAMPSIA, r"eclampsia"),
        (diagnosis.COLON_POLYP, r"polyp"),
        (diagnosis.PREGNANCY, r"pregnancy|miscarriage"),
    ],
    ids=lambda x: x.name if isinstance(x, CodeGroup) else "",
)
def test_the_diagnoses_of_a_group_are_recognised_and_no_others(
    coded: Counter[tuple[str, str, str]], group: CodeGroup, names: str
) -> None:
    conditions = {(code, display) for kind, code, display in coded if kind == "Condition"}
    named = {key for key in conditions if re.search(names, key[1], re.IGNORECASE)}

    assert named
    assert {key for key in conditions if belongs(key[0], group)} == named


def test_no_drug_is_listed_twice_and_combinations_alone_stand_in_two_groups() -> None:
    groups = (codes.STATINS, codes.ANTIHYPERTENSIVES, codes.GLUCOSE_LOWERING, codes.GLUCOCORTICOIDS)
    for group in groups:
        assert len(set(group.codes)) == len(group.codes), group.name
    assert not set(codes.GLUCOSE_LOWERING.codes) & set(codes.ANTIHYPERTENSIVES.codes)
    both = set(codes.STATINS.codes) & set(codes.ANTIHYPERTENSIVES.codes)
    assert both, "amlodipine with atorvastatin is a statin and a drug for blood pressure"
    assert len(both) == 11


def test_haemoglobin_alone_is_no_blood_count_and_a_result_says_fasting_or_is_not_taken_so() -> None:
    assert not belongs("LOINC//718-7", codes.FULL_BLOOD_COUNT)
    assert belongs("LOINC//718-7", codes.HEMOGLOBIN)
    assert set(codes.FASTING_GLUCOSE.codes) < set(codes.GLUCOSE.codes)
    for any_time in ("2339-0", "2345-7", "15074-8", "14749-6"):
        assert belongs(f"LOINC//{any_time}", codes.GLUCOSE)
        assert not belongs(f"LOINC//{any_time}", codes.FASTING_GLUCOSE)
