"""What an Observation says: a number with its unit, a coded answer, or a word of a closed list.

Free text may hold a name and never leaves this module.
"""

import re
from collections.abc import Mapping
from typing import Any

from features.ingest import ucum
from features.ingest.concept import answer

UCUM = "http://unitsofmeasure.org"
LARGEST = 3e38  # of float32; also refuses what is no number
COMPARATORS = frozenset({"<", "<=", ">=", ">", "ad"})
NUMBER = re.compile(r"\s*([<>≤≥]?=?)\s*([+-]?\d{1,12}(?:[.,]\d{1,12})?)\s*")
SIGNS = {"≤": "<=", "≥": ">="}
# One answer a line; compared in lower case.
_WORDS = """
положительно | положительный | положительная | положительное | полож | полож.
слабоположительно | слабоположительный | слабо положительно
отрицательно | отрицательный | отрицательная | отрицательное | отр | отр.
обнаружено | обнаружен | обнаружена | обнаружены | не обнаружено | не обнаружен | не обнаружена | не обнаружены
выявлено | выявлен | выявлена | выявлены | не выявлено | не выявлен | не выявлена | не выявлены
норма | следы | сомнительно | сомнительный | реактивно | ареактивно | да | нет
positive | weakly positive | negative | detected | not detected | reactive | non-reactive | nonreactive
trace | normal | abnormal | indeterminate | borderline | equivocal | present | absent | yes | no
+ | ++ | +++ | ++++ | - | +/- | ±
"""
WORDS = frozenset(word.strip() for line in _WORDS.strip().splitlines() for word in line.split("|"))

Value = tuple[float | None, str | None, str | None]  # number, text, unit
NOTHING: Value = (None, None, None)


def quantity(value: Mapping[str, Any]) -> Value | None:
    """A Quantity; None if it says no number. A comparator becomes the text."""
    number = value.get("value")
    if number is None:
        return None
    code = value.get("code")
    unit = code if code and value.get("system") == UCUM else value.get("unit") or code
    if unit is not None:
        unit = ucum.kept(str(unit))
    comparator = value.get("comparator")
    text = comparator if comparator in COMPARATORS else None
    if type(number) is float or type(number) is int:
        return (float(number), text, unit) if abs(number) < LARGEST else None
    found = words(str(number))  # a number in quotes, perhaps with a decimal comma
    return None if found[0] is None else (found[0], found[1] or text, unit)


def words(text: str) -> Value:
    """A number written as text, or a word of the closed list; anything else is nothing."""
    match = NUMBER.fullmatch(text)
    if match:
        sign = match[1]
        return float(match[2].replace(",", ".")), SIGNS.get(sign, sign) or None, None
    word = " ".join(text.casefold().split())
    return (None, word, None) if word in WORDS else NOTHING


def value_of(item: Mapping[str, Any]) -> Value | None:
    """The value[x] of an Observation or one of its components.

    Returns:
        None if there is no value; `NOTHING` if there is one that events cannot hold.
    """
    found = item.get("valueQuantity")
    if found is not None:
        return quantity(found)
    found = item.get("valueCodeableConcept")
    if found is not None:
        code = answer(found)
        if code:
            return None, code, None
        text = found.get("text")
        return words(text) if text else NOTHING
    if "valueString" in item:
        return words(item["valueString"])
    if "valueInteger" in item:
        return quantity({"value": item["valueInteger"]})
    if "valueBoolean" in item:
        return None, "true" if item["valueBoolean"] else "false", None
    if "valueRatio" in item:
        return _ratio(item["valueRatio"])
    if "valueDateTime" in item or "valueTime" in item or "valuePeriod" in item:
        return NOTHING
    if "valueRange" in item or "valueSampledData" in item:
        return NOTHING
    return None


def _ratio(value: Mapping[str, Any]) -> Value:
    """A titre such as 1:128 is its two numbers as text."""
    parts = [(value.get(side) or {}).get("value") for side in ("numerator", "denominator")]
    if all(isinstance(part, int | float) for part in parts):
        return None, f"{parts[0]:g}:{parts[1]:g}", None
    return NOTHING
