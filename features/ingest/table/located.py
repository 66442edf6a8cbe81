"""A YAML file as plain text values, with the line of each key, so that a mistake can be named by its place.

Every scalar is text: YAML would else read `no` as false, `08` as a number and `2024-01-02` as a date.
"""

from collections.abc import Hashable, Iterator
from typing import Any

import yaml

Key = tuple[str | int, ...]


class BrokenYaml(ValueError):
    """The text is no YAML; the message says where and why."""


class Located:
    """A value of a YAML file and the line on which each of its parts begins."""

    def __init__(self, text: str) -> None:
        try:
            node = yaml.compose(text, Loader=yaml.BaseLoader)
            self._lines = dict(_lines(node, ())) if node else {}
            self.value: Any = yaml.load(text, Loader=yaml.BaseLoader)
        except (yaml.YAMLError, RecursionError) as error:
            raise BrokenYaml(_told(error)) from None

    def line(self, key: Key) -> int:
        """The line of a key, or of the nearest key around it."""
        for end in range(len(key), -1, -1):
            if key[:end] in self._lines:
                return self._lines[key[:end]]
        return 1


def _lines(node: yaml.Node, key: Key) -> Iterator[tuple[Key, int]]:
    yield key, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for name, value in node.value:
            if name.value in seen:
                raise BrokenYaml(f"line {name.start_mark.line + 1}: the key “{name.value}” is there twice")
            seen.add(name.value)
            inner = dict(_lines(value, (*key, str(name.value))))
            inner[(*key, str(name.value))] = name.start_mark.line + 1
            yield from inner.items()
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _lines(value, (*key, number))


def _told(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}: " if mark else ""
    problem = getattr(error, "problem", None) or "it is nested too deep"
    return f"{where}this is no YAML ({problem})"
