"""One file to its streams: plain, `.gz`, and the members of `.zip`, told by content.

A zip in a zip is read, deeper ones are not. An office document (XLSX, ODS) is a zip too, but one file.
Nothing is extracted to disk: names of members, whatever they say, are only kept with what is quarantined.
"""

import io
import shutil
import tempfile
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import IO

from features.ingest import reason
from features.ingest.source import Blob, Trouble, why
from features.ingest.tape import CHUNK, LIMIT, Source, Tape
from features.ingest.unpack import AHEAD, Counted, Gunzip, Limited, ReadAhead, bombs

GZIP, ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OFFICE = frozenset({"[Content_Types].xml", "mimetype"})  # one of these: an office document
NESTED = 1  # zips within a zip
BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError)


def blobs(path: Path, advance: Callable[[int], None]) -> Iterator[Blob]:
    """The streams in one file. `advance` is told how many bytes of the file were used up."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if start in ZIP:
                yield from _zip(file, None, 0, advance, path)
            elif start.startswith(GZIP):
                raw = Counted(file, advance)
                unpacked = Limited(Gunzip(io.BufferedReader(raw, CHUNK)), lambda: raw.taken)
                with closing(ReadAhead(unpacked)) as ahead:
                    yield from _stream(None, ahead, 0)
            else:
                yield Blob(None, Tape(Counted(file, advance), path))
    except OSError as error:
        yield Blob(None, Trouble(why(error)))


def _zip(
    file: IO[bytes], name: str | None, depth: int, advance: Callable[[int], None], path: Path | None = None
) -> Iterator[Blob]:
    """A zip: `name` of it within another one, `depth` such ones around it, `path` of it as a file."""
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN:
        yield Blob(name, Trouble(reason.BROKEN_ZIP))
        return
    with archive:
        if OFFICE & archive.NameToInfo.keys():
            file.seek(0)
            yield Blob(name, Tape(file, path))
            advance(file.seek(0, io.SEEK_END))
        elif depth > NESTED:
            yield Blob(name, Trouble(reason.NESTED_ZIP))
        elif _overlap(archive, file):
            yield Blob(name, Trouble(reason.BOMB))
        else:
            yield from _members(archive, f"{name}/" if name else "", depth, advance)


def _overlap(archive: zipfile.ZipFile, file: IO[bytes]) -> bool:
    """Whether the members are more than the file holds: some bytes are used for several of them."""
    return sum(info.compress_size for info in archive.infolist()) > file.seek(0, io.SEEK_END)


def _members(
    archive: zipfile.ZipFile, before: str, depth: int, advance: Callable[[int], None]
) -> Iterator[Blob]:
    with ThreadPoolExecutor(1) as helper:
        waiting: deque[tuple[zipfile.ZipInfo, Future[bytes] | None]] = deque()
        infos = iter([i for i in archive.infolist() if not i.is_dir() and not _hidden(i.filename)])
        while True:
            while len(waiting) < AHEAD and (info := next(infos, None)):
                small = info.file_size <= LIMIT and not info.flag_bits & 1
                waiting.append((info, helper.submit(archive.read, info) if small else None))
            if not waiting:
                return
            info, content = waiting.popleft()
            yield from _member(archive, info, content, f"{before}{info.filename}", depth)
            advance(info.compress_size)


def _hidden(name: str) -> bool:
    """Hidden files and those that a Mac adds; `.` and `..` are part of a path."""
    return any(part[:1] == "." != part != ".." or part == "__MACOSX" for part in name.split("/"))


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, content: Future[bytes] | None, name: str, depth: int
) -> Iterator[Blob]:
    if info.flag_bits & 1:
        yield Blob(name, Trouble(reason.LOCKED_ZIP))
    elif bombs(info.file_size, info.compress_size):
        yield Blob(name, Trouble(reason.BOMB))
    else:
        try:
            if content is not None:
                yield from _opened(name, io.BytesIO(content.result()), depth, len(content.result()))
            else:
                with archive.open(info) as stream:
                    yield from _opened(name, stream, depth, info.file_size)
        except BROKEN:
            yield Blob(name, Trouble(reason.BROKEN_ZIP))


def _opened(name: str, stream: IO[bytes], depth: int, size: int) -> Iterator[Blob]:
    """A member that gives `size` bytes."""
    start = stream.read(4)
    stream.seek(0)
    source: Source = stream
    if start.startswith(GZIP):
        source = Limited(Gunzip(stream), lambda: size)
    if size <= LIMIT:
        yield from _stream(name, source, depth)
    else:
        with closing(ReadAhead(source)) as ahead:
            yield from _stream(name, ahead, depth)


def _stream(name: str | None, source: Source, depth: int) -> Iterator[Blob]:
    """A stream that came out of something packed; it may be a zip itself."""
    tape = Tape(source)
    if tape.fill(4)[:4] not in ZIP:
        yield Blob(name, tape)
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(tape, copy, CHUNK)
        if tape.trouble:
            yield Blob(name, Trouble(tape.trouble))
        else:
            yield from _zip(copy, name, depth + 1, lambda count: None)
