"""CDA documents in, events and an exact account out.

A document is one record: the version that is known last holds, as a whole, so that what a later version does
not say any more is gone from then on.
"""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, tostring

from features import schema
from features.ingest import reason
from features.ingest.cda import header, patient
from features.ingest.cda import kind as s
from features.ingest.cda.event import row, visit
from features.ingest.cda.header import Document
from features.ingest.cda.setting import Ignored, Setting
from features.ingest.cda.statement import Statement, statements
from features.ingest.cda.timing import interval
from features.ingest.cda.tree import Broken, Tree, tree
from features.ingest.hl7v2.stamp import moment
from features.ingest.intake import Intake, opaque, record
from features.ingest.plausible import PRESSURES, crossed, implausible
from features.ingest.quarantine import Place
from features.ingest.reason import Unusable
from features.ingest.source import Trouble
from features.ingest.staging import Row
from features.ingest.tape import Tape
from features.ingest.value import NOTHING

DOCUMENT, PATIENT, PACKAGE = "CDA document", "CDA patient", "CDA package"
KEPT = 1 << 16  # bytes of an item that quarantine keeps
_ROOT = re.compile(r"<(?:[\w.\-]+:)?ClinicalDocument[\s>]")
# What IHE XDM and exports put beside the documents: who sent what, how to show it.
_BESIDE = re.compile(
    r"<(?:[\w.\-]+:)?(?:SubmitObjectsRequest|ProvideAndRegisterDocumentSetRequest|stylesheet)[\s>]"
)
_NAMES = frozenset({"INDEX.HTM", "README.TXT"})
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


def text_of(head: bytes) -> str:
    """The beginning of an XML document, well enough to find its root."""
    return head.decode(_MARKS.get(head[:2], "latin-1"), "replace")


class Cda:
    """CDA R2 documents, alone or in a package of IHE XDM."""

    source = "cda"
    expected = "CDA R2 (C-CDA, СЭМД)"

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._sets: dict[str, str] = {}  # id of a document without a set → that of the first of its versions

    def recognises(self, head: bytes, name: str) -> bool:
        """XML whose root is a ClinicalDocument, or what lies beside such documents in a package."""
        text = text_of(head)
        begins = text.lstrip("\ufeffï»¿ \t\r\n")[:1] == "<"
        return (begins and bool(_ROOT.search(text) or _BESIDE.search(text))) or _in_package(name)

    def read(self, tape: Tape, place: Place) -> Trouble | None:
        """Read one document."""
        head = tape.fill(KEPT)[:KEPT]
        if not _ROOT.search(text_of(head)):
            self._intake.meet(PACKAGE)
            self._intake.skip(PACKAGE, reason.PACKAGE)
            return None
        try:
            found = tree(tape)
            self._document(found, place)
        except Unusable as error:
            line = error.line if isinstance(error, Broken) else None
            self._intake.meet(DOCUMENT)
            self._intake.refuse((*place[:2], line, None), DOCUMENT, None, str(error), head)
            tape.buffer = b""
        return None

    def finish(self) -> None:
        """No document waits for another."""

    def close(self) -> None:
        """Nothing is held."""

    def _document(self, found: Tree, place: Place) -> None:
        root, intake = found.root, self._intake
        if root.tag != "ClinicalDocument":
            raise Unusable(reason.NOT_CDA)
        said = header.document(root, intake.options.zone, intake.latest)
        id = header.patient_id(root, intake.options.authority)
        subject = intake.subject(id)
        line = found.lines.get(next(root.iter("recordTarget")))
        self._patient(root, id, subject, said, place, line)
        setting = Setting(
            subject,
            record("Document", self._record(said, root), subject),
            said.known,
            intake.options.zone,
            intake.latest,
            intake.options.codes,
            said.sender,
        )
        rows = self._statements(found, setting, place)
        rows += self._visit(root, setting, rows, place)
        if root.find("component/nonXMLBody") is not None:
            intake.meet(DOCUMENT)
            intake.skip(DOCUMENT, reason.UNSTRUCTURED)
        if not rows and said.later:
            rows = [(subject, said.known, schema.WITHDRAWN, None, None, None, said.known, setting.source_id)]
        intake.put(rows, said.known)

    def _record(self, said: Document, root: Element) -> str:
        """What all versions of a document have in common."""
        if said.set_id:
            return said.set_id
        first = self._sets.get(said.replaces, said.replaces) if said.replaces else said.own_id
        if said.own_id and first:
            self._sets[said.own_id] = first
        return first or opaque(tostring(root, "unicode"))

    def _patient(
        self, root: Element, id: str, subject: int, said: Document, place: Place, line: int | None
    ) -> None:
        intake = self._intake
        intake.meet(PATIENT)
        try:
            who = patient.person(root, subject, intake.named(id), said.known)
            rows = patient.facts(root, who, id, said.known, intake.options.zone, intake.latest)
        except Unusable as error:
            target = root.find("recordTarget")
            self._refuse((*place[:2], line, None), PATIENT, str(error), root if target is None else target)
            return
        intake.put(rows, said.known)
        intake.person(who)
        intake.mapped(PATIENT)

    def _statements(self, found: Tree, setting: Setting, place: Place) -> list[Row]:
        """The events of the body; each statement is counted with what became of it."""
        intake = self._intake
        made: list[tuple[Statement, Row]] = []
        for said in statements(found):
            intake.meet(said.kind)
            try:
                made.append((said, row(said, setting)))
            except Ignored as ignored:
                intake.skip(said.kind, str(ignored))
            except Unusable as error:
                self._refuse((*place[:2], said.line, said.entry), said.kind, str(error), said.element)
        rows: dict[Row, None] = {}
        wrong = _swapped(made)
        for said, event in made:
            why = implausible(event) or (
                reason.SWAPPED if event[2] in PRESSURES and said.around[-1:] in wrong else None
            )
            if why:
                self._refuse((*place[:2], said.line, said.entry), said.kind, why, said.element)
            elif event in rows:
                intake.skip(said.kind, reason.SAID_TWICE)
            else:
                rows[event] = None
                intake.mapped(said.kind)
        return list(rows)

    def _visit(self, root: Element, setting: Setting, rows: list[Row], place: Place) -> list[Row]:
        """The visit of which the document was made, unless the body says it too."""
        visited = root.find("componentOf/encompassingEncounter")
        if visited is None:
            return []
        intake = self._intake
        intake.meet(s.ENCOUNTER)
        begin, end = interval(visited.find("effectiveTime"))
        try:
            event = visit(visited.find("code"))
            time = moment(begin or end, setting.zone, setting.latest, setting.known)
        except Unusable as error:
            if (begin or end) and str(error) != reason.NO_CODE:
                self._refuse((*place[:3], None), s.ENCOUNTER, str(error), visited)
            else:
                intake.skip(s.ENCOUNTER, reason.HEADER_VISIT)
            return []
        if any(known[1] == time and known[2].startswith("ENCOUNTER//") for known in rows):
            intake.skip(s.ENCOUNTER, reason.SAID_TWICE)
            return []
        intake.mapped(s.ENCOUNTER)
        return [(setting.subject, time, event, *NOTHING, setting.known, setting.source_id)]

    def _refuse(self, place: Place, kind: str, why: str, element: Element) -> None:
        self._intake.refuse(place, kind, None, why, tostring(element, "unicode")[:KEPT])


def _swapped(made: Iterable[tuple[Statement, Row]]) -> set[tuple[Element, ...]]:
    """The panels in which the two blood pressures are swapped."""
    panels: dict[tuple[Element, ...], list[Row]] = {}
    for said, event in made:
        if said.around and said.around[-1].tag == "organizer":
            panels.setdefault(said.around[-1:], []).append(event)
    return {panel for panel, rows in panels.items() if crossed(rows)}


def _in_package(name: str) -> bool:
    return PurePosixPath(name).name.upper() in _NAMES
