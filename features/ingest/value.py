"""What a text says as a value: a number, perhaps with a comparator, or a word of a closed list.

Free text may hold a name and never leaves this module.
"""

import re

LARGEST = 3e38  # of float32; also refuses what is no number
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


def words(text: str) -> Value:
    """A number written as text, or a word of the closed list; anything else is nothing."""
    match = NUMBER.fullmatch(text)
    if match:
        sign = match[1]
        return float(match[2].replace(",", ".")), SIGNS.get(sign, sign) or None, None
    word = " ".join(text.casefold().split())
    return (None, word, None) if word in WORDS else NOTHING


def between(low: float | None, high: float | None, unit: str | None, closed: bool = True) -> Value:
    """A range. With one end it is a number with a comparator; with two its ends are the text, for no
    number in it was measured.

    Args:
        closed: whether the one end belongs to it.
    """
    if low is not None and high is not None:
        return (low, None, unit) if low == high else (None, f"{low:g}-{high:g}", unit)
    equal = "=" if closed else ""
    if low is not None:
        return low, f">{equal}", unit
    return (high, f"<{equal}", unit) if high is not None else NOTHING
