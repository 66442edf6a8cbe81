"""A stream of bytes with a look at its beginning, in bounded memory whatever its size."""

import gzip
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, Protocol

from features.ingest import reason

LIMIT = 16 << 20  # bytes that one record may have to be held in memory
CHUNK = 1 << 20


class Bomb(Exception):
    """Something packed unpacks to far more than records ever do."""


class Source(Protocol):
    """Whatever gives bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class Tape:
    """A source with a buffer in front, so that its beginning can be looked at.

    A source that breaks off ends there, and `trouble` says why.
    """

    def __init__(self, source: Source, path: Path | None = None) -> None:
        self._source = source
        self._path = path  # of the file that holds exactly these bytes, if one does
        self.buffer = b""
        self.ended = False
        self.trouble: str | None = None  # why the end came early

    def fill(self, size: int) -> bytes:
        """Buffer at least `size` bytes, or all that there is."""
        parts, held = [self.buffer], len(self.buffer)
        while held < size and not self.ended:
            chunk = self._next()
            self.ended = not chunk
            parts.append(chunk)
            held += len(chunk)
        self.buffer = b"".join(parts)
        return self.buffer

    def _next(self) -> bytes:
        try:
            return self._source.read(CHUNK)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            self.trouble = reason.BROKEN_GZIP
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
            self.trouble = reason.BROKEN_ZIP
        except Bomb:
            self.trouble = reason.BOMB
        except OSError:
            self.trouble = reason.UNREADABLE
        return b""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, buffered ones first."""
        if not self.buffer:
            self.fill(1)
        if size < 0:
            size = len(self.fill(1 << 62))
        found, self.buffer = self.buffer[:size], self.buffer[size:]
        return found

    def file(self) -> IO[bytes]:
        """The whole stream as a file that can be read in any order: the file itself, or a temporary
        copy that goes when it is closed. To be asked for before anything is taken off the tape."""
        if self._path is not None:
            return self._path.open("rb")
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        shutil.copyfileobj(self, copy, CHUNK)
        copy.seek(0)
        return copy
