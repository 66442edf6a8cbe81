"""Units: converted by analyte, or not used at all."""

import json
import os
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import codes, schema, unit
from features.analyte import ANALYTES, Analyte, by_loinc
from features.codes import CodeGroup
from features.ucum.spelling import ucum

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


REFERENCE = {
    "μKat/L": "ukat/L",
    "mOsm/kg H2O": "mosm/kg",
    "mmol/kg H2O": "mmol/kg",
    "% of total Hb": "%",
    "% total Hb": "%",
    "Fraction of 1.0": "1",
    "Fraction of total Hb": "1",
    "U/g of Hb": "U/g",
    "MU/mol Hb": "MU/mol",
    "nmol/day": "nmol/d",
    "μmol/day": "umol/d",
    "mmol/day": "mmol/d",
    "nmol/(s L)": "nmol/s/L",
    "IU/L": "[iU]/L",
    "kIU/L": "k[iU]/L",
    "μmol/L": "umol/L",
    "μg/L": "ug/L",
}
# Where the reference is wrong or follows another convention: what holds instead (None: not judged).
DIFFERENT = {
    "2099-0": 1000.0,  # U/mL to U/L
    "2666-6": 5.91e-3,  # pg/mL of norepinephrine to nmol/L; 5.91 is to pmol/L
    "62290-2": 2.40,  # 416.64 g/mol is calcitriol; 2.6 is of cholecalciferol, 384.64 g/mol
    "2177-4": 41.6,  # of cystine, 240.3 g/mol; 83.3 is of half of it
    "20448-7": 6.0,  # the WHO standard; 6.945 is of an older preparation
    "2942-1": None,  # 34.7 is the testosterone that the globulin can bind, not the globulin
}


def test_factors_agree_with_an_independent_table_of_133_analytes() -> None:
    path = SHARED / "ref_labunits" / "analytes.json"
    if not path.exists():
        pytest.skip("the reference table is not here")
    analytes = json.loads(path.read_text(encoding="utf-8"))
    assert len(analytes) == 133
    for code, known in analytes.items():
        said, target = known["traditional_units"], known["si_units"]
        ours = unit.between(REFERENCE.get(said, said), REFERENCE.get(target, target), code)
        theirs = DIFFERENT.get(code, known["conversion_factor"])
        if theirs is None:
            assert ours is None, code
        else:
            assert ours is not None, f"{code}: {said} to {target}"
            # 0.017 for 1/60: a factor is as good as its printed digits
            printed = f"{theirs:g}".split(".")[-1] if theirs < 1 else ""
            assert ours[0] == pytest.approx(
                theirs, rel=0.012, abs=0.5 * 10 ** -len(printed) if printed else 0
            )
            assert ours[1] == 0, code


# By hand from printed tables: Tietz Clinical Guide to Laboratory Tests; SI conversion table of JAMA (AMA
# Manual of Style, 11th ed.); КДЛ, национальное руководство.
PRINTED = [
    ("2345-7", 100, "mg/dL", "mmol/L", 5.55),
    ("2345-7", 1, "g/L", "mmol/L", 5.55),
    ("2093-3", 200, "mg/dL", "mmol/L", 5.17),
    ("2571-8", 150, "mg/dL", "mmol/L", 1.69),
    ("2160-0", 1, "mg/dL", "umol/L", 88.4),
    ("3084-1", 6, "mg/dL", "umol/L", 356.9),
    ("1975-2", 1, "mg/dL", "umol/L", 17.1),
    ("3094-0", 14, "mg/dL", "mmol/L", 5.0),
    ("2498-4", 100, "ug/dL", "umol/L", 17.9),
    ("17861-6", 10, "mg/dL", "mmol/L", 2.5),
    ("17861-6", 5, "mEq/L", "mmol/L", 2.5),
    ("19123-9", 2, "mEq/L", "mmol/L", 1.0),
    ("19123-9", 2.4, "мг/дл", "mmol/L", 0.987),
    ("2777-1", 3.1, "mg/dL", "mmol/L", 1.0),
    ("2823-3", 4.2, "mEq/L", "mmol/L", 4.2),
    ("2951-2", 140, "мэкв/л", "mmol/L", 140.0),
    ("1989-3", 20, "ng/mL", "nmol/L", 49.9),
    ("2132-9", 300, "pg/mL", "pmol/L", 221.4),
    ("2284-8", 5, "ng/mL", "nmol/L", 11.3),
    ("3024-7", 1.2, "ng/dL", "pmol/L", 15.4),
    ("3051-0", 3.0, "pg/mL", "pmol/L", 4.6),
    ("2143-6", 10, "ug/dL", "nmol/L", 275.9),
    ("2986-8", 500, "ng/dL", "nmol/L", 17.3),
    ("13965-9", 1.35, "mg/L", "umol/L", 10.0),
    ("1742-6", 0.5, "мккат/л", "U/L", 30.0),
    ("1742-6", 41, "МЕ/л", "U/L", 41.0),
    ("3016-3", 2.5, "мкМЕ/мл", "m[iU]/L", 2.5),
    ("3016-3", 2.5, "мЕд/л", "m[iU]/L", 2.5),
    ("4548-4", 48, "mmol/mol", "%", 6.54),
    ("4548-4", 6.5, "%{Hb}", "%", 6.5),
    ("6690-2", 6.5, "K/uL", "10*9/L", 6.5),
    ("6690-2", 6500, "кл/мкл", "10*9/L", 6.5),
    ("789-8", 4.8, "млн/мкл", "10*12/L", 4.8),
    ("777-3", 250, "тыс/мкл", "10*9/L", 250.0),
    ("718-7", 13.5, "г%", "g/L", 135.0),
    ("9318-7", 3.4, "мг/ммоль", "mg/g", 30.06),
    ("4544-3", 0.42, "л/л", "%{volume}", 42.0),
    ("1988-5", 0.5, "mg/dL", "mg/L", 5.0),
    ("48065-7", 500, "ng/mL FEU", "mg/L{FEU}", 0.5),
    ("30341-2", 12, "мм/час", "mm/h", 12.0),
    ("8310-5", 98.6, "°F", "Cel", 37.0),
    ("20448-7", 10, "мкЕд/мл", "pmol/L", 60.0),
]


@pytest.mark.parametrize(("code", "value", "said", "target", "expected"), PRINTED)
def test_values_agree_with_printed_tables(
    code: str, value: float, said: str, target: str, expected: float
) -> None:
    factor = unit.between(said, target, code)

    assert factor is not None
    assert value * factor[0] + factor[1] == pytest.approx(expected, rel=0.005)


@pytest.mark.parametrize(
    ("code", "said", "target"),
    [
        ("4548-4", "mmol/L", "%"),
        ("4548-4", "1", "%"),  # 0.065 of a whole, or a unit that says nothing?
        ("718-7", "mmol/L", "g/L"),  # of the molecule or of its quarter?
        ("48065-7", "mg/L", "mg/L{FEU}"),  # FEU is about twice DDU: which one is not said
        ("48065-7", "mg/L{DDU}", "mg/L{FEU}"),
        ("9318-7", "mg/L", "mg/g"),
        ("9318-7", "mmol/mol", "mg/g"),
        ("2093-3", "mg/L{creat}", "mmol/L"),
        ("33914-3", "mL/min", "mL/min/{1.73_m2}"),
        ("1988-5", "mmol/L", "mg/L"),
        ("8099-4", "kat/L", "10*9/L"),
        ("2857-1", "[iU]/L", "ug/L"),
        ("14771-0", "K/uL", "mmol/L"),
        ("6690-2", "%", "10*9/L"),
        ("6690-2", "109/л", "10*9/L"),
        ("99999-9", "mg/dL", "mmol/L"),  # nobody knows its molar mass
        ("99999-9", "mEq/L", "mmol/L"),
        ("99999-9", "[iU]/L", "U/L"),
        ("2345-7", "", "mmol/L"),
        ("4548-4", "%", "mmol/mol"),  # a ratio that has no list of spellings
    ],
)
def test_what_may_mean_something_else_is_not_judged(code: str, said: str, target: str) -> None:
    assert unit.between(said, target, code) is None


MOLAR = [a for a in ANALYTES if a.molar_mass]
UNITS = ["mg/dL", "g/L", "ug/mL", "ng/dL", "мг/л", "mmol/L", "umol/L", "нмоль/л", "mol/m3", "pmol/mL"]


@given(st.sampled_from(MOLAR), st.sampled_from(UNITS), st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_there_and_back_is_the_same_and_no_detour_matters(a: Analyte, one: str, two: str, three: str) -> None:
    code = a.loinc[0]
    target = {u: ucum(u) or "" for u in (one, two, three)}

    def scale(source: str, end: str) -> float:
        factor = unit.between(source, target[end], code)
        assert factor is not None
        return factor[0]

    assert scale(one, two) * scale(two, one) == pytest.approx(1, rel=1e-12)
    assert scale(one, two) * scale(two, three) == pytest.approx(scale(one, three), rel=1e-12)


@given(st.text(max_size=12) | st.sampled_from(UNITS), st.sampled_from(MEASURED))
def test_any_text_is_judged_without_an_error(said: str, group: CodeGroup) -> None:
    found = unit.convert(1.0, said, group)

    assert found is None or isinstance(found, float)


def test_each_code_is_one_analyte() -> None:
    listed = [code for a in ANALYTES for code in a.loinc]

    assert len(listed) == len(set(listed)) == len(by_loinc())


def test_a_list_of_spellings_holds_the_common_ones() -> None:
    known = unit.factors(codes.GLUCOSE)

    assert {"mmol/L", "ммоль/л", "mg/dL", "мг/дл"} <= set(known)
    assert "K/uL" not in known
    assert len(known) == len(list(known))
