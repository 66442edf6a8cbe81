"""What could not be read, kept with the place and the reason until it is mended.

One NDJSON file an input file, named by a hash of its path; files 0600, folder 0700, for the items
are records of patients. A file is replaced as a whole when its input is read again, and goes when
that input is clean.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

SUFFIX, PART = ".ndjson", ".part"
BUFFER = 256  # items

# Where a record was found: input file, member of a zip, line, entry. For quarantine alone, since the name
# of a file may be the name of a patient. A plain tuple: one is made for each record.
Place = tuple[str, str | None, int | None, int | str | None]


@dataclass(frozen=True)
class Item:
    """One quarantined item."""

    place: Place
    type: str
    id: str | None
    reason: str
    raw: Any


class Quarantine:
    """Collects items during a read; `settle` makes them the quarantine of the files that were read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: set[str] = set()
        self._buffer: list[bytes] = []
        self._current = ""
        self._written: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        for part in folder.glob(f"*{PART}"):
            part.unlink(missing_ok=True)  # left by a run that was killed

    def begin(self, file: str) -> None:
        """`file` is read now; what it left here before is replaced or removed at the end."""
        self._seen.add(_name(file))

    def keep(self, item: Item) -> None:
        """Add one item to its file."""
        file, member, line, entry = item.place
        name = _name(file)
        if name != self._current or len(self._buffer) >= BUFFER:
            self._flush()
        self._current = name
        raw = item.raw
        record = {
            "file": _text(file),
            "member": _text(member) if member else None,
            "line": line,
            "entry": entry,
            "type": item.type,
            "id": item.id,
            "reason": item.reason,
            "raw": raw.decode("utf-8", "backslashreplace") if isinstance(raw, bytes) else raw,
        }
        self._buffer.append(orjson.dumps(record, default=str))

    def _flush(self) -> None:
        if not self._buffer:
            return
        self._seen.add(self._current)
        self._written.add(self._current)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        handle = os.open(self._folder / f"{self._current}{PART}", flags, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(b"\n".join([*self._buffer, b""]))
        self._buffer.clear()

    def settle(self) -> None:
        """Make what was collected the quarantine of every file that was read."""
        self._flush()
        for name in self._seen:
            path = self._folder / f"{name}{SUFFIX}"
            if name in self._written:
                (self._folder / f"{name}{PART}").replace(path)
            else:
                path.unlink(missing_ok=True)


def _name(file: str) -> str:
    return blake2b(file.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _text(name: str) -> str:
    """A file name as JSON can hold it."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def items(folder: Path) -> Iterator[dict[str, Any]]:
    """Everything in quarantine: file, member, line, entry, type, id, reason, raw."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with path.open("rb") as lines:
            for line in lines:
                yield orjson.loads(line)
