"""FHIR codings as event codes `VOCABULARY//CODE`.

Senders write names and notes wherever there is room. So a code leaves this module as it is only in the
form that its vocabulary gives it, else as a hash; and a name only from our own dictionary.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from features.codes import VOCABULARIES
from features.dictionary import NAMES
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
VISIT = "ENCOUNTER"
_ICD10 = r"[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?(-[A-Z]\d\d(\.\d)?)?"
# The form of a vocabulary's codes.
FORMS = {
    name: re.compile(form)
    for name, form in {
        "LOINC": r"(L[AGP])?\d{1,7}-\d",
        "ICD10": _ICD10,
        "ICD10CM": _ICD10,
        "NMU": r"[A-F]\d\d(\.\d{1,3}){0,4}",
        "ATC": r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?",
        "SNOMED": r"\d{6,18}",
        "RXNORM": r"\d{1,8}",
        "CVX": r"\d{1,4}",
        "NDC": r"\d[\d\-]{3,13}",
        VISIT: "AMB|EMER|FLD|HH|IMP|ACUTE|NONAC|OBSENC|PRENC|SS|VR",
    }.items()
}
# Answers of the HL7 tables, whatever system they come with.
ANSWERS = frozenset(
    [
        "Y",
        "N",
        "UNK",
        "ASKU",
        "NA",
        "POS",
        "NEG",
        "IND",
        "DET",
        "ND",
        "R",
        "NR",
        "H",
        "L",
        "HH",
        "LL",
        "A",
        "AA",
        "S",
        "I",
        "W",
    ]
)


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


def hashed(system: str | None, code: str) -> str:
    """64 bits that stand for a code that may be anything."""
    return blake2b(f"{system or ''}|{code}".encode(), digest_size=8).hexdigest()


@lru_cache(maxsize=1 << 16)
def coded(system: str | None, code: str) -> tuple[str, str]:
    """`(vocabulary, event code)` of one coding; the event code is empty if nothing is left of it."""
    name = vocabulary(system)
    code = code.strip()
    if not code:
        return name, ""
    if name in ("ICD10", "ICD10CM"):
        code = code.upper().translate(LOOK_ALIKE).replace(",", ".").rstrip(".")
    form = FORMS.get(name)
    if form and form.fullmatch(code):
        return name, f"{name}//{code}"
    kept = VISIT if name == VISIT else OTHER  # a visit of any kind is a visit
    return kept, f"{kept}//{hashed(system, code)}"


def concept(value: Mapping[str, Any] | None, rank: Mapping[str, int]) -> tuple[str, str | None]:
    """`(event code, name in our dictionary)` of a CodeableConcept.

    Raises:
        Unusable: it holds no code.
    """
    if not value:
        raise Unusable(reason.NO_CODE)
    best, position = "", UNKNOWN + 1
    for coding in value.get("coding") or ():
        code = coding.get("code")
        if not code:
            continue
        name, event = coded(coding.get("system"), code)
        place = rank.get(name, UNKNOWN if name == OTHER else UNRANKED)
        if event and place < position:
            best, position = event, place
    if not best:
        raise Unusable(reason.ONLY_TEXT if value.get("text") else reason.NO_CODE)
    return best, NAMES.get(best)


def answer(value: Mapping[str, Any]) -> str | None:
    """The code of a coded answer, without its vocabulary; None if it has none."""
    best, position = None, UNKNOWN + 1
    for coding in value.get("coding") or ():
        code = coding.get("code")
        if not code:
            continue
        name, event = coded(coding.get("system"), str(code))
        place = UNKNOWN if name == OTHER else UNRANKED
        if event and place < position:
            word = str(code).strip()
            best, position = word if word in ANSWERS else event.split("//", 1)[1], place
    return best
