"""One message: its header, and its segments as lists of fields, decoded but not yet unescaped."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from features.ingest import reason
from features.ingest.hl7v2 import charset
from features.ingest.hl7v2.escape import Marks
from features.ingest.reason import Unusable

_SEGMENT = re.compile(rb"[A-Z][A-Z0-9]{2}")
_TYPE = re.compile(r"[A-Z]{3}")
_EVENT = re.compile(r"[A-Z][A-Z0-9]{2}")
NO_TYPE = "(no type)"
# A line break within one of these does no harm: nothing of them is used.
TEXT = frozenset({"NTE", "NK1", "GT1", "IN1", "IN2", "IN3", "PD1", "ROL", "ACC", "FT1", "PRT", "SFT"})


class Segment(NamedTuple):
    """`fields[n]` is field n, `fields[0]` the name. `line`: from 0 within the message. `broken`: lines
    that are no segments follow it, so that it may be cut."""

    name: str
    fields: list[str]
    line: int
    broken: bool = False

    def field(self, number: int) -> str:
        """One field as it is written; empty where the segment is shorter."""
        return self.fields[number] if number < len(self.fields) else ""

    def first(self, number: int, marks: Marks) -> str:
        """The first component of the first repetition of a field, as it is written."""
        text = self.fields[number] if number < len(self.fields) else ""
        if marks.repeat in text:
            text = text.split(marks.repeat, 1)[0]
        return text.split(marks.component, 1)[0] if marks.component in text else text


@dataclass(frozen=True, slots=True)
class Header:
    """What MSH says. Of a name with several components only the first is kept."""

    marks: Marks
    application: str
    facility: str
    time: str
    type: str
    event: str
    control: str
    processing: str
    charset: str

    @property
    def kind(self) -> str:
        """How the account names the message: its type in the form that HL7 gives it, or none."""
        if not _TYPE.fullmatch(self.type):
            return f"HL7 v2 {NO_TYPE}"
        event = f"^{self.event}" if _EVENT.fullmatch(self.event) else ""
        return f"HL7 v2 {self.type}{event}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message that could be decoded."""

    header: Header
    codec: str
    segments: list[Segment]  # without MSH


def header(line: bytes) -> Header:
    """What the first line of a message says.

    Raises:
        Unusable: it is no MSH, or names no usable delimiters.
    """
    text = line.decode("latin-1")  # each byte a character: the names may be in any character set
    if not text.startswith("MSH"):
        raise Unusable(reason.NO_MSH)
    mark = text[3:4]
    encoding, _, _ = text[4:].partition(mark) if mark else ("", "", "")
    if not mark or mark.isalnum() or not mark.isascii() or not 2 <= len(encoding) <= 5:
        raise Unusable(reason.DELIMITERS)
    if len({mark, *encoding}) != len(encoding) + 1 or any(c.isalnum() or not c.isascii() for c in encoding):
        raise Unusable(reason.DELIMITERS)
    component, repeat, escape, part, cut = tuple(encoding.ljust(5, "\0"))
    marks = Marks(mark, component, repeat, *("" if c == "\0" else c for c in (escape, part, cut)))
    fields = text.split(mark)

    def first(number: int) -> str:
        field = fields[number - 1] if number <= len(fields) else ""
        return field.split(repeat, 1)[0].split(component, 1)[0].strip()

    kind = (fields[8] if len(fields) > 8 else "").split(component)
    return Header(
        marks=marks,
        application=first(3),
        facility=first(4),
        time=first(7),
        type=kind[0].strip(),
        event=kind[1].strip() if len(kind) > 1 else "",
        control=first(10),
        processing=first(11),
        charset=first(18),
    )


def message(head: Header, lines: Sequence[bytes], charsets: Mapping[str, str]) -> Message:
    """A message of which `lines` are all lines and `head` the header.

    Args:
        charsets: see `charset.sender_codec`.

    Raises:
        Unusable: it cannot be decoded, or its header or patient is broken off by a line break.
    """
    by_sender = charset.sender_codec(charsets, head.application, head.facility) if charsets else None
    text, codec = charset.decoded(b"\r".join(lines), head.charset, by_sender)
    mark, segments = head.marks.field, list[Segment]()
    byte = mark.encode()
    for number, (raw, line) in enumerate(zip(lines[1:], text.split("\r")[1:], strict=True), 1):
        if (raw[3:4] == byte or len(raw) == 3) and _SEGMENT.match(raw):
            segments.append(Segment(line[:3], line.split(mark), number))
            continue
        if not segments:
            raise Unusable(reason.BROKEN_HEADER)
        last = segments[-1]
        if last.name == "PID":
            raise Unusable(reason.BROKEN_PATIENT)
        segments[-1] = Segment(last.name, last.fields, last.line, last.name not in TEXT)
    return Message(head, codec, segments)
