"""Which files a read has before it, and what one stream of them is."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from features.ingest import reason
from features.ingest.tape import Tape


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
        yield path, Trouble(why(error))
        return
    for name in names:
        if not name.startswith(".") and name != "__MACOSX":
            yield from _files(path / name, seen)


def why(error: OSError) -> str:
    """The reason for a file that cannot be opened."""
    if isinstance(error, FileNotFoundError):
        return reason.NOT_FOUND
    return reason.NO_PERMISSION if isinstance(error, PermissionError) else reason.UNREADABLE
