"""The elements of an Apple Health export, one after the other, in bounded memory.

Exports begin with a document type whose internal part some versions of iOS write wrongly, so it is taken
away before parsing; what declares an entity there is refused, so that nothing is ever expanded or fetched.
"""

import re
from collections.abc import Callable, Iterator
from xml.parsers import expat

from features.ingest import reason
from features.ingest.tape import LIMIT, Tape

ROOT = re.compile(rb"<HealthData[\s>/]")
DOCTYPE = re.compile(rb"<!DOCTYPE.*\Z", re.DOTALL)
CHUNK = 1 << 19
Attributes = list[str]  # name, value, name, value …
# Beside records: each is counted, and its attributes are kept.
OTHERS = frozenset(
    ["Workout", "Correlation", "ActivitySummary", "ClinicalRecord", "Audiogram", "VisionPrescription", "Me"]
)


class Refused(ValueError):
    """The export cannot be read on; the message is a reason."""


def is_export(head: bytes) -> bool:
    """Whether a stream that begins with `head` is an export."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" and ROOT.search(head) is not None


def elements(tape: Tape) -> Iterator[tuple[list[Attributes], list[tuple[str, Attributes]]]]:
    """`(records, others)` some thousand at a time, as they come; lists are used again.

    Raises:
        Refused: the XML is broken, declares entities or has an endless element; what came before it was
            handed out.
    """
    records: list[Attributes] = []
    others: list[tuple[str, Attributes]] = []
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartElementHandler = _starter(records, others)
    parser.EntityDeclHandler = _entity
    parser.ExternalEntityRefHandler = lambda *_: 0
    fed = 0
    try:
        for data in _without_doctype(tape):
            parser.Parse(data, False)
            fed += len(data)
            if fed - parser.CurrentByteIndex > LIMIT:
                raise Refused(reason.EXPORT_LONG)
            yield records, others
            records.clear()
            others.clear()
        parser.Parse(b"", True)
    except expat.ExpatError:
        yield records, others
        raise Refused(reason.EXPORT_BROKEN) from None


def _starter(
    records: list[Attributes], others: list[tuple[str, Attributes]]
) -> Callable[[str, Attributes], None]:
    take, keep = records.append, others.append

    def start(name: str, attributes: Attributes) -> None:
        if name == "Record":
            take(attributes)
        elif name in OTHERS:
            keep((name, attributes))

    return start


def _entity(*_: object) -> None:
    raise Refused(reason.EXPORT_ENTITIES)


def _without_doctype(tape: Tape) -> Iterator[bytes]:
    head = tape.fill(CHUNK)
    root = ROOT.search(head)
    begin = root.start() if root else len(head)
    prolog = head[:begin]
    if b"<!ENTITY" in prolog:
        raise Refused(reason.EXPORT_ENTITIES)
    yield DOCTYPE.sub(b"", prolog)
    tape.buffer = head[begin:]
    while data := tape.read(CHUNK):
        yield data
