"""From a record's patient id to a subject number that nobody can turn back without the key.

BLAKE2b (RFC 7693) keyed with 32 random bytes, the first 63 bits of it: the same patient has the
same number in every feed of this clinic, and another number in every other clinic. With 10 million
patients the chance that any two share a number is 5 in a million; `identity.service` refuses them.
"""

import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from clinic.identity import repository
from clinic.kit import database
from clinic.kit.folder import private_file, private_folder, sync_folder, write_partial
from features.error import Problem

KEY_NAME = "pseudonym.key"
KEY_BYTES = 32


class KeyLostError(Problem):
    """People are stored under numbers that the key at hand cannot make."""


def pseudonym(folder: Path) -> Callable[[str], int]:
    """The function from a patient id to its `subject_id`: 1 … 2**63 − 1.

    The key is made on first use, in the clinic's folder; two processes at once end with one key.

    Raises:
        KeyLostError: the key is gone or damaged although people are stored under it.
    """
    keyed = hashlib.blake2b(key=_key(private_folder(folder)), digest_size=8, person=b"subject_id")

    def subject(patient_id: str) -> int:
        digest = keyed.copy()
        digest.update(patient_id.encode("utf-8", "surrogatepass"))
        return int.from_bytes(digest.digest(), "big") >> 1 or 1

    return subject


def _key(folder: Path) -> bytes:
    path = folder / KEY_NAME
    if not path.exists():
        _refuse_if_people_are_stored(folder, path)
        _make(path)
    key = private_file(path).read_bytes()
    if len(key) != KEY_BYTES:
        raise KeyLostError(
            f"{path} is damaged: {len(key)} bytes instead of {KEY_BYTES}. Restore it from a backup."
        )
    return key


def _refuse_if_people_are_stored(folder: Path, path: Path) -> None:
    if not (folder / database.NAME).exists():
        return
    with closing(database.connect(folder)) as connection:
        if repository.anybody(connection):
            raise KeyLostError(
                f"{path} is missing, but {folder / database.NAME} holds people stored under it. Restore the "
                "key from a backup: a new one would give every patient a second number. To begin anew, "
                "remove the whole home."
            )


def _make(path: Path) -> None:
    """Put a new key in place, unless another process was quicker: a link never replaces a file."""
    partial = write_partial(path, secrets.token_bytes(KEY_BYTES))
    try:
        os.link(partial, path)
    except FileExistsError:
        pass  # the other process's key is the key
    finally:
        partial.unlink()
    sync_folder(path.parent)
