"""The head of a document: of whom it is, which version of which document, and since when it is known."""

from dataclasses import dataclass
from datetime import tzinfo
from xml.etree.ElementTree import Element

from features.ingest import reason
from features.ingest.hl7v2.stamp import moment
from features.ingest.reason import Unusable

# Numbers that a state gives to people: SNILS, policies of ОМС, social security, Medicare. Never a record number.
NATIONAL = (
    "1.2.643.100.3",
    "1.2.643.5.1.13.2.7.100.",
    "1.2.643.5.1.13.13.99.2.48",
    "2.16.840.1.113883.4.1",
)
VERSIONS = 1_000_000


@dataclass(frozen=True)
class Document:
    """Which document this is. Versions of one share `set_id`; `replaces` is what an earlier one is called."""

    set_id: str | None
    own_id: str | None
    replaces: str | None
    version: int
    known: int  # microseconds since 1970
    sender: str  # the organisation that keeps it

    @property
    def later(self) -> bool:
        """Whether there is an earlier version that it takes the place of."""
        return self.version > 1 or self.replaces is not None


def document(root: Element, zone: tzinfo, latest: int) -> Document:
    """What the head says of the document itself.

    Raises:
        Unusable: it says no time at which it was made.
    """
    time = root.find("effectiveTime")
    text = (time.get("value") if time is not None else None) or _author_time(root)
    if not text:
        raise Unusable(reason.NO_DOCUMENT_TIME)
    number = root.find("versionNumber")
    said = (number.get("value") or "").strip() if number is not None else ""
    version = int(said) if said.isdecimal() and 0 < int(said[:9]) < VERSIONS else 1
    parents = [
        r.find("parentDocument") for r in root.findall("relatedDocument") if r.get("typeCode") == "RPLC"
    ]
    parent = next((p for p in parents if p is not None), None)
    set_id = name_of(root.find("setId"))
    replaces = None
    if parent is not None:
        set_id = set_id or name_of(parent.find("setId"))
        replaces = name_of(parent.find("id")) or set_id
    # Two versions of one day are told apart by their numbers.
    known = moment(text, zone, latest) + version - 1
    keeper = root.find("custodian/assignedCustodian/representedCustodianOrganization/id")
    sender = (keeper.get("root") or "") if keeper is not None else ""
    return Document(set_id, name_of(root.find("id")), replaces, version, known, sender)


def _author_time(root: Element) -> str | None:
    time = root.find("author/time")
    return time.get("value") if time is not None else None


def name_of(id: Element | None) -> str | None:
    """`root|extension` of an instance identifier; None if it names nothing."""
    if id is None or id.get("nullFlavor") or not (id.get("root") or id.get("extension")):
        return None
    extension = id.get("extension")
    return f"{id.get('root') or ''}|{extension.strip()}" if extension else id.get("root")


def patient_id(root: Element, authority: str | None = None) -> str:
    """The record number of the patient, with the system that gave it in front.

    Args:
        authority: the root or the name of the one whose numbers are patient ids as they are, and are preferred.

    Raises:
        Unusable: no patient, several, or none with a record number.
    """
    targets = root.findall("recordTarget")
    if not targets:
        raise Unusable(reason.NO_RECORD_TARGET)
    if len(targets) > 1:
        raise Unusable(reason.SEVERAL_PATIENTS)
    ids = [
        id for id in targets[0].findall("patientRole/id") if not id.get("nullFlavor") and id.get("extension")
    ]
    own = [id for id in ids if not (id.get("root") or "").startswith(NATIONAL)]
    for id in own:
        if authority is not None and authority in (id.get("root"), id.get("assigningAuthorityName")):
            return str(id.get("extension")).strip()
    if own:
        return str(name_of(own[0]))
    raise Unusable(reason.ONLY_NATIONAL_ID if ids else reason.NO_RECORD_TARGET)
