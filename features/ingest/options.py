"""What the user says about the files that are read, because the files do not."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from features.error import Problem
from features.ingest.local_code import LocalCodes

if TYPE_CHECKING:  # the mapping is only carried here
    from features.ingest.table.prepared import Prepared

KEYS = ("zone", "charsets", "local_codes", "authority")


class OptionsError(Problem):
    """The file of options cannot be used; the message says which key and why."""


@dataclass(frozen=True)
class Options:
    """Said once a read, for all of its files.

    `patient`: whose records these are, for what does not say so itself, such as the export of a phone.
    `zone`: where a time without an offset was written down. `charsets`: by the name of a sender the
    encoding of its messages, where they do not tell it themselves. `codes`: senders' own names of tests.
    `authority`: who gives out the record numbers that are patient ids as they are; a number that a message
    says another gave out gets that name in front (HL7 v2, PID-3). `tables`: the mapping of the tables among
    the files, checked; without it there are none. `samples`: where the last weeks' samples of devices are
    kept, for those that come late; None: nothing is kept, and each read stands alone.
    """

    patient: str | None = None
    zone: tzinfo = UTC
    charsets: Mapping[str, str] = field(default_factory=dict)
    codes: LocalCodes = field(default_factory=LocalCodes)
    authority: str | None = None
    tables: "Prepared | None" = None
    samples: Path | None = None


def options(path: Path, default: Options | None = None) -> Options:
    """The options in a YAML file, over `default`; the default alone if there is no such file.

    Raises:
        OptionsError: the file is no YAML mapping, or a key or value of it is unknown.
        TableError: the table of local codes that it names cannot be used.
    """
    base = default or Options()
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return base
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise OptionsError(f"{path}: cannot be read as YAML ({type(error).__name__})") from None
    said = {} if said is None else said
    if not isinstance(said, dict):
        raise OptionsError(f"{path}: expected `key: value` lines with {', '.join(KEYS)}")
    if unknown := sorted(str(key) for key in set(said) - set(KEYS)):
        raise OptionsError(f"{path}: unknown {', '.join(unknown)}; known are {', '.join(KEYS)}")
    changes: dict[str, Any] = {}
    if said.get("authority") is not None:
        changes["authority"] = str(said["authority"])
    if "zone" in said:
        changes["zone"] = _zone(said["zone"], path)
    if "charsets" in said:
        changes["charsets"] = _charsets(said["charsets"], path)
    if "local_codes" in said:
        changes["codes"] = LocalCodes.load(path.parent / str(said["local_codes"]))
    return replace(base, **changes)


def _zone(name: object, path: Path) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise OptionsError(f"{path}: zone: {name!r} is no zone; one is Europe/Moscow") from None


def _charsets(said: object, path: Path) -> dict[str, str]:
    if not isinstance(said, dict):
        raise OptionsError(f"{path}: charsets: expected lines such as `LAB: windows-1251`")
    found = {str(sender): str(charset) for sender, charset in said.items()}
    for sender, charset in found.items():
        try:
            "".encode(charset)
        except LookupError:
            raise OptionsError(
                f"{path}: charsets: {sender}: {charset!r} is no encoding; one is windows-1251"
            ) from None
    return found
