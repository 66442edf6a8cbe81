"""A stream of bytes to JSON documents, in bounded memory whatever its size.

The content decides, not the name: one document (perhaps over many lines), or one document a line.
A document of more than `LIMIT` bytes is not loaded but handed on as a stream.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from features.ingest import reason
from features.ingest.tape import CHUNK, LIMIT, Source, Tape

SAMPLE = 100  # lines looked at to tell NDJSON with broken lines from one broken document
KEPT = 1 << 20  # bytes of a broken document that quarantine keeps
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document."""

    line: int | None
    value: Any


@dataclass(frozen=True, slots=True)
class Long:
    """One document to be streamed; `broken`: the line at which it cannot be parsed as a whole."""

    line: int | None
    source: Source
    head: bytes
    broken: int | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """What is no document."""

    line: int | None
    raw: bytes
    why: str


Document = Parsed | Long | Broken


class _UpToNewline:
    """The rest of the current line of a tape."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._ended = False

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes of the line."""
        if self._ended or not size:  # a parser asks for nothing to learn the type
            return b""
        found = self._tape.read(CHUNK if size < 0 else size)
        cut = found.find(b"\n")
        if cut >= 0 or not found:
            self._ended = True
            if cut >= 0:
                self._tape.buffer = found[cut + 1 :] + self._tape.buffer
                found = found[:cut]
        return found

    def drain(self) -> None:
        """Skip what was not read."""
        while self.read(CHUNK):
            pass


def documents(tape: Tape) -> Iterator[Document]:
    """All documents of one stream, which begins with `{` or `[`."""
    data = tape.fill(LIMIT + 1)
    broken = None
    if data.startswith(BOM):
        data = tape.buffer = data[len(BOM) :]
    if len(data) <= LIMIT:
        try:
            yield Parsed(None, orjson.loads(data))
            return
        except orjson.JSONDecodeError as error:
            if "depth" in str(error):  # a parser that streams would need memory for every level
                tape.buffer = b""
                yield Broken(error.lineno, data[:KEPT], reason.DEEP)
                return
            broken = error.lineno
    if not data.lstrip().startswith(b"[") and _is_lines(data):
        yield from _lines(tape)
    elif len(data) <= LIMIT:
        yield Long(None, tape, data[:KEPT], broken)
    elif b"\n" in data:
        yield Long(None, tape, data[:KEPT])
    else:
        yield from _lines(tape)


def why(raw: bytes) -> str:
    """Why what begins with `raw` is no JSON."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return reason.NOT_UTF8
    return reason.BROKEN_JSON


def _is_lines(data: bytes) -> bool:
    """Whether some line near the beginning is a whole resource."""
    for line in data.split(b"\n", SAMPLE)[:SAMPLE]:
        if line.startswith(b"{"):
            try:
                if "resourceType" in orjson.loads(line):
                    return True
            except orjson.JSONDecodeError:
                continue
    return False


def _lines(tape: Tape) -> Iterator[Document]:
    number = 0
    while True:
        data = tape.fill(CHUNK)
        if not data:
            return
        cut = data.rfind(b"\n") + 1
        if not cut and not tape.ended:
            data = tape.fill(LIMIT + 1)
            cut = data.rfind(b"\n") + 1
            if not cut and not tape.ended:
                number += 1
                rest = _UpToNewline(tape)
                yield Long(number, rest, data[:KEPT])
                rest.drain()
                continue
        if tape.ended:
            cut = len(data)
        tape.buffer = data[cut:]
        for line in data[:cut].split(b"\n")[: None if cut == len(data) and tape.ended else -1]:
            number += 1
            try:
                yield Parsed(number, orjson.loads(line))
            except orjson.JSONDecodeError:
                if line.strip():
                    yield Broken(number, line[:KEPT], why(line))
