"""What a document says, one clinical statement after the other, and what kind of statement each is.

A panel is its results, and what is of concern (a problem, an allergy) is what the concern is about; severity,
reaction, age and the like say something of another statement and are none of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from features.ingest.cda.coding import said_of
from features.ingest.cda.kind import ACTS, EMPTY, SECTION, has_icd, is_concern, kind_of
from features.ingest.cda.tree import Tree


@dataclass(frozen=True)
class Statement:
    """One item of a document. `around`: what it stands in within its entry, the outermost first."""

    kind: str
    element: Element
    section: str | None
    around: tuple[Element, ...]
    line: int | None
    entry: str


def statements(tree: Tree) -> Iterator[Statement]:
    """Every statement of the body, and every section that has none."""
    for number, section in enumerate(tree.root.iter("section"), 1):
        code = section.find("code")
        name = code.get("code") if code is not None else None
        entries = section.findall("entry")
        if not entries:
            yield Statement(SECTION, section, name, (), None, str(number))
        for place, entry in enumerate(entries, 1):
            line, at = tree.lines.get(entry), f"{number}.{place}"
            found = next((child for child in entry if child.tag in ACTS), None)
            if found is None:
                yield Statement(EMPTY, entry, name, (), line, at)
                continue
            for count, (element, around) in enumerate(_within(found, name, ()), 1):
                kind = kind_of(element, name, around)
                yield Statement(kind, element, name, around, line, f"{at}.{count}")


Found = Iterator[tuple[Element, tuple[Element, ...]]]


def _within(element: Element, section: str | None, around: tuple[Element, ...]) -> Found:
    inside = (*around, element)
    if element.tag == "organizer":
        parts = [part for component in element.findall("component") for part in component if part.tag in ACTS]
        if parts:
            for part in parts:
                yield from _within(part, section, inside)
            return
    elif element.tag == "act":
        subjects = _subjects(element, "SUBJ", "COMP")
        concern = is_concern(element, section) or any(has_icd(subject) for subject in subjects)
        if concern and subjects:
            for subject in subjects:
                yield subject, inside
            return
    yield element, around
    if element.tag == "encounter":
        for act in _related(element, "act"):
            if "29308-4" in {code for _, code in said_of(act.find("code"))}:
                for subject in _subjects(act, "SUBJ", "COMP"):
                    yield subject, (*inside, act)
    else:
        for part in _subjects(element, "COMP"):
            if part.find("value") is not None:
                yield from _within(part, section, inside)


def _related(element: Element, tag: str, *types: str) -> list[Element]:
    return [
        part
        for relation in element.findall("entryRelationship")
        if not types or relation.get("typeCode") in types
        for part in relation.findall(tag)
    ]


def _subjects(element: Element, *types: str) -> list[Element]:
    return [
        part
        for part in _related(element, "observation", *types)
        if "SEV" not in {code for _, code in said_of(part.find("code"))}
    ]
