"""A place in a task file: its file and key, for messages, and its value, taken out with a check."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from models.task.error import TaskError

_NAME = re.compile(r"^\w+$")


@dataclass(frozen=True)
class Place:
    """`file`: its name. `key`: dotted, such as `windows.gap.end`; empty for the whole file."""

    file: str
    key: str
    value: Any

    def refuse(self, what: str) -> NoReturn:
        """Raise a TaskError that says `what` of this place."""
        where = f"{self.file}, {self.key}" if self.key else self.file
        raise TaskError(f"{where}: {what}")

    def within(self, key: str) -> "Place":
        """A place inside this mapping; None where it is absent."""
        return Place(self.file, f"{self.key}.{key}" if self.key else key, self.mapping().get(key))

    def mapping(self) -> dict[str, Any]:
        """The value, which must be a mapping; nothing is an empty one."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            self.refuse(f"must hold keys and values, is {shown(self.value)}.")
        return self.value

    def items(self) -> Iterator["Place"]:
        """The places inside, whose keys must be names of letters, digits and underscores."""
        for name in self.mapping():
            if not isinstance(name, str) or not _NAME.match(name):
                self.refuse(f"the name {shown(name)} must be of letters, digits and underscores.")
            yield self.within(name)

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rsplit(".", 1)[-1]

    def text(self) -> str:
        """The value, which must be text."""
        if not isinstance(self.value, str) or not self.value.strip():
            self.refuse(f"must be text, is {shown(self.value)}.")
        return self.value.strip()

    def flag(self) -> bool:
        """The value, which must be True or False."""
        if not isinstance(self.value, bool):
            self.refuse(f"must be True or False, is {shown(self.value)}.")
        return self.value

    def only(self, known: Collection[str]) -> None:
        """Refuse keys that are not known: a slip of the pen would silently change the cohort."""
        for key in self.mapping():
            if key not in known:
                self.refuse(f"the key {shown(key)} is not known here; known are {', '.join(known)}.")


def shown(value: object) -> str:
    """A value as a message shows it: short."""
    if value is None:
        return "missing"
    said = repr(value)
    return said if len(said) <= 60 else f"{said[:57]}…"
