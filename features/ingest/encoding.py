"""Streams in UTF-16, told by their mark, as UTF-8."""

import codecs

from features.ingest.tape import CHUNK, Source

_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def utf16(head: bytes) -> str | None:
    """The codec of a stream that begins with `head` and the mark of UTF-16; None if it does not."""
    return _MARKS.get(head[:2])


class Recoded:
    """A source in UTF-16 with its mark, as UTF-8. What cannot be decoded ends it, and `broken` says so."""

    def __init__(self, source: Source, codec: str) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(codec)()
        self._rest = b""
        self._begun = False
        self.broken = False

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most `size` of them; none at the end."""
        while not self._rest and not self.broken:
            packed = self._source.read(CHUNK)
            try:
                text = self._decoder.decode(packed, final=not packed)
            except UnicodeDecodeError:
                self.broken = True
                break
            if not self._begun and text:
                self._begun = True
                text = text.removeprefix("\ufeff")
            self._rest = text.encode("utf-8", "replace")
            if not packed:
                break
        if size < 0:
            size = len(self._rest)
        found, self._rest = self._rest[:size], self._rest[size:]
        return found
