"""FHIR codings as event codes `VOCABULARY//CODE`.

Senders write names and notes wherever there is room. So a code leaves this module as it is only in the
form that its vocabulary gives it, else as a hash; and a name only from our own dictionary.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from features.codes import VOCABULARIES
from features.dictionary import NAMES
from features.ingest import reason
from features.ingest.reason import Unusable
from features.vocabulary import FORMS, VISIT, icd10

OTHER = "OTHER"
UNRANKED, UNKNOWN = 50, 99
# Which vocabulary speaks for a concept that is coded in several; the rest follow as they come.
MEASUREMENT = {"LOINC": 0, "NMU": 1}
DIAGNOSIS = {"ICD10": 0, "ICD10CM": 1}
DRUG = {"ATC": 0}
ANY: dict[str, int] = {}
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


class Folded:
    """How many codes came with Cyrillic letters in the place of Latin ones; the sender is to be told."""

    def __init__(self) -> None:
        self.count = 0


_FOLDED: ContextVar[Folded | None] = ContextVar("folded", default=None)


@contextmanager
def folding() -> Iterator[Folded]:
    """Counts the codes that `coded` folds while it is open."""
    folded = Folded()
    token = _FOLDED.set(folded)
    try:
        yield folded
    finally:
        _FOLDED.reset(token)


def coded(system: str | None, code: str) -> tuple[str, str]:
    """`(vocabulary, event code)` of one coding; the event code is empty if nothing is left of it."""
    name, event, look_alike = _coded(system, code)
    if look_alike and (folded := _FOLDED.get()) is not None:
        folded.count += 1
    return name, event


@lru_cache(maxsize=1 << 16)
def _coded(system: str | None, code: str) -> tuple[str, str, bool]:
    """The same, and whether Cyrillic letters were folded."""
    name, look_alike = vocabulary(system), False
    code = code.strip()
    if not code:
        return name, "", False
    if name in ("ICD10", "ICD10CM"):
        code, look_alike = icd10(code)
    form = FORMS.get(name)
    if form and form.fullmatch(code):
        return name, f"{name}//{code}", look_alike
    kept = VISIT if name == VISIT else OTHER  # a visit of any kind is a visit
    return kept, f"{kept}//{hashed(system, code)}", False


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
