"""Bytes in some encoding → UTF-8 without its mark, in bounded memory.

What cannot be decoded becomes U+FFFD, so that the rows that hold it can be told; see `LOST`.
"""

import codecs

from features.ingest.tape import Source

LOST = "\ufffd"
LOST_BYTES = LOST.encode()
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def encoding_of(head: bytes, said: str | None) -> str | None:
    """The encoding of a stream that begins with `head`: by its mark, else what the mapping says, else
    UTF-8 if `head` is that; None: it has to be said."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if said:
        return codecs.lookup(said).name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    return "utf-8"


class Text:
    """A source of UTF-8. Line ends are as they were, but for a file in which a lone CR ends them."""

    def __init__(self, source: Source, encoding: str, head: bytes) -> None:
        self._source = source
        self._name = "utf-8" if encoding in ("utf-8-sig", "ascii") else encoding
        self._decoder = codecs.getincrementaldecoder(self._name)("replace")
        self._mark = next((len(m) for m, n in _MARKS if n == self._name and head.startswith(m)), 0)
        lone = self._decoder_of(head)
        self._mac = "\r" in lone and "\n" not in lone
        self._ended = False

    def _decoder_of(self, head: bytes) -> str:
        return codecs.getincrementaldecoder(self._name)("replace").decode(head)

    def read(self, size: int) -> bytes:
        """About `size` bytes more; none at the end."""
        while not self._ended:
            data = self._source.read(size)
            self._ended = not data
            if self._mark:
                data, self._mark = data[self._mark :], 0
            if self._name != "utf-8":
                data = self._decoder.decode(data, self._ended).encode()
            if self._mac:
                data = data.replace(b"\r", b"\n")
            if data:
                return data
        return b""


def sound(data: bytes) -> bytes:
    """The same as valid UTF-8; `data` ends between two characters."""
    if data.isascii():
        return data
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace").encode()
    return data
