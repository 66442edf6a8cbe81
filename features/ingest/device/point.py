"""Data points in JSON, one by one, in bounded memory: one document, an array, or one a line."""

from collections.abc import Iterator
from typing import Any

import ijson  # type: ignore[import-untyped]  # no stubs exist
import orjson

from features.ingest import reason
from features.ingest.tape import CHUNK, LIMIT, Tape

KEPT = 1 << 16  # bytes of what cannot be parsed that quarantine keeps
Point = tuple[int | None, int | None, Any, str | None]  # line, entry, value, why it is none


def points(tape: Tape) -> Iterator[Point]:
    """All values of a stream; what cannot be parsed comes as bytes with a reason."""
    data = tape.fill(LIMIT + 1)
    if data.startswith(b"\xef\xbb\xbf"):
        data = tape.buffer = data[3:]
    if len(data) <= LIMIT:
        try:
            whole = orjson.loads(data)
        except orjson.JSONDecodeError:
            pass
        else:
            for entry, value in enumerate(whole if isinstance(whole, list) else [whole], 1):
                yield None, entry, value, None
            return
    yield from _array(tape) if data.lstrip()[:1] == b"[" else _lines(tape)


def _array(tape: Tape) -> Iterator[Point]:
    head, entry = tape.buffer[:KEPT], 0
    try:
        for entry, value in enumerate(ijson.items(tape, "item", use_float=True), 1):
            yield None, entry, value, None
    except ijson.JSONError:
        yield None, entry + 1, head, reason.BROKEN_JSON


def _lines(tape: Tape) -> Iterator[Point]:
    number = 0
    while data := tape.fill(CHUNK):
        cut = len(data) if tape.ended else data.rfind(b"\n") + 1
        if not cut:
            if len(data) > LIMIT:
                yield number + 1, None, data[:KEPT], reason.LONG_LINE
                return
            tape.fill(len(data) + CHUNK)
            continue
        tape.buffer = data[cut:]
        for line in data[:cut].splitlines():
            number += 1
            if not line.strip():
                continue
            try:
                yield number, None, orjson.loads(line), None
            except orjson.JSONDecodeError:
                yield number, None, line[:KEPT], reason.BROKEN_JSON
