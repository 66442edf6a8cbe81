"""The declarations: every one of them computes, every code of them exists and means what it says."""

import csv
import gzip
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features import codes, schema
from features.answer import ANSWERS
from features.build import build
from features.catalogue import FEATURES
from features.codes import CodeGroup
from features.declared.demographics import BIRTH, FEMALE_FACT
from features.feature import Feature
from features.ingest import ingest
from features.shards import ParquetEvents
from features.simulate import simulate
from features.vocabulary import FORMS

SHARED = Path(os.environ.get("SMARTCLINIC_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
T = datetime(2026, 6, 1, 12)  # UTC, naive, as events hold it
NEEDED = {f.name: f for feature in FEATURES for f in (*feature.inputs, feature)}
GROUPS: Mapping[str, CodeGroup] = {
    group.name: group
    for feature in NEEDED.values()
    for group in (feature.codes, feature.gate.codes if feature.gate else None)
    if group is not None
}
ELSEWHERE = ("any_lab", "any_diagnosis", "any_drug")


def code_of(group: CodeGroup, number: int = 0) -> str:
    """A whole code of a group."""
    code = group.codes[number % len(group.codes)]
    return f"{code[:-1]}01" if code.endswith("//*") else code.removesuffix("*")


def value_of(group: CodeGroup, step: int) -> float:
    """A plausible value that changes from one step to the next."""
    usual = {
        "sleep_duration": 5.0 + step % 6,
        "time_in_bed": 11.5,
        "steps": 4000.0 + 900 * (step % 8),
        "wear_minutes": 900.0,
        "sensor_readings": 90.0,
        "systolic_bp": 120.0 + 3 * (step % 9),
        "spo2_night": 90.0 + step % 6,
        "triglycerides": 1.5 + 0.01 * (step % 5),
        "kept_appointment": 1.0,
    }
    return usual.get(group.name, 40.0 + step % 7)


def everything() -> pl.DataFrame:
    """A man of whom all is known: every group often, every day of a month, some every two hours."""
    rows: list[tuple[datetime | None, str, float | None, str | None, str | None]] = [
        (None, schema.MALE, None, None, None),
        (T - timedelta(days=50 * 365.25), schema.BIRTH, None, None, None),
    ]
    often = [timedelta(days=day, hours=2 * (day % 12)) for day in range(31)]
    seldom = [timedelta(days=40 * number, hours=number) for number in range(1, 46)]
    for group in GROUPS.values():
        if group in (BIRTH, FEMALE_FACT) or group.codes == (schema.MALE,):
            continue
        for step, ago in enumerate(often + seldom):
            value = None if group.name in ANSWERS else value_of(group, step)
            answer = next(iter(ANSWERS[group.name])) if group.name in ANSWERS else None
            rows.append((T - ago, code_of(group, step), value, answer, group.unit))
    time, code, number, text, unit = zip(*rows, strict=True)
    events = {
        "subject_id": [1] * len(rows),
        "time": time,
        "code": code,
        "numeric_value": number,
        "text_value": text,
        "unit": unit,
        "known_at": [t or T - timedelta(days=1) for t in time],
        "source": ["test"] * len(rows),
        "source_id": [str(n) for n in range(len(rows))],
    }
    return pl.DataFrame(events, schema=schema.EVENT)


@pytest.fixture(scope="module")
def computed() -> dict[str, float | None]:
    index = pl.DataFrame({"subject_id": [1], "prediction_time": [T]}, schema=schema.INDEX)
    return build(everything(), index, tuple(NEEDED.values())).row(0, named=True)


@pytest.mark.parametrize("name", NEEDED)
def test_every_feature_is_there_for_a_person_of_whom_all_is_known(
    computed: dict[str, float | None], name: str
) -> None:
    value = computed[name]

    assert value is not None
    assert np.isfinite(value)
    if NEEDED[name].aggregate in ("any", "present") and name not in ("female_fact",):
        assert value == 1
    if NEEDED[name].aggregate in ("count", "value_count", "value_days", "calendar_days", "distinct", "days"):
        assert value >= 1


def test_a_person_of_whom_nothing_is_known_has_counts_of_nothing_and_no_values() -> None:
    index = pl.DataFrame({"subject_id": [1], "prediction_time": [T]}, schema=schema.INDEX)
    row = build(pl.DataFrame(schema=schema.EVENT), index, tuple(NEEDED.values())).row(0, named=True)
    zero = {name for name, value in row.items() if value == 0 and name != "subject_id"}
    counts = (
        "any",
        "present",
        "count",
        "value_count",
        "value_days",
        "calendar_days",
        "distinct",
        "days",
        "coverage",
    )

    declared = {f.name for f in NEEDED.values() if f.aggregate in counts}
    assert declared <= zero
    assert zero - declared <= {
        "charlson_index",
        "chronic_conditions",
        "drug_main_groups_1y",
        "polypharmacy_90d",
    }


def test_what_models_were_trained_on_is_there_as_it_was() -> None:
    for name, group, aggregate, days in (
        ("hba1c_mean_5y", codes.HBA1C, "mean", 1826),
        ("glucose_days_since_last", codes.GLUCOSE, "days_since_last", None),
        ("statins_1y", codes.STATINS, "any", 365),
        ("systolic_bp_std_2y", codes.SYSTOLIC, "std", 730),
        ("days_worn_90d", codes.RESTING_HEART_RATE, "days", 90),
    ):
        feature = NEEDED[name]
        assert (feature.codes, feature.aggregate, feature.window_days) == (group, aggregate, days)


def members(vocabulary: str) -> Iterator[tuple[str, str]]:
    """(name of the group, code without its vocabulary)."""
    for group in GROUPS.values():
        for code in group.codes:
            if code.startswith(f"{vocabulary}//") and group.name not in ELSEWHERE:
                yield group.name, code.split("//", 1)[1]


def test_every_loinc_code_has_its_check_digit() -> None:
    """The last digit: modulo 10 of the digits before it (LOINC Users' Guide, appendix C)."""
    checked = 0
    for name, code in members("LOINC"):
        number, digit = code.split("-")
        odd = str(int(number[::-1][::2][::-1]) * 2) + number[::-1][1::2][::-1]
        assert -sum(map(int, odd)) % 10 == int(digit), f"{name}: {code}"
        checked += 1
    assert checked > 120


@pytest.mark.parametrize("vocabulary", ["LOINC", "ATC", "ICD10", "SNOMED", "CVX", "NMU"])
def test_every_code_has_the_form_of_its_vocabulary(vocabulary: str) -> None:
    for name, code in members(vocabulary):
        whole = code.removesuffix("*")
        assert not whole or FORMS[vocabulary].fullmatch(whole), f"{name}: {code}"


def read(folder: str, pattern: str) -> Iterator[list[str]]:
    path = next((SHARED / folder).glob(pattern), None)
    if path is None:
        pytest.skip("the reference is not here")
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8").splitlines()
    yield from csv.reader(lines[1:], delimiter=";" if lines[0].count(";") > lines[0].count(",") else ",")


def test_every_atc_class_is_in_the_index_of_the_who() -> None:
    known = {row[0] for row in read("ref_atc", "who_atc*")}

    assert not {(name, code) for name, code in members("ATC") if code.removesuffix("*") not in known}


def test_every_diagnosis_is_in_the_ministrys_register() -> None:
    known = {row[2] for row in read("ref_mkb10_ru", "mkb10_minzdrav*")}
    missing = {
        (name, code)
        for name, code in members("ICD10")
        if not any(k.startswith(code.removesuffix("*")) for k in known)
        and not (len(code.removesuffix("*")) > 3 and "." not in code)  # the same without its dot
    }

    assert {code for _, code in missing} <= UNLISTED, missing


# Codes of ICD-10 that the Russian register leaves out: chapters that Russia codes otherwise.
UNLISTED: set[str] = set()

# A word of the LOINC long name of every group of laboratory tests.
WORDS = {
    "hba1c": "A1c",
    "fasting_glucose": "glucose",
    "glucose": "glucose",
    "glucose_2h": "glucose.*2 hours",
    "meter_glucose": "glucose",
    "total_cholesterol": r"cholesterol \[",
    "ldl_cholesterol": "LDL|low density",
    "hdl_cholesterol": "HDL|high density",
    "triglycerides": "triglyceride",
    "lipoprotein_a": "lipoprotein a",
    "creatinine": "creatinine.*(serum|blood)|^creatinine$",
    "alt": "alanine",
    "ast": "aspartate",
    "ggt": "gamma glutamyl",
    "alkaline_phosphatase": "alkaline phosphatase",
    "bilirubin": "bilirubin.total",
    "albumin": "albumin.*serum",
    "hemoglobin": "hemoglobin",
    "leukocytes": "leukocytes|wbc",
    "mcv": "mcv",
    "rdw": "distribution width",
    "platelets": "platelet",
    "neutrophils": "neutrophils",
    "lymphocytes": "lymphocytes",
    "eosinophils": "eosinophils",
    "esr": "sedimentation",
    "urea": "urea",
    "urine_acr": "albumin.*creatinine.*(urine|ratio)",
    "uric_acid": "urate|uric",
    "sodium": "sodium",
    "potassium": "potassium",
    "chloride": "chloride",
    "bicarbonate": "carbon dioxide|bicarbonate",
    "calcium": "calcium(?!.*ionized)",
    "insulin_level": "insulin",
    "tsh": "thyrotropin",
    "free_t4": "thyroxine.*free",
    "crp": "c reactive",
    "ferritin": "ferritin",
    "iron": r"iron \[",
    "iron_binding": "iron binding",
    "vitamin_b12": "cobalamin",
    "folate": "folate",
    "vitamin_d": "25-hydroxy",
    "inr": "inr",
    "fibrinogen": "fibrinogen",
    "d_dimer": "d-dimer feu",
    "nt_probnp": "natriuretic peptide.*terminal|nt-probnp",
    "troponin_i": "troponin i",
    "psa_total": "prostate specific ag(?!.*free)",
}


def test_every_laboratory_code_means_what_its_group_is_called() -> None:
    names = {row[0]: row[1] for row in read("ref_loinc_lab_orders", "*.csv")}
    checked = set()
    for group, word in WORDS.items():
        for code in GROUPS[group].codes:
            long = names.get(code.removeprefix("LOINC//"))
            if long is not None:
                assert re.search(word, long, re.IGNORECASE), f"{group}: {code} is {long}"
                checked.add(group)
    assert len(checked) > 35


def test_no_code_stands_in_two_groups_of_one_kind_of_measurement() -> None:
    """But for groups that hold others on purpose."""
    several = {"fasting_glucose", "glucose", "respiratory_rate", *ELSEWHERE}
    owner: dict[str, str] = {}
    for name, code in members("LOINC"):
        if name not in several:
            assert owner.setdefault(code, name) == name, f"{code} is in {owner[code]} and {name}"


def test_each_group_has_one_name_and_each_name_one_group() -> None:
    by_name: dict[str, CodeGroup] = {}
    for feature in NEEDED.values():
        if feature.codes is not None:
            assert by_name.setdefault(feature.codes.name, feature.codes) == feature.codes, feature.name


def features_of(kind: str) -> list[Feature]:
    return [f for f in FEATURES if f.codes is not None and f.aggregate == kind]


def test_there_are_about_as_many_features_as_a_clinic_can_read() -> None:
    assert 250 <= len(FEATURES) <= 400
    assert len(features_of("rcv_change")) >= 10


# What can be true of a population; a wrong unit, window or sign falls out of it.
SANE = {
    "_last_2y": (0, 20_000),
    "_share_2y": (0, 1),
    "_z_5y": (-40, 40),
    "_coverage_90d": (0, 1),
    "hba1c_last_2y": (3, 15),
    "total_cholesterol_last_2y": (1.5, 15),
    "ldl_cholesterol_known_2y": (0, 12),
    "egfr_mean_5y": (5, 200),
    "hemoglobin_min_2y": (50, 220),
    "tyg_index_2y": (5, 13),
    "mean_pressure_2y": (40, 200),
    "weight_change_1y": (-60, 100),
    "charlson_index": (0, 24),
    "metabolic_syndrome_criteria_2y": (0, 5),
    "waist_to_height_2y": (0.25, 1.3),
    "sleep_short_30d": (0, 1),
    "resting_heart_rate_mean_7d": (30, 140),
    "kidney_stage_2y": (1, 5),
    "rcv_change_2y": (-30, 30),
}


def test_features_of_the_simulated_cohort_are_sane(tmp_path: Path) -> None:
    inputs = tmp_path / "records"
    simulate(inputs, tmp_path / "truth", patients=60, until=date(2026, 5, 31))
    ingest(
        inputs,
        store=tmp_path / "events",
        staging=tmp_path / "staging",
        subject=lambda patient: zlib.crc32(patient.encode()),
        people=lambda batch: None,
        consents=lambda batch: None,
        quarantine=tmp_path / "quarantine",
        now=T,
        shards=1,
    )
    events = ParquetEvents(tmp_path / "events").read_shard(0)
    subjects = events.get_column("subject_id").unique().to_list()
    index = pl.DataFrame(
        {"subject_id": subjects, "prediction_time": [T] * len(subjects)}, schema=schema.INDEX
    )
    table = build(events, index).drop("subject_id", "prediction_time")

    judged = 0
    for name in table.columns:
        values = table.get_column(name).drop_nulls()
        for ending, (low, high) in SANE.items():
            if name.endswith(ending) and len(values):
                assert low <= float(values.min()) and float(values.max()) <= high, name  # type: ignore[arg-type]  # a number column
                judged += 1
    assert judged > 30
    assert sum(len(table.get_column(name).drop_nulls()) > 0 for name in table.columns) > 200
