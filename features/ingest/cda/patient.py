"""The patient of a document: a person for the clinic, facts for events."""

from collections.abc import Iterable
from datetime import date, tzinfo
from xml.etree.ElementTree import Element

from features import schema
from features.ingest import reason
from features.ingest.cda.header import name_of
from features.ingest.hl7v2.stamp import born, moment
from features.ingest.instant import instant, naive
from features.ingest.intake import record
from features.ingest.person import Person
from features.ingest.reason import Unusable
from features.ingest.staging import Row
from features.ingest.version import UNDATED

SEXES = {
    ("2.16.840.1.113883.5.1", "M"): "M",
    ("2.16.840.1.113883.5.1", "F"): "F",
    ("1.2.643.5.1.13.13.11.1040", "1"): "M",
    ("1.2.643.5.1.13.13.11.1040", "2"): "F",
    ("1.2.643.5.1.13.2.1.1.156", "1"): "M",
    ("1.2.643.5.1.13.2.1.1.156", "2"): "F",
}


def person(root: Element, subject: int, patient: str, known: int) -> Person:
    """Who the patient is.

    Raises:
        Unusable: the birth date does not exist.
    """
    role = root.find("recordTarget/patientRole")
    who = role.find("patient") if role is not None else None
    if role is None or who is None:
        raise Unusable(reason.NO_RECORD_TARGET)
    family, given = _name(who.findall("name"))
    organisation = role.find("providerOrganization/id")
    language = who.find("languageCommunication/languageCode")
    dead = _child(who, "sdtc:deceasedInd")
    return Person(
        subject_id=subject,
        patient_id=patient,
        family=family,
        given=given[0] if given else None,
        patronymic=" ".join(given[1:]) or None,
        sex=_sex(who.find("administrativeGenderCode")),
        birth_date=_born(who.find("birthTime")),
        email=_telecom(role.findall("telecom"), "mailto:"),
        phone=_telecom(role.findall("telecom"), "tel:"),
        language=language.get("code") if language is not None else None,
        organisation=name_of(organisation),
        deceased=(dead is not None and dead.get("value") == "true")
        or _child(who, "sdtc:deceasedTime") is not None,
        updated=naive(known),
    )


def _name(names: list[Element]) -> tuple[str | None, list[str]]:
    """The legal name before a usual one; a second given name is the patronymic."""
    usable = [name for name in names if not name.get("nullFlavor")]
    if not usable:
        return None, []
    name = min(usable, key=lambda n: {"L": 0, "C": 0, None: 1}.get(n.get("use"), 2))
    family = name.find("family")
    given = [part.text.strip() for part in name.findall("given") if part.text and part.text.strip()]
    return (family.text or "").strip() or None if family is not None else None, given


def _sex(code: Element | None) -> str | None:
    if code is None:
        return None
    said = (code.get("codeSystem") or "2.16.840.1.113883.5.1", code.get("code") or "")
    return SEXES.get(said)


def _born(time: Element | None) -> date | None:
    text = time.get("value") if time is not None else None
    return born(text) if text else None


def _telecom(contacts: Iterable[Element], scheme: str) -> str | None:
    for contact in contacts:
        value = (contact.get("value") or "").strip()
        if contact.get("nullFlavor") or contact.get("use") == "BAD":
            continue
        if value.casefold().startswith(scheme) and value[len(scheme) :].strip():
            return value[len(scheme) :].strip()
    return None


def facts(root: Element, who: Person, id: str, known: int, zone: tzinfo, latest: int) -> list[Row]:
    """Sex, birth and death: one record, known from the start.

    Raises:
        Unusable: born in the future.
    """
    source_id = record("recordTarget", id, who.subject_id)
    found: list[tuple[int | None, str, str | None]] = []
    if who.sex:
        found.append((None, schema.FEMALE if who.sex == "F" else schema.MALE, None))
    if who.birth_date:
        birth = instant(who.birth_date.isoformat())
        if birth > latest:
            raise Unusable(reason.FUTURE)
        found.append((birth, schema.BIRTH, None))
    if who.deceased:
        time = _child(root.find("recordTarget/patientRole/patient"), "sdtc:deceasedTime")
        try:
            text = time.get("value") if time is not None else None
            found.append((moment(text or "", zone, latest, known), schema.DEATH, None))
        except Unusable:  # a bad date does not make them alive
            found.append((known, schema.DEATH, UNDATED))
    return [(who.subject_id, at, code, None, text, None, None, source_id) for at, code, text in found]


def _child(element: Element | None, tag: str) -> Element | None:
    return next((child for child in element if child.tag == tag), None) if element is not None else None
