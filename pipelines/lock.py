"""Who works on a home folder: one writer and one server at a time, and both can be named."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from features.error import Problem
from pipelines.home import Home


class HomeBusy(Problem):
    """Another process holds this home."""


class HomeUnusable(Problem):
    """The home folder cannot be made or written."""


def _holder(path: Path) -> dict[str, str]:
    try:
        held: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return held


def _try(path: Path) -> IO[str] | None:
    try:
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise HomeUnusable(
            f"{path.parent} cannot be the home folder ({error.strerror}): name another with SMARTCLINIC_HOME."
        ) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


@contextmanager
def _hold(path: Path, note: dict[str, str], refusal: Callable[[dict[str, str]], str]) -> Iterator[None]:
    """Hold `path` until the block ends. The kernel lets go when the process dies, however it dies."""
    file = _try(path)
    if file is None:
        raise HomeBusy(refusal({"pid": "unknown"} | note | _holder(path)))
    try:
        file.truncate(0)
        file.write(json.dumps({"pid": str(os.getpid())} | note))
        file.flush()
        yield
    finally:
        file.truncate(0)
        file.close()


def writing(home: Home, command: str) -> AbstractContextManager[None]:
    """Be the one writer of this home while the block runs.

    Raises:
        HomeBusy: another command writes to it.
    """
    return _hold(
        home.root / ".writer",
        {"command": command},
        lambda holder: (
            f"`smartclinic {holder['command']}` (process {holder['pid']}) is working on {home.root}. "
            "Wait until it ends, or name another folder with SMARTCLINIC_HOME."
        ),
    )


def serving(home: Home, url: str) -> AbstractContextManager[None]:
    """Be the one server of this home while the block runs.

    Raises:
        HomeBusy: another server holds it.
    """
    return _hold(
        home.root / ".server",
        {"url": url},
        lambda holder: (
            f"{home.root} is already served at {holder['url']} by process {holder['pid']}. "
            "Stop that one first, or name another folder with SMARTCLINIC_HOME."
        ),
    )


def server(home: Home) -> str | None:
    """URL of the server that holds this home now; None if there is none."""
    path = home.root / ".server"
    if not path.is_file():
        return None
    file = _try(path)
    if file is None:
        return _holder(path).get("url")
    file.close()
    return None


def writer(home: Home) -> dict[str, str] | None:
    """The command that writes to this home now, and its process; None if there is none."""
    path = home.root / ".writer"
    if not path.exists():
        return None
    file = _try(path)
    if file is None:
        return _holder(path)
    file.close()
    return None
