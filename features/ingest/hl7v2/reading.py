"""What is known while the segments of one message go by, and what was made of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo

from features.ingest import reason
from features.ingest.hl7v2.escape import CLEAR, Marks, unescaped
from features.ingest.hl7v2.message import Header, Message, Segment
from features.ingest.hl7v2.stamp import moment, offset
from features.ingest.local_code import LocalCodes
from features.ingest.person import Person
from features.ingest.plausible import check
from features.ingest.reason import Unusable
from features.ingest.staging import Row


@dataclass(frozen=True)
class Setting:
    """What holds for a whole run. `latest`: what is later, in microseconds, lies in the future.

    `authority`: the assigning authority whose record numbers are the patient ids as they are.
    """

    subject: Callable[[str], int]
    named: Callable[[str], str]
    now: int
    latest: int
    zone: tzinfo
    authority: str | None
    local: LocalCodes


@dataclass(slots=True)
class Order:
    """The OBR that results belong to. `id`: of the order, so that a later message is known to be of it."""

    id: str
    time: str
    issued: str
    status: str
    segment: Segment | None
    codes: set[str] = field(default_factory=set)  # of the results so far
    times: dict[tuple[str, int], tuple[int, int, int | None]] = field(default_factory=dict)  # worked out


Mapped = tuple[str, list[Row], int | None]  # kind, events, when the record was changed


@dataclass(slots=True)
class Taken:
    """What became of the segments of a message; each segment that is counted is in one of the lists."""

    mapped: list[Mapped] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)  # kind, why
    refused: list[tuple[str, str, Segment]] = field(default_factory=list)  # kind, why
    persons: list[Person] = field(default_factory=list)


class Reading:
    """One message while it is read.

    Raises:
        Unusable: it says that it was made in the future.
    """

    def __init__(self, message: Message, setting: Setting) -> None:
        self.head: Header = message.header
        self.marks: Marks = message.header.marks
        self.codec = message.codec
        self.setting = setting
        self.sender = f"{self.head.application}|{self.head.facility}"
        self.zone = offset(self.head.time) or setting.zone
        self.made = self._made()  # when the message was made; None: it does not say so well
        self.taken = Taken()
        self.subject: int | None = None
        self.met = False  # a PID, usable or not
        self.recorded = ""  # EVN-2
        self.visit = ""  # PV1-19
        self.admitted = ""  # PV1-44
        self.control, self.placer, self.filler, self.ordered = "", "", "", ""  # ORC-1, 2, 3, 9
        self.order: Order | None = None
        self.seen: dict[str, int] = {}  # results that have no sub-id apart from others
        self.valued: set[str] = set()  # records that have a value in this message
        self.withdrawn: list[tuple[str, Row, int | None]] = []
        self.pressures: dict[tuple[str, int | None], list[tuple[Mapped, Segment]]] = {}
        self.appointment: Segment | None = None
        self.start = ""  # of the appointment

    def _made(self) -> int | None:
        if not self.head.time:
            return None
        try:
            return moment(self.head.time, self.zone, self.setting.latest)
        except Unusable as error:
            if str(error) == reason.FUTURE:
                raise Unusable(reason.FUTURE) from None
            return None

    def put(self, kind: str, rows: list[Row], changed: int | None) -> Mapped:
        """Take the events of one record.

        Raises:
            Unusable: one of them cannot be true.
        """
        check(rows)
        found = (kind, rows, changed)
        self.taken.mapped.append(found)
        return found

    def patient(self) -> int:
        """Whose the segments are.

        Raises:
            Unusable: no PID came before, or no usable one.
        """
        if self.subject is None:
            raise Unusable(reason.PID_REFUSED if self.met else reason.NO_PID)
        return self.subject

    def text(self, value: str) -> str:
        """A component without its escape sequences."""
        if self.marks.escape and self.marks.escape in value:
            return unescaped(value, self.marks, lambda data: data.decode(self.codec))
        return value

    def parts(self, value: str) -> list[str]:
        """The components of the first repetition of a field, unescaped."""
        found = value.split(self.marks.repeat, 1)[0].split(self.marks.component)
        return [self.text(part) for part in found]

    def time(self, *fields: str, stated: int | None = None) -> int | None:
        """The first of the fields that holds a time; None if none does.

        Raises:
            Unusable: it is no time, before 1900 or in the future.
        """
        for value in fields:
            if not value:
                continue
            text = value
            if not text.isalnum():
                text = value.split(self.marks.repeat, 1)[0].split(self.marks.component, 1)[0].strip()
            if text and text != CLEAR:
                return moment(text, self.zone, self.setting.latest, stated)
        return None

    def told(self) -> int | None:
        """When the event was recorded (EVN-2), or else when the message was made."""
        try:
            return self.time(self.recorded) or self.made
        except Unusable:
            return self.made

    def happened(self, *fields: str) -> tuple[int, int]:
        """`(time, known_at)` of something that the fields, or else the message, date.

        Raises:
            Unusable: there is no time, or no usable one.
        """
        told = self.told()
        time = self.time(*fields, stated=told)
        if time is None:
            time = told
        if time is None:
            raise Unusable(reason.NO_TIME)
        return time, time if told is None else told
