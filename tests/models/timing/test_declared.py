"""The timing models: thresholds on either side, filtration from creatinine, who is left out."""

from datetime import datetime, timedelta

import polars as pl
import pytest

from features.codes import CREATININE, GLUCOSE
from features.schema import EVENT
from models.cohort import feature_table
from models.registry import models
from models.spec import Abnormal
from models.timing.general_checkup_due import PARTS

TIMING = {name: spec for name, spec in models().items() if spec.kind == "timing"}
FIRST = datetime(2020, 1, 10)


def events(*results: tuple[str, str, tuple[float, ...]], sex: str = "M", born: int = 1950) -> pl.DataFrame:
    """One person with yearly results: code, unit, values."""
    rows: list[tuple[object, ...]] = [
        (1, None, f"SEX//{sex}", None, None, None, "s"),
        (1, datetime(born, 1, 1), "MEDS_BIRTH", None, None, None, "b"),
    ]
    for code, unit, values in results:
        for number, value in enumerate(values):
            time = FIRST + timedelta(days=365 * number)
            rows.append((1, time, code, value, unit, time, f"{code}{number}"))
    names = ("subject_id", "time", "code", "numeric_value", "unit", "known_at", "source_id")
    frame = pl.DataFrame(rows, schema={n: EVENT[n] for n in names}, orient="row")
    frame = frame.with_columns(text_value=pl.lit(None, pl.String), source=pl.lit("test"))
    return frame.select(EVENT.names()).sort("subject_id", "time", nulls_last=False)


def labels(model: str, frame: pl.DataFrame) -> list[tuple[int, int]]:
    """(label, steps) of each prediction time."""
    rows = feature_table(TIMING[model], frame, datetime(2026, 1, 1)).rows
    return list(zip(rows["label"].to_list(), rows["steps"].to_list(), strict=True))


def test_every_examination_of_the_issue_has_its_model() -> None:
    assert {spec.timing.examination for spec in TIMING.values() if spec.timing} == {
        "lipid_panel",
        "glucose",
        "blood_pressure",
        "kidney_function",
        "preventive_examination",
    }


@pytest.mark.parametrize("name", sorted(TIMING))
def test_a_declaration_holds_together(name: str) -> None:
    timing = TIMING[name].timing
    assert timing is not None
    assert 0 < timing.soonest_days < timing.step_days * timing.steps == TIMING[name].horizon_days
    assert 0 < timing.threshold < 1 and timing.abnormal


def test_the_general_check_up_looks_for_what_its_parts_look_for() -> None:
    whole = TIMING["general_checkup_due"].timing
    assert whole is not None
    assert set(whole.abnormal) == {a for part in PARTS if part.timing for a in part.timing.abnormal}


def test_filtration_below_60_is_abnormal_by_age_and_sex() -> None:
    creatinine = ("LOINC//14682-9", "umol/L", (80.0, 80.0, 105.0, 105.0))
    # CKD-EPI 2021 at 72: 105 umol/L is 67 in a man and 51 in a woman.
    assert all(label == 0 for label, _ in labels("kidney_function_due", events(creatinine)))
    woman = labels("kidney_function_due", events(creatinine, sex="F"))
    assert woman and all(label == 1 for label, _ in woman[:2])


def test_creatinine_in_another_unit_gives_the_same_labels() -> None:
    mg = ("LOINC//2160-0", "mg/dL", tuple(v / 88.42 for v in (80.0, 80.0, 105.0, 105.0)))
    umol = ("LOINC//14682-9", "umol/L", (80.0, 80.0, 105.0, 105.0))
    assert labels("kidney_function_due", events(mg, sex="F")) == labels(
        "kidney_function_due", events(umol, sex="F")
    )


def test_without_a_sex_on_record_there_is_no_filtration_and_no_row() -> None:
    frame = events(("LOINC//14682-9", "umol/L", (80.0, 80.0, 200.0))).filter(pl.col("code") != "SEX//M")
    assert labels("kidney_function_due", frame) == []


@pytest.mark.parametrize(
    ("model", "code", "unit", "normal", "abnormal"),
    [
        ("blood_pressure_due", "LOINC//8480-6", "mm[Hg]", 139.0, 140.0),
        ("glycemia_due", "LOINC//4548-4", "%", 6.4, 6.5),
        ("glycemia_due", "LOINC//14771-0", "mmol/L", 6.9, 7.0),
        ("lipid_panel_due", "LOINC//39469-2", "mmol/L", 4.8, 4.9),
        ("general_checkup_due", "LOINC//8480-6", "mm[Hg]", 139.0, 140.0),
    ],
)
def test_the_limit_itself_is_abnormal(
    model: str, code: str, unit: str, normal: float, abnormal: float
) -> None:
    below = labels(model, events((code, unit, (normal,) * 4)))
    reached = labels(model, events((code, unit, (normal, normal, normal, abnormal))))
    assert below and not any(label for label, _ in below)
    assert len(reached) >= len(below) and all(label for label, _ in reached)


def test_a_known_illness_is_another_calendar() -> None:
    pressure = ("LOINC//8480-6", "mm[Hg]", (130.0,) * 4)
    assert labels("blood_pressure_due", events(pressure))
    assert not labels("blood_pressure_due", events(pressure, ("ICD10//I10", "", (0.0,))))
    assert not labels("general_checkup_due", events(pressure, ("ICD10//N18.3", "", (0.0,))))


def test_an_abnormal_result_is_above_or_below_and_not_both_or_neither() -> None:
    with pytest.raises(ValueError, match="glucose"):
        Abnormal(GLUCOSE)
    with pytest.raises(ValueError, match="creatinine"):
        Abnormal(CREATININE, at_least=1, below=60)
