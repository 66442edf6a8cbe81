"""Sources that unpack or read ahead, with a limit on how much a packed stream may become.

A helper thread unpacks ahead while the caller parses, for zlib works without Python's lock.
"""

import gzip
import io
from collections.abc import Callable
from contextlib import suppress
from queue import Full, Queue
from threading import Event, Thread
from typing import IO, BinaryIO

from features.ingest.tape import CHUNK, Bomb, Source

AHEAD = 4  # members or chunks unpacked ahead
# Records pack 10 to 60 times, zeros 1,000 times: what grows more than this beyond the first bytes is made
# to fill the machine.
RATIO, FREE = 200, 64 << 20


def bombs(unpacked: int, packed: int) -> bool:
    """Whether `unpacked` bytes are too many for `packed` ones."""
    return unpacked > FREE and unpacked > RATIO * packed


class Counted(io.RawIOBase):
    """A file that tells how much of it was read."""

    def __init__(self, file: BinaryIO, advance: Callable[[int], None]) -> None:
        self._file = file
        self._advance = advance
        self.taken = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # io's own stub is wider
        """Fill `buffer`, and tell."""
        size = int(self._file.readinto(buffer))  # type: ignore[attr-defined]  # every binary file has it
        self.taken += size
        self._advance(size)
        return size


class Limited:
    """A source that stops, by raising `Bomb`, when it gives too many bytes for its packed size."""

    def __init__(self, source: Source, packed: Callable[[], int]) -> None:
        self._source = source
        self._packed = packed  # how many packed bytes were taken so far, or will be at most
        self._given = 0

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        found = self._source.read(size)
        self._given += len(found)
        if bombs(self._given, self._packed()):
            raise Bomb
        return found


class Gunzip:
    """What a gzip file gives as it comes, so that nothing before a break is lost."""

    def __init__(self, packed: BinaryIO | io.BufferedReader | IO[bytes]) -> None:
        self._file = gzip.GzipFile(fileobj=packed)

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        return bytes(self._file.read1(CHUNK if size < 0 else size))


class ReadAhead:
    """A source read by a thread of its own, a few chunks ahead."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._chunks: Queue[bytes | BaseException] = Queue(AHEAD)
        self._stop = Event()
        self._rest = b""
        self._ended = False
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        chunk: bytes | BaseException = b""
        while not self._stop.is_set():
            try:
                chunk = self._source.read(CHUNK)
            except Exception as error:  # noqa: BLE001 - handed over to the reader, which raises it
                chunk = error
            while not self._stop.is_set():
                with suppress(Full):
                    self._chunks.put(chunk, timeout=0.1)
                    break
            if not chunk or isinstance(chunk, BaseException):
                return

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; at most `size`, perhaps fewer. Raises what the source raised."""
        if not self._rest and not self._ended:
            chunk = self._chunks.get()
            if isinstance(chunk, BaseException):
                self._ended = True
                raise chunk
            self._ended = not chunk
            self._rest = chunk
        if size < 0 or size >= len(self._rest):
            found, self._rest = self._rest, b""
        else:
            found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._thread.join()
