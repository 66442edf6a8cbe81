"""The declarations: complete, consistent, and documented."""

from pathlib import Path

import pytest

from features import catalogue, codes, unit
from features.aggregate import AGGREGATES
from features.answer import ANSWERS
from features.catalogue import FEATURES, by_name
from features.codes import CodeGroup
from features.feature import DeclarationError, Feature

PAGE = Path(__file__).parents[2] / "docs" / "features.md"
NEEDED = {f.name: f for feature in FEATURES for f in (*feature.inputs, feature)}.values()


def test_the_page_of_features_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == catalogue.table(), "run `make docs`"


def test_every_feature_is_found_by_its_name() -> None:
    assert list(by_name.values()) == list(FEATURES)
    assert all(by_name[f.name] is f for f in FEATURES)


def test_two_features_of_one_name_are_refused() -> None:
    with pytest.raises(DeclarationError, match="age is declared twice"):
        catalogue.named([by_name["age"], by_name["age"]])


@pytest.mark.parametrize("feature", NEEDED, ids=lambda f: f.name)
def test_every_feature_can_be_computed_and_read(feature: Feature) -> None:
    assert feature.unit
    assert feature.ru != feature.en
    if feature.codes is not None:
        assert feature.aggregate in AGGREGATES
        assert all("//" in c or c.startswith("MEDS_") for c in feature.codes.codes)
    if feature.needs_value and feature.codes is not None and feature.codes.name not in ANSWERS:
        assert unit.factors(feature.codes)


def test_every_diagnosis_and_drug_has_its_features() -> None:
    diagnoses = (
        codes.DIABETES,
        codes.DIABETES_2,
        codes.PREDIABETES,
        codes.HYPERTENSION,
        codes.DYSLIPIDEMIA,
        codes.OBESITY,
        codes.ISCHEMIC_HEART_DISEASE,
        codes.STROKE,
        codes.CHRONIC_KIDNEY_DISEASE,
        codes.GESTATIONAL_DIABETES,
    )
    for group in diagnoses:
        assert by_name[f"{group.name}_ever"].codes is group
        assert by_name[f"{group.name}_5y"].codes is group
    for group in (codes.STATINS, codes.ANTIHYPERTENSIVES, codes.GLUCOSE_LOWERING, codes.GLUCOCORTICOIDS):
        assert by_name[f"{group.name}_1y"].codes is group


@pytest.mark.parametrize("name", ["", "Age", "2y", "hba1c last"])
def test_a_name_that_is_no_column_is_refused(name: str) -> None:
    with pytest.raises(DeclarationError, match="lower case"):
        Feature(name, "ru", "en", codes.HBA1C, "last")


def test_a_feature_without_words_is_refused() -> None:
    with pytest.raises(DeclarationError, match="reader"):
        Feature("x", "", "en", codes.HBA1C, "last")


def test_a_feature_is_either_over_codes_or_a_formula() -> None:
    with pytest.raises(DeclarationError, match="either"):
        Feature("x", "ru", "en")
    with pytest.raises(DeclarationError, match="either"):
        Feature("x", "ru", "en", codes.HBA1C, "last", formula=lambda a: a, inputs=(by_name["age"],))
    with pytest.raises(DeclarationError, match="either"):
        Feature("x", "ru", "en", formula=lambda a: a, unit="1")
    with pytest.raises(DeclarationError, match="together"):
        Feature("x", "ru", "en", codes.HBA1C)
    with pytest.raises(DeclarationError, match="unit"):
        Feature("x", "ru", "en", formula=lambda a: a, inputs=(by_name["age"],))


def test_a_window_is_positive() -> None:
    with pytest.raises(DeclarationError, match="window"):
        Feature("x", "ru", "en", codes.HBA1C, "last", 0)


def test_values_without_a_unit_are_refused() -> None:
    with pytest.raises(DeclarationError, match="no unit"):
        Feature("x", "ru", "en", CodeGroup("things", ("X//1",)), "mean")


@pytest.mark.parametrize(
    ("aggregate", "said"),
    [("last", "%"), ("slope", "%/a"), ("count", "1"), ("value_count", "1"), ("days_since_last", "d")],
)
def test_the_unit_follows_from_the_aggregate(aggregate: str, said: str) -> None:
    assert Feature("x", "ru", "en", codes.HBA1C, aggregate).unit == said  # type: ignore[arg-type]  # a str that is one of the literals
