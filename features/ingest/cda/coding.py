"""Codes of CDA (CD, CE, CV, CO, CS) as the concepts that all readers share."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from features.ingest.absence import NONE_KNOWN
from features.ingest.concept import coded

ICD = frozenset(
    {
        "1.2.643.5.1.13.13.11.1005",  # МКБ-10 of the Russian register of dictionaries …
        "1.2.643.5.1.13.2.1.1.641",  # … and as it was numbered before
        "1.2.643.5.1.13.2.1.1.718",
        "2.16.840.1.113883.6.3",
        "2.16.840.1.113883.6.90",
        "2.16.840.1.113883.6.103",
        "2.16.840.1.113883.6.104",
    }
)


def concept_of(*codes: Element | None) -> dict[str, Any]:
    """The codes and their translations as FHIR writes a concept; one with a null flavour is no code, but
    its translations are. Empty if there is nothing at all."""
    coding: list[dict[str, str | None]] = []
    text: str | None = None
    for code in codes:
        if code is None:
            continue
        for said in _all(code):
            name = said.get("displayName")
            value = (said.get("code") or "").strip()
            text = text or name
            if value and not said.get("nullFlavor"):
                coding.append({"system": said.get("codeSystem"), "code": value, "display": name})
        original = code.find("originalText")
        if original is not None:
            text = text or (original.text or "").strip() or None
    found: dict[str, Any] = {"coding": coding} if coding else {}
    return found | ({"text": text} if text else {})


def _all(code: Element) -> Iterator[Element]:
    yield code
    for translation in code.findall("translation"):
        yield from _all(translation)


def said_of(code: Element | None) -> set[tuple[str | None, str | None]]:
    """`(system, code)` of a code and its translations."""
    return {(said.get("codeSystem"), said.get("code")) for said in _all(code)} if code is not None else set()


def systems(code: Element | None) -> set[str | None]:
    """The code systems in which something is said."""
    return {system for system, value in said_of(code) if value}


def says_none(*codes: Element | None) -> bool:
    """Whether one of the codes says that there is none."""
    said = [pair for code in codes for pair in said_of(code)]
    return any(code and coded(system, code)[1] in NONE_KNOWN for system, code in said)
