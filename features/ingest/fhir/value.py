"""What an Observation says: a number with its unit, a coded answer, or a word of a closed list."""

from collections.abc import Mapping
from typing import Any

from features.ingest import reason
from features.ingest.concept import answer
from features.ingest.reason import Unusable
from features.ingest.value import LARGEST, NOTHING, Value, between, words

UCUM = "http://unitsofmeasure.org"
COMPARATORS = frozenset({"<", "<=", ">=", ">", "ad"})


def quantity(value: Mapping[str, Any]) -> Value | None:
    """A Quantity; None if it says no number. A comparator becomes the text.

    Raises:
        Unusable: it says something else than a number.
    """
    number = value.get("value")
    if number is None:
        return None
    code = value.get("code")
    unit = code if code and value.get("system") == UCUM else value.get("unit") or code
    if unit is not None:
        unit = str(unit)
    comparator = value.get("comparator")
    text = comparator if comparator in COMPARATORS else None
    if type(number) is float or type(number) is int:
        if abs(number) < LARGEST:
            return float(number), text, unit
        raise Unusable(reason.NO_QUANTITY)
    found = words(str(number))  # a number in quotes, perhaps with a decimal comma
    if found[0] is None:
        raise Unusable(reason.NO_QUANTITY)
    return found[0], found[1] or text, unit


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
    if "valueRange" in item:
        return _range(item["valueRange"])
    return NOTHING if "valueSampledData" in item else None


def _range(value: Mapping[str, Any]) -> Value:
    ends = [quantity(value.get(side) or {}) for side in ("low", "high")]
    unit = next((end[2] for end in ends if end), None)
    low, high = (end[0] if end else None for end in ends)
    return between(low, high, unit)


def _ratio(value: Mapping[str, Any]) -> Value:
    """A titre such as 1:128 is its two numbers as text."""
    parts = [(value.get(side) or {}).get("value") for side in ("numerator", "denominator")]
    if all(isinstance(part, int | float) for part in parts):
        return None, f"{parts[0]:g}:{parts[1]:g}", None
    return NOTHING
