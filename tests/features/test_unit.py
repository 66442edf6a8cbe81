"""Units: converted by analyte, or not used at all."""

import json
import os
from pathlib import Path

import polars as pl
import pytest

from features import codes, schema, unit
from features.codes import CodeGroup

SHARED = Path(os.environ.get("SMARTCLINIC_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
MEASURED = [g for g in vars(codes).values() if isinstance(g, CodeGroup) and g.unit]


@pytest.mark.parametrize("group", MEASURED, ids=lambda g: g.name)
def test_every_group_understands_its_own_unit(group: CodeGroup) -> None:
    assert group.unit is not None
    assert unit.convert(7.25, group.unit, group) == 7.25


@pytest.mark.parametrize(
    ("group", "value", "said", "expected"),
    [
        (codes.GLUCOSE, 96, "mg/dL", 5.33),
        (codes.FASTING_GLUCOSE, 96, "mg/dL", 5.33),
        (codes.GLUCOSE, 5.4, "ммоль/л", 5.4),
        (codes.TOTAL_CHOLESTEROL, 200, "mg/dL", 5.17),
        (codes.LDL, 100, "mg/dL", 2.59),
        (codes.HDL, 45, "mg/dL", 1.16),
        (codes.TRIGLYCERIDES, 150, "mg/dL", 1.69),
        (codes.CREATININE, 1.5, "mg/dL", 132.63),
        (codes.CREATININE, 0.088, "mmol/L", 88),
        (codes.HBA1C, 48, "mmol/mol", 6.54),
        (codes.HEMOGLOBIN, 13.5, "g/dL", 135),
        (codes.WEIGHT, 200, "[lb_av]", 90.72),
        (codes.HEIGHT, 1.82, "m", 182),
        (codes.HEIGHT, 70, "[in_i]", 177.8),
        (codes.HEART_RATE, 70, "{beats}/min", 70),
        (codes.HEART_RATE, 70, "1/min", 70),
        (codes.SLEEP, 450, "min", 7.5),
        (codes.STEPS, 9000, "{steps}", 9000),
    ],
)
def test_a_value_is_turned_into_the_unit_of_its_group(
    group: CodeGroup, value: float, said: str, expected: float
) -> None:
    assert unit.convert(value, said, group) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("group", "said"),
    [
        (codes.GLUCOSE, None),
        (codes.GLUCOSE, ""),
        (codes.GLUCOSE, "MG/DL"),
        (codes.GLUCOSE, "%"),
        (codes.HBA1C, "mg/dL"),
        (codes.HBA1C, "1"),
        (codes.HEMOGLOBIN, "mmol/L"),
        (codes.ALT, "mg/dL"),
        (codes.WEIGHT, "cm"),
    ],
)
def test_a_unit_that_cannot_be_judged_is_not_guessed(group: CodeGroup, said: str | None) -> None:
    assert unit.convert(5.0, said, group) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_a_number_is_not_used(value: float) -> None:
    assert unit.convert(value, "mmol/L", codes.GLUCOSE) is None


def test_a_group_with_an_unknown_unit_is_refused() -> None:
    with pytest.raises(KeyError, match="furlong"):
        unit.factors(CodeGroup("distance", ("X//1",), "furlong"))


def test_values_that_cannot_be_judged_are_counted() -> None:
    said = [
        ("LOINC//14771-0", 5.0, "mmol/L", None),
        ("LOINC//14771-0", 96.0, None, None),
        ("LOINC//14771-0", 97.0, None, None),
        ("LOINC//2345-7", None, "mmol/L", None),
        ("LOINC//72166-2", None, None, "266927001"),
        ("LOINC//72166-2", None, None, "266919005"),
        ("LOINC//72166-2", None, None, None),
        ("ICD10//E11", None, None, None),
    ]
    columns = ["code", "numeric_value", "unit", "text_value"]
    rows = [dict(zip(columns, row, strict=True)) for row in said]
    events = pl.DataFrame(rows, schema={name: schema.EVENT[name] for name in columns})

    counted = unit.refused(events, [codes.GLUCOSE, codes.SMOKING, codes.DIABETES])

    assert sorted(counted.rows(), key=str) == [
        ("glucose", "LOINC//14771-0", None, 2),
        ("glucose", "LOINC//2345-7", "mmol/L", 1),
        ("smoking_status", "LOINC//72166-2", None, 2),
    ]
    assert unit.refused(events, [codes.DIABETES]).is_empty()


@pytest.mark.skipif(not (SHARED / "ref_labunits").exists(), reason="the reference table is not here")
def test_factors_agree_with_an_independent_table() -> None:
    analytes = json.loads((SHARED / "ref_labunits" / "analytes.json").read_text(encoding="utf-8"))
    spelling = {"μmol/L": "umol/L"}
    compared = set()
    for group in MEASURED:
        for code in group.codes:
            known = analytes.get(code.removeprefix("LOINC//"))
            if known is None or spelling.get(known["si_units"], known["si_units"]) != group.unit:
                continue
            ours = unit.convert(1.0, known["traditional_units"], group)
            assert ours == pytest.approx(known["conversion_factor"], rel=0.002), group.name
            compared.add(group.name)
    assert {"glucose", "triglycerides", "creatinine"} <= compared
