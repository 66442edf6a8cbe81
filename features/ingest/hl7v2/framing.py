"""A stream of bytes to messages: several in a file, batches, MLLP framing, any line ends.

A message begins with a line `MSH` and ends where the next one, or a batch segment, begins. Works on bytes,
for every character set that HL7 v2 is sent in here keeps ASCII as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from features.ingest.tape import CHUNK, LIMIT, Tape

BOM = b"\xef\xbb\xbf"
_FRAME = bytes.maketrans(b"\x0b\x1c", b"\r\r")  # start and end of a message in MLLP
HEADERS = (b"FHS", b"BHS")
BATCH = (*HEADERS, b"BTS", b"FTS")


@dataclass(frozen=True, slots=True)
class Raw:
    """What lies between two beginnings: a message, a segment of a batch, or neither. `line`: its first;
    `lines`: without blank ones. `cut`: it is longer than `LIMIT`, and `lines` is only its beginning."""

    line: int
    lines: list[bytes]
    cut: bool = False


def recognised(head: bytes) -> bool:
    """Whether a stream that begins with `head` holds HL7 v2 messages."""
    start = head.removeprefix(BOM).lstrip(b"\x0b\x1c\r\n\t ")
    return start[:3] in (b"MSH", *HEADERS) and len(start) > 3 and not start[3:4].isalnum()


def messages(tape: Tape) -> Iterator[Raw]:
    """All messages and batch segments of a stream, in their order, in bounded memory."""
    held: list[bytes] = []  # lines of the message that is open
    begun, number, size, cut = 1, 0, 0, False
    for line in _lines(tape):
        number += 1
        if not line or line.isspace():
            continue
        start = line[:3]
        if (start == b"MSH" or start in BATCH) and not line[3:4].isalnum():
            if held:
                yield Raw(begun, held, cut)
            held, begun, size, cut = [], number, 0, False
            if start != b"MSH":
                yield Raw(number, [line])
                continue
        elif not held:
            begun = number
        size += len(line) + 1
        if size > LIMIT:
            cut = True
        else:
            held.append(line)
    if held:
        yield Raw(begun, held, cut)


def _lines(tape: Tape) -> Iterator[bytes]:
    """Lines of at most `LIMIT` and a chunk, whatever they end with."""
    rest = b""
    first = True
    skipping = False
    while chunk := tape.read(CHUNK):
        if first:
            chunk, first = chunk.removeprefix(BOM), False
        data = rest + chunk
        held = data[-1:] == b"\r" and not tape.ended  # the other half of CRLF may still come
        if held:
            data = data[:-1]
        data = data.translate(_FRAME) if b"\x0b" in data or b"\x1c" in data else data
        if b"\n" in data:
            data = data.replace(b"\r\n", b"\r").replace(b"\n", b"\r")
        *lines, rest = data.split(b"\r")
        if held:
            rest += b"\r"
        if skipping and lines:
            lines, skipping = lines[1:], False
        if skipping:
            rest = b"\r" if held else b""
        elif len(rest) > LIMIT:
            yield rest
            rest, skipping = b"", True
        yield from lines
    if rest and not skipping:
        yield from rest.rstrip(b"\r").split(b"\r")
