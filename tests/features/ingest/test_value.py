"""Values as senders write them: commas, comparators, words; free text never."""

import pytest

from features import codes
from features.codes import CodeGroup
from features.ingest import ucum
from features.ingest.concept import coded, vocabulary
from features.ingest.fhir.value import value_of
from features.ingest.reason import Unusable
from features.ingest.value import NOTHING, Value, words
from features.unit import factors


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5,4", (5.4, None, None)),
        ("5.4", (5.4, None, None)),
        ("<0,5", (0.5, "<", None)),
        ("< 0,5 ", (0.5, "<", None)),
        (">1000", (1000.0, ">", None)),
        ("≤ 3", (3.0, "<=", None)),
        ("-1,5", (-1.5, None, None)),
        ("отрицательно", (None, "отрицательно", None)),
        ("Не  обнаружено", (None, "не обнаружено", None)),
        ("Positive", (None, "positive", None)),
        ("++", (None, "++", None)),
        ("Иванова Мария", NOTHING),
        ("положительно у Ивановой", NOTHING),
        ("3,9-6,1", NOTHING),
        ("1,2,3", NOTHING),
        ("", NOTHING),
        ("9" * 400, NOTHING),
    ],
)
def test_text_is_a_number_a_known_word_or_nothing(text: str, expected: Value) -> None:
    assert words(text) == expected


def test_a_comparator_stays_with_the_number() -> None:
    value = {"value": 0.5, "comparator": "<", "unit": "мМЕ/л"}

    assert value_of({"valueQuantity": value}) == (0.5, "<", "мМЕ/л")


def test_a_comparator_of_ones_own_invention_does_not() -> None:
    assert value_of({"valueQuantity": {"value": 1, "comparator": "Иван"}}) == (1.0, None, None)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"valueQuantity": {"value": "5,4", "unit": "g"}}, (5.4, None, "g")),
        ({"valueInteger": 3}, (3.0, None, None)),
        ({"valueBoolean": False}, (None, "false", None)),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, (None, "1:128", None)),
        ({"valueRatio": {"numerator": {"value": 1}}}, NOTHING),
        ({"valueDateTime": "2024-01-01"}, NOTHING),
        ({"valueSampledData": {}}, NOTHING),
        ({"valueCodeableConcept": {"text": "Отрицательно"}}, (None, "отрицательно", None)),
        ({"valueCodeableConcept": {"text": "со слов Марии"}}, NOTHING),
        ({}, None),
    ],
)
def test_every_kind_of_value_is_a_number_a_code_or_nothing(
    item: dict[str, object], expected: Value | None
) -> None:
    assert value_of(item) == expected


@pytest.mark.parametrize("value", ["много", "NaN", True, 1e300])
def test_a_quantity_that_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(Unusable, match="no number"):
        value_of({"valueQuantity": {"value": value}})


@pytest.mark.parametrize(
    ("system", "name"),
    [
        ("http://loinc.org", "LOINC"),
        ("http://loinc.org/", "LOINC"),
        ("https://loinc.org", "LOINC"),
        ("1.2.643.5.1.13.13.11.1005", "ICD10"),
        ("1.2.643.5.1.13.2.1.1.718", "ICD10"),
        ("urn:own", "OTHER"),
        (None, "OTHER"),
    ],
)
def test_a_code_system_is_known_under_its_usual_spellings(system: str | None, name: str) -> None:
    assert vocabulary(system) == name


@pytest.mark.parametrize(
    "unit",
    [
        "mm[Hg]",
        "/min",
        "10*9/L",
        "10*3/uL",
        "kg/m2",
        "[IU]/mL",
        "m[IU]/L",
        "mL/min/{1.73_m2}",
        "{score}",
        "fL",
        "meq/L",
        "Cel",
        "[degF]",
        "mosm/kg",
        "[pH]",
        "mg/g{creat}",
        "{T-score}",
        "мкмоль/л",
        "Ед/л",
        "мМЕ/л",
        "мм/ч",
        "10^9/л",
        "кг/м²",
        "мл/мин",
        "‰",
        "wk",
        "°C",
    ],
)
def test_a_unit_of_ucum_or_its_russian_spelling_is_kept(unit: str) -> None:
    assert ucum.kept(unit) == unit


def test_every_unit_that_features_understand_is_kept() -> None:
    groups = [group for group in vars(codes).values() if isinstance(group, CodeGroup) and group.unit]
    assert {unit: ucum.kept(unit) for group in groups for unit in factors(group)} == {
        unit: unit for group in groups for unit in factors(group)
    }


@pytest.mark.parametrize(
    "unit", ["Иванова", "Ivanova", "mg Ivanova", "{Ivanova}", "mg{Анна}", "79001234567", "л" * 33]
)
def test_a_unit_that_may_be_a_name_or_a_number_is_not(unit: str) -> None:
    assert ucum.kept(unit) == ucum.REFUSED


@pytest.mark.parametrize(
    ("system", "code", "kept"),
    [
        ("http://loinc.org", "4548-4", "LOINC//4548-4"),
        ("http://loinc.org", "LA18976-3", "LOINC//LA18976-3"),
        ("http://hl7.org/fhir/sid/icd-10", "E11.9", "ICD10//E11.9"),
        ("http://hl7.org/fhir/sid/icd-10-cm", "S52.521A", "ICD10CM//S52.521A"),
        ("http://www.whocc.no/atc", "C10AA", "ATC//C10AA"),
        ("urn:oid:1.2.643.5.1.13.13.11.1070", "A09.05.023.001", "NMU//A09.05.023.001"),
        ("http://snomed.info/sct", "428041000124106", "SNOMED//428041000124106"),
    ],
)
def test_a_code_in_the_form_of_its_vocabulary_is_kept(system: str, code: str, kept: str) -> None:
    assert coded(system, code)[1] == kept


@pytest.mark.parametrize(
    "group", [g for g in vars(codes).values() if isinstance(g, CodeGroup)], ids=lambda g: g.name
)
def test_every_code_that_features_look_for_has_the_form_of_its_vocabulary(group: CodeGroup) -> None:
    systems = {name: system for system, name in codes.VOCABULARIES.items()}
    for member in group.codes:
        name, code = member.split("//")
        if name in systems and not code.endswith("*"):
            assert coded(systems[name], code) == (name, member)
