"""What OBX-5 says, by the type in OBX-2: numbers with comparators, coded answers, words of a closed list.

Free text may hold a name and never leaves this module.
"""

import re

from features.ingest import reason
from features.ingest.concept import answer
from features.ingest.hl7v2.coding import codings, components, text_of
from features.ingest.hl7v2.escape import Marks, unescaped
from features.ingest.reason import Unusable
from features.ingest.value import NOTHING, Value, words

CODED = frozenset({"CE", "CWE", "CNE", "CF", "IS", "ID"})
TEXT = frozenset({"TX", "FT"})
ATTACHED = frozenset({"ED", "RP"})
PLAIN = frozenset({"", "ST", *TEXT})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TITRE = re.compile(r"\d{1,9}")
_COMPARATORS = frozenset({"<", ">", "<=", ">="})


def values(field: str, kind: str, marks: Marks, sender: str) -> list[Value]:
    """The value of each repetition of a field that has one; `NOTHING` where events cannot hold it.

    Raises:
        Unusable: it should be a number and is none.
    """
    return [_value(part, kind, marks, sender) for part in field.split(marks.repeat) if part.strip()]


def _value(text: str, kind: str, marks: Marks, sender: str) -> Value:
    if kind == "NM":
        found = words(_clean(text.split(marks.component, 1)[0], marks))
        if found == NOTHING:
            raise Unusable(reason.NO_NUMBER)
        return found
    if kind == "SN":
        return _structured(components(text, marks))
    if kind == "CQ":
        parts = components(text, marks)
        number, sign, _ = words(parts[0])
        unit = parts[1].split(marks.part, 1)[0].strip() if marks.part and len(parts) > 1 else None
        return NOTHING if number is None else (number, sign, unit or None)
    if kind in CODED:
        return _coded(text, marks, sender)
    return words(_clean(text, marks)) if kind in PLAIN else NOTHING


def _clean(text: str, marks: Marks) -> str:
    return _CONTROL.sub("", unescaped(text, marks)).strip()


def _structured(parts: list[str]) -> Value:
    """comparator^number^separator^number: a number, or a titre as text; a range is nothing."""
    sign, first, between, second = (part.strip() for part in (*parts, "", "", "", "")[:4])
    if not between and not second:
        number, own, _ = words(first)
        if number is None:
            raise Unusable(reason.NO_NUMBER)
        return number, sign if sign in _COMPARATORS else own, None
    if between == ":" and _TITRE.fullmatch(first) and _TITRE.fullmatch(second):
        return None, f"{int(first)}:{int(second)}", None
    return NOTHING


def _coded(text: str, marks: Marks, sender: str) -> Value:
    said = codings(text, marks, sender)
    code = answer({"coding": [{"system": system, "code": code} for system, code, _ in said]})
    if not code:
        return words(text_of(text, marks))
    if len(said) == 1 and said[0][0].startswith("urn:hl7v2:"):
        found = words(said[0][1])  # a word where a code should be
        if found != NOTHING:
            return found
    return None, code, None
