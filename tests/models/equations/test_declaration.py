"""The declarations, their coefficients, their page, and what features give them."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from features.catalogue import by_name
from models.equations import coefficient, from_features, page
from models.equations.input import FLAGS, OPTIONS, UNITS, choice, flag, number
from models.equations.register import EQUATIONS, calculate, calculate_frame

ROOT = Path(__file__).parents[3]


def test_there_are_a_hundred_sets_of_prevent_coefficients() -> None:
    rows = coefficient.rows("prevent")
    assert {(r["model"], r["horizon_years"]) for r in rows} == {
        (model, years) for model in ("base", "uacr", "hba1c", "sdi", "full") for years in ("10", "30")
    }
    sets = [c for c in rows[0] if c not in ("model", "horizon_years", "term")]
    constants = [r for r in rows if r["term"] == "constant"]
    assert len(sets) * len(constants) == 100
    assert all(float(r[c]) < 0 for r in constants for c in sets)
    assert all(r["horizon_years"] == "30" for r in rows if r["term"] == "age_squared")


CHECKED = {  # against the published tables, number by number; a change needs that check again
    "kfre": "8d168732ae2b5c47",
    "kfre_survival": "534bcda0878bd81e",
    "prevent": "42f43255df0111b5",
    "score2": "d4ba45ca17f704eb",
    "score2_region": "d47c7237adb3d54b",
}


def test_the_coefficients_are_those_that_were_checked() -> None:
    found = {
        path.stem: sha256(path.read_bytes()).hexdigest()[:16] for path in coefficient.FOLDER.glob("*.csv")
    }
    assert found == CHECKED


def test_every_input_has_one_meaning_and_every_name_is_used() -> None:
    used = {i.name for e in EQUATIONS.values() for i in e.inputs}
    assert used == {*UNITS, *OPTIONS, *FLAGS}
    assert len(UNITS) + len(OPTIONS) + len(FLAGS) == len(used)


@pytest.mark.parametrize("name", EQUATIONS)
def test_every_equation_says_where_it_is_from_and_what_it_is_not_for(name: str) -> None:
    equation = EQUATIONS[name]
    assert equation.citation
    assert equation.formula
    assert len(equation.not_for) >= 3
    assert len(equation.inputs) == len({i.name for i in equation.inputs})


def test_a_declaration_that_says_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a unit"):
        number("weight", 1, 2)
    with pytest.raises(ValueError, match="a range"):
        number("age", 2, 1)
    with pytest.raises(ValueError, match="FLAGS"):
        flag("happy")
    with pytest.raises(ValueError, match="options"):
        choice("region", default="russia")


def test_the_page_is_as_the_declarations_say() -> None:
    assert (ROOT / "docs" / "equations.md").read_text(encoding="utf-8") == page.page()


def test_equations_need_no_training_library() -> None:
    heavy = ("sklearn", "lightgbm", "mlflow", "pandas", "prefect", "onnxruntime")
    code = f"import sys, models.equations.register\nprint(sorted(set(sys.modules) & set({heavy!r})))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == "[]"


def test_features_are_in_the_units_of_the_inputs() -> None:
    for name, feature in from_features.NUMBERS.items():
        assert by_name[feature].unit == UNITS[name]
    assert set(from_features.FLAGS.values()) | set(from_features.HAD_EVENT) <= set(by_name)
    assert set(from_features.FLAGS) <= set(FLAGS)


def test_what_features_suffice_for_is_known() -> None:
    known = {"region": ("region",)}
    enough = {name for name in EQUATIONS if from_features.suffices(name, *known["region"])}
    assert enough == {"prevent", "score2", "score2_op", "ckd_epi_2021"}
    assert not from_features.suffices("score2")


PATIENT: dict[str, float | None] = {
    "age": 52.3,
    "male": 1,
    "systolic_bp_last_2y": 142,
    "total_cholesterol_last_2y": 5.9,
    "hdl_cholesterol_last_2y": 1.1,
    "bmi_last_2y": 29,
    "egfr_last_2y": 81,
    "hba1c_last_2y": None,
    "current_smoker_5y": 1,
    "diabetes_ever": 0,
    "antihypertensives_1y": 1,
    "statins_1y": 0,
    "stroke_ever": 0,
    "ischemic_heart_disease_ever": 0,
}


@pytest.mark.parametrize("name", ["prevent", "score2"])
def test_one_patient_and_a_table_of_features_give_the_same(name: str) -> None:
    known = {"region": "very_high"} if name == "score2" else {}
    table = pl.DataFrame([PATIENT, PATIENT | {"male": None}, PATIENT | {"stroke_ever": 1}])
    answer = calculate(name, from_features.inputs(name, PATIENT, **known))
    found = calculate_frame(name, from_features.input_frame(name, table, **known))
    first = EQUATIONS[name].outcomes[0].column
    assert found[first][0] == answer["results"][0]["value"]
    assert found["refused"].to_list() == [None, "sex: not given", None]
    assert from_features.past_first_event(name, table).to_list() == [False, False, True]


def test_what_no_feature_says_stays_missing() -> None:
    patient = PATIENT | {"current_smoker_5y": float("nan"), "egfr_last_2y": None}
    given = from_features.inputs("prevent", patient)
    assert "egfr" not in given
    assert "current_smoker" not in given
    table = pl.DataFrame([PATIENT, patient])
    refused = calculate_frame("prevent", from_features.input_frame("prevent", table))["refused"]
    assert refused.to_list() == [None, "current_smoker: not given; egfr: not given"]
    assert not from_features.past_first_event("ckd_epi_2021", table).any()
