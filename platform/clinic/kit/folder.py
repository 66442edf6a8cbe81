"""Folders and files that the owner alone may read, and files that are there whole or not at all."""

import os
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

OWNER_FOLDER = 0o700
OWNER_FILE = 0o600
WRITERS = 8
PARTIAL = ".partial"  # the end of a name under which a file is being written


def private_folder(folder: Path) -> Path:
    """Make the folder (parents too) and close it to everybody but its owner, whatever the umask."""
    folder.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o777 != OWNER_FOLDER:
        folder.chmod(OWNER_FOLDER)
    return folder


def private_file(path: Path) -> Path:
    """Make an empty file if there is none, and close it to everybody but its owner."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, OWNER_FILE))
    if path.stat().st_mode & 0o777 != OWNER_FILE:
        path.chmod(OWNER_FILE)
    return path


def write_partial(path: Path, content: bytes) -> Path:
    """Write `content` durably under a passing name beside `path`, and return that name."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PARTIAL}")
    descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    return partial


def write_private(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, even after a power cut.

    The folder itself is not synced: call `sync_folder` once after the last file.
    """
    partial = write_partial(path, content)
    try:
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def write_all_private(files: Mapping[Path, bytes]) -> None:
    """`write_private` for many: a disk answers many waiting writers at once nearly as fast as one."""
    with ThreadPoolExecutor(WRITERS) as writers:
        for _ in writers.map(write_private, files.keys(), files.values()):
            pass  # asks each result, so that the first error is raised


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> int:
    """Remove what an interrupted writer left; only for the one process that writes there."""
    left = list(folder.glob(f".*{PARTIAL}"))
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
