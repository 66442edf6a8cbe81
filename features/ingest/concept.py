"""FHIR codings as event codes `VOCABULARY//CODE`.

Only codes and dictionary displays leave this module, never `CodeableConcept.text`.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from features.codes import VOCABULARIES
from features.ingest import reason
from features.ingest.reason import Unusable

OTHER = "OTHER"
UNRANKED, UNKNOWN = 50, 99
# Which vocabulary speaks for a concept that is coded in several; the rest follow as they come.
MEASUREMENT = {"LOINC": 0, "NMU": 1}
DIAGNOSIS = {"ICD10": 0, "ICD10CM": 1}
DRUG = {"ATC": 0}
ANY: dict[str, int] = {}
# Cyrillic letters that look like the Latin ones of МКБ-10.
LOOK_ALIKE = str.maketrans("АВСЕНКМОРТУХІЈЅ", "ABCEHKMOPTYXIJS", " \u00a0\t*†‡+")
DISPLAY_LENGTH = 200
ANSWER_LENGTH = 64


@lru_cache(maxsize=4096)
def vocabulary(system: str | None) -> str:
    """Our short name of a code system; `OTHER` if we do not know it."""
    if not system:
        return OTHER
    for form in (
        system,
        system.rstrip("/"),
        system.rstrip("/").replace("https://", "http://", 1),
        f"urn:oid:{system}",
    ):
        if form in VOCABULARIES:
            return VOCABULARIES[form]
    return OTHER


@lru_cache(maxsize=1 << 16)
def coded(system: str | None, code: str) -> tuple[str, str]:
    """`(vocabulary, event code)` of one coding; the event code is empty if nothing is left of it."""
    name = vocabulary(system)
    code = code.strip()
    if name in ("ICD10", "ICD10CM"):
        code = code.upper().translate(LOOK_ALIKE).replace(",", ".").rstrip(".")
    return name, f"{name}//{code[:ANSWER_LENGTH]}" if code else ""


def concept(value: Mapping[str, Any] | None, rank: Mapping[str, int]) -> tuple[str, str | None]:
    """`(event code, display)` of a CodeableConcept.

    Raises:
        Unusable: it holds no code.
    """
    if not value:
        raise Unusable(reason.NO_CODE)
    best, text, position = "", None, UNKNOWN + 1
    for coding in value.get("coding") or ():
        code = coding.get("code")
        if not code:
            continue
        name, event = coded(coding.get("system"), code)
        place = rank.get(name, UNKNOWN if name == OTHER else UNRANKED)
        if event and place < position:
            best, text, position = event, coding.get("display"), place
    if not best:
        raise Unusable(reason.ONLY_TEXT if value.get("text") else reason.NO_CODE)
    return best, text[:DISPLAY_LENGTH] if isinstance(text, str) else None


def answer(value: Mapping[str, Any]) -> str | None:
    """The code of a coded answer, without its vocabulary; None if it has none."""
    best, position = None, UNKNOWN + 1
    for coding in value.get("coding") or ():
        code = coding.get("code")
        if not code:
            continue
        place = UNKNOWN if vocabulary(coding.get("system")) == OTHER else UNRANKED
        if place < position:
            best, position = str(code)[:ANSWER_LENGTH], place
    return best
