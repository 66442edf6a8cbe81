"""Values as senders write them: commas, comparators, words; free text never."""

import pytest

from features.ingest.concept import vocabulary
from features.ingest.value import NOTHING, Value, value_of, words


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
        ({"valueQuantity": {"value": "много"}}, None),
        ({"valueQuantity": {"value": True}}, None),
        ({"valueQuantity": {"value": 1e300}}, None),
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


@pytest.mark.parametrize(
    ("system", "name"),
    [
        ("http://loinc.org", "LOINC"),
        ("http://loinc.org/", "LOINC"),
        ("https://loinc.org", "LOINC"),
        ("1.2.643.5.1.13.13.11.1005", "ICD10"),
        ("urn:own", "OTHER"),
        (None, "OTHER"),
    ],
)
def test_a_code_system_is_known_under_its_usual_spellings(system: str | None, name: str) -> None:
    assert vocabulary(system) == name
