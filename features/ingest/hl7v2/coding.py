"""Codes in fields (CE, CWE, CNE: up to three of code^text^system) as event codes."""

from collections.abc import Mapping
from functools import lru_cache

from features.ingest.concept import OTHER, concept, vocabulary
from features.ingest.hl7v2.escape import CLEAR, Marks, unescaped
from features.ingest.local_code import LocalCodes

# HL7 table 0396, what Russian senders write, and object identifiers.
_SYSTEMS = {
    "http://loinc.org": "LN LOINC 2.16.840.1.113883.6.1",
    "http://hl7.org/fhir/sid/icd-10": "I10 ICD10 ICD-10 МКБ-10 МКБ10 MKB-10 MKB10 МКБ 2.16.840.1.113883.6.3"
    " 1.2.643.5.1.13.13.11.1005 1.2.643.5.1.13.2.1.1.641 1.2.643.5.1.13.2.1.1.718",
    "http://hl7.org/fhir/sid/icd-10-cm": "I10C I10CM ICD10CM ICD-10-CM 2.16.840.1.113883.6.90",
    "http://snomed.info/sct": "SCT SNOMED SNOMED-CT SNM SNM3 SCT2 2.16.840.1.113883.6.96",
    "http://www.whocc.no/atc": "ATC WC WHO-ATC АТХ ATX 2.16.840.1.113883.6.73",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM RXN 2.16.840.1.113883.6.88",
    "http://hl7.org/fhir/sid/cvx": "CVX 2.16.840.1.113883.12.292",
    "http://hl7.org/fhir/sid/ndc": "NDC 2.16.840.1.113883.6.69",
    "urn:oid:1.2.643.5.1.13.13.11.1070": "NMU НМУ NMU-1664N 1.2.643.5.1.13.13.11.1070",
}
SYSTEMS = {name: system for system, names in _SYSTEMS.items() for name in names.split()}
CODES, NAMES, OF = (0, 3, 9), (1, 4, 10), (2, 5, 11)


def components(field: str, marks: Marks) -> list[str]:
    """The components of the first repetition of a field, unescaped."""
    parts = field.split(marks.repeat, 1)[0].split(marks.component)
    return [unescaped(part, marks) for part in parts] if marks.escape and marks.escape in field else parts


@lru_cache(maxsize=1 << 15)
def codings(field: str, marks: Marks, sender: str, table: str = "") -> tuple[tuple[str, str, str], ...]:
    """`(system, code, name)` of each coding of a field.

    Args:
        sender: whose codes they are where no system is named.
        table: the system of a code beside which none is named, as older versions do it.
    """
    parts = components(field, marks)
    found = []
    for code, name, of in zip(CODES, NAMES, OF, strict=True):
        said = parts[code].strip() if code < len(parts) else ""
        if said and said != CLEAR:
            named = (parts[of].strip() if of < len(parts) else "") or (table if code == 0 else "")
            found.append((system(named, sender), said, parts[name].strip() if name < len(parts) else ""))
    return tuple(found)


def system(named: str, sender: str) -> str:
    """The address of a code system; one that is the sender's own is told apart from those of others."""
    known = SYSTEMS.get(named.upper())
    if known:
        return known
    local = not named or named.upper() == "L" or named.startswith("99")
    return f"urn:hl7v2:{sender}:{named}" if local else f"urn:hl7v2:{named.upper()}"


def event_code(
    field: str,
    marks: Marks,
    sender: str,
    rank: Mapping[str, int],
    *,
    table: str = "",
    local: LocalCodes | None,
    unit: str | None = None,
) -> tuple[str, str | None]:
    """`(event code, name in our dictionary)`: the best of the codings whose system is known, or else what
    the table of local codes says, or else a hash.

    Raises:
        Unusable: the field holds no code.
    """
    known = _known(field, marks, tuple(rank.items()), table)
    if known is not None:
        return known
    said = codings(field, marks, sender, table)
    if local is not None:
        for _, code, name in said or (("", "", text_of(field, marks)),):
            found = local.find(sender, code, name, unit)
            if found:
                return found, None
    value = {
        "coding": [{"system": system, "code": code} for system, code, _ in said],
        "text": text_of(field, marks),
    }
    return concept(value, rank)


@lru_cache(maxsize=1 << 15)
def _known(
    field: str, marks: Marks, rank: tuple[tuple[str, int], ...], table: str
) -> tuple[str, str | None] | None:
    """The event code if a coding has one of a vocabulary that we know; no sender can change it."""
    said = [coding for coding in codings(field, marks, "", table) if vocabulary(coding[0]) != OTHER]
    if not said:
        return None
    found = concept({"coding": [{"system": system, "code": code} for system, code, _ in said]}, dict(rank))
    return None if found[0].startswith(OTHER) else found


def text_of(field: str, marks: Marks) -> str:
    """The name beside a code, or the original text."""
    parts = components(field, marks)
    return next((parts[n].strip() for n in (1, 8, 4) if n < len(parts) and parts[n].strip()), "")


@lru_cache(maxsize=4096)
def unit_of(field: str, marks: Marks) -> str | None:
    """The unit in OBX-6: the coding that names UCUM, or else the first. A power that was not escaped
    (`10^9/L`) is put together again."""
    if not field or field == CLEAR:
        return None
    parts = components(field, marks)
    if parts[0] == "10" and len(parts) > 1 and parts[1][:1].isdigit():
        return f"10^{parts[1]}"
    for code, of in ((0, 2), (3, 5)):
        if of < len(parts) and parts[of].strip().upper() == "UCUM" and parts[code].strip():
            return parts[code].strip()
    return parts[0].strip() or (parts[1].strip() or None if len(parts) > 1 else None)
