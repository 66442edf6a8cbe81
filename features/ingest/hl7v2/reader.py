"""HL7 v2 as one of the formats: streams of messages into the run's intake, with an exact account.

Counted is each message, by its type, and within one that can be read each segment that could carry facts.
"""

from collections import OrderedDict

from features.ingest import reason
from features.ingest.hl7v2.framing import BATCH, Raw, messages, recognised
from features.ingest.hl7v2.message import Header, Message, header, message
from features.ingest.hl7v2.reading import Setting, Taken
from features.ingest.hl7v2.segment import NO_PATIENT, TRAINING, taken
from features.ingest.intake import Intake
from features.ingest.person import Person
from features.ingest.quarantine import Place
from features.ingest.reason import Unusable
from features.ingest.source import Trouble
from features.ingest.tape import Tape

BATCHES, UNKNOWN = "HL7 v2 batch segment", "HL7 v2 (unreadable)"
KEPT = 1 << 20  # bytes of a message that quarantine keeps
PEOPLE = 1 << 14  # whose record as it was last told is remembered
EACH = 256  # messages after which what gathered may be handed on


class Hl7v2:
    """See the module."""

    source = "hl7v2"
    expected = "HL7 v2 messages"

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        options = intake.options
        self._setting = Setting(
            intake.subject,
            intake.named,
            intake.now,
            intake.latest,
            options.zone,
            options.authority,
            options.codes,
        )
        self._told: OrderedDict[str, Person] = OrderedDict()
        self._count = 0  # messages of the batch that is open

    def recognises(self, head: bytes, name: str) -> bool:
        """Whether the stream begins with MSH, FHS or BHS, perhaps framed as MLLP frames it."""
        return recognised(head)

    def read(self, tape: Tape, place: Place) -> Trouble | None:
        """Read all messages of a stream."""
        self._count = 0
        for number, raw in enumerate(messages(tape), 1):
            at = (place[0], place[1], raw.line, number)
            if raw.lines and raw.lines[0][:3] in BATCH:
                self._batch(raw, at)
            else:
                self._message(raw, at)
            if number % EACH == 0:
                self._intake.flush()
        return None

    def finish(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is held."""

    def _batch(self, raw: Raw, place: Place) -> None:
        intake, name = self._intake, raw.lines[0][:3]
        intake.meet(BATCHES)
        count, self._count = self._count, 0
        if name == b"BTS":
            counted = raw.lines[0][4:].split(raw.lines[0][3:4])[0].strip()
            if counted.isdigit() and int(counted) != count:
                intake.refuse(place, BATCHES, None, reason.BATCH_COUNT, raw.lines[0])
                return
        intake.skip(BATCHES, reason.BATCH_SEGMENT)

    def _message(self, raw: Raw, place: Place) -> None:
        intake = self._intake
        self._count += 1
        try:
            head = header(raw.lines[0])
        except Unusable as error:
            intake.meet(UNKNOWN)
            intake.refuse(place, UNKNOWN, None, str(error), _kept(raw))
            return
        kind = head.kind
        intake.meet(kind)
        why = unused(head)
        if why:
            intake.skip(kind, why)
            return
        try:
            if raw.cut:
                raise Unusable(reason.LONG_MESSAGE)
            read = message(head, raw.lines, intake.options.charsets)
            found = taken(read, self._setting)
        except Unusable as error:
            intake.refuse(place, kind, head.control or None, str(error), _kept(raw))
            return
        self._put(found, read, kind, place)

    def _put(self, found: Taken, read: Message, kind: str, place: Place) -> None:
        intake = self._intake
        for name, rows, changed in found.mapped:
            if name:
                intake.meet(name)
                intake.add(name, rows, changed)
            else:
                intake.put(rows, changed)
        for name, why in found.skipped:
            intake.meet(name)
            intake.skip(name, why)
        for name, why, segment in found.refused:
            intake.meet(name)
            entry = f"{place[3]}.{segment.line}"
            line = None if place[2] is None else place[2] + segment.line
            at = (place[0], place[1], line, entry)
            text = read.header.marks.field.join(segment.fields)
            intake.refuse(at, name, read.header.control or None, why, text[:KEPT])
        for person in found.persons:
            self._person(person)
        if any(name for name, _, _ in found.mapped):
            intake.mapped(kind)
        else:
            intake.skip(kind, reason.ALL_REFUSED if found.refused else reason.NOTHING_USED)

    def _person(self, person: Person) -> None:
        """Hand a person on, unless the last message that was about them said the same on that day."""
        last = self._told.pop(person.patient_id, None)
        self._told[person.patient_id] = person
        if len(self._told) > PEOPLE:
            self._told.popitem(last=False)
        if last is None or _of_day(last) != _of_day(person):
            self._intake.person(person)


def _of_day(person: Person) -> tuple[object, ...]:
    said = person.updated and person.updated.date()
    return (said, *(getattr(person, name) for name in _SAID))


_SAID = ("family", "given", "patronymic", "sex", "birth_date", "email", "phone", "language", "deceased")


def unused(head: Header) -> str | None:
    """Why nothing of a message with this header is used; None if it is."""
    if head.processing.upper() in TRAINING:
        return reason.TRAINING
    return reason.MESSAGE_TYPE if head.type in NO_PATIENT else None


def _kept(raw: Raw) -> bytes:
    return b"\n".join(raw.lines)[:KEPT]
