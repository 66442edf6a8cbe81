"""Files of a folder to streams of bytes: plain, `.gz`, and the members of `.zip`, told by content.

Nothing is extracted to disk. A helper thread unpacks ahead while the caller parses, for zlib works
without Python's lock.
"""

import gzip
import io
import os
import stat
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Full, Queue
from threading import Event, Thread
from typing import IO, BinaryIO

from features.ingest import reason
from features.ingest.tape import CHUNK, LIMIT, Source, Tape

GZIP, ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
AHEAD = 4  # members or chunks unpacked ahead


@dataclass(frozen=True)
class Trouble:
    """A file, folder or member that cannot be read."""

    why: str
    raw: bytes = b""


@dataclass(frozen=True)
class Blob:
    """One stream: a file (`member` is None) or a member of a zip."""

    member: str | None
    content: Tape | Trouble


def files(inputs: Path) -> Iterator[tuple[Path, Trouble | None]]:
    """Every file at or below `inputs`, in the order of names; hidden ones are left out.

    A folder or file that cannot be opened comes with its trouble. A link is followed, a loop once.
    """
    yield from _files(inputs, set())


def _files(path: Path, seen: set[tuple[int, int]]) -> Iterator[tuple[Path, Trouble | None]]:
    try:
        status = path.stat()
        if not stat.S_ISDIR(status.st_mode):
            yield path, None if stat.S_ISREG(status.st_mode) else Trouble(reason.UNREADABLE)
            return
        key = (status.st_dev, status.st_ino)
        if key in seen:
            return
        seen.add(key)
        with os.scandir(path) as entries:
            names = sorted(entry.name for entry in entries)
    except OSError as error:
        yield path, Trouble(_why(error))
        return
    for name in names:
        if not name.startswith(".") and name != "__MACOSX":
            yield from _files(path / name, seen)


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return reason.NOT_FOUND
    return reason.NO_PERMISSION if isinstance(error, PermissionError) else reason.UNREADABLE


def blobs(path: Path, advance: Callable[[int], None]) -> Iterator[Blob]:
    """The streams in one file. `advance` is told how many bytes of the file were used up."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if start in ZIP:
                yield from _members(file, advance)
            else:
                with _unpacked(_Counted(file, advance), start) as source:
                    yield Blob(None, Tape(source, None if start.startswith(GZIP) else path))
    except OSError as error:
        yield Blob(None, Trouble(_why(error)))


class _Counted(io.RawIOBase):
    """A file that tells how much of it was read."""

    def __init__(self, file: BinaryIO, advance: Callable[[int], None]) -> None:
        self._file = file
        self._advance = advance

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # io's own stub is wider
        """Fill `buffer`, and tell."""
        size = self._file.readinto(buffer)  # type: ignore[attr-defined]  # every binary file has it
        self._advance(size)
        return int(size)


def _unpacked(raw: io.RawIOBase, start: bytes) -> "closing[ReadAhead] | closing[io.RawIOBase]":
    if start.startswith(GZIP):
        return closing(ReadAhead(_Gunzip(io.BufferedReader(raw, CHUNK))))
    return closing(raw)


class _Gunzip:
    """What a gzip file gives as it comes, so that nothing before a break is lost."""

    def __init__(self, packed: BinaryIO | io.BufferedReader | IO[bytes]) -> None:
        self._file = gzip.GzipFile(fileobj=packed)

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        return bytes(self._file.read1(CHUNK if size < 0 else size))


def _members(file: BinaryIO, advance: Callable[[int], None]) -> Iterator[Blob]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError):
        yield Blob(None, Trouble(reason.BROKEN_ZIP))
        return
    with archive, ThreadPoolExecutor(1) as helper:
        waiting: deque[tuple[zipfile.ZipInfo, Future[bytes] | None]] = deque()
        infos = iter([i for i in archive.infolist() if not i.is_dir() and not _hidden(i.filename)])
        while True:
            while len(waiting) < AHEAD and (info := next(infos, None)):
                small = info.file_size <= LIMIT and not info.flag_bits & 1
                waiting.append((info, helper.submit(archive.read, info) if small else None))
            if not waiting:
                return
            info, content = waiting.popleft()
            yield from _member(archive, info, content)
            advance(info.compress_size)


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, content: Future[bytes] | None) -> Iterator[Blob]:
    if info.flag_bits & 1:
        yield Blob(info.filename, Trouble(reason.LOCKED_ZIP))
        return
    try:
        if content is not None:
            data = content.result()
            source: Source = io.BytesIO(data)
            if data.startswith(GZIP):
                source = _Gunzip(io.BytesIO(data))
            yield Blob(info.filename, Tape(source))
            return
        with archive.open(info) as stream:
            start = stream.peek(2)[:2]  # type: ignore[attr-defined]  # ZipExtFile has it
            packed: Source = _Gunzip(stream) if start == GZIP else stream
            with closing(ReadAhead(packed)) as ahead:
                yield Blob(info.filename, Tape(ahead))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError):
        yield Blob(info.filename, Trouble(reason.BROKEN_ZIP))


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
