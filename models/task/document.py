"""The YAML of task files, read as version 1.2, which ACES takes: `on` and `yes` are words, `1e3` is a number.

PyYAML alone would read version 1.1 and keep the last of two equal keys without a word.
"""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from models.task.error import TaskError

Document = dict[str, Any]
LONGEST = 5_000_000  # bytes


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2 and no key given twice."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 # as PyYAML declares it

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = node.value
    return int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)


def _number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(re.sub(r"\.(inf|nan)$", r"\1", node.value.lower()))


_SCALARS = {
    "null": (r"|~|null|Null|NULL", [*"~nN", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", [*"-+0123456789"]),
    "float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        [*"-+.0123456789"],
    ),
    "merge": (r"<<", ["<"]),
}
for _name, (_form, _first) in _SCALARS.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(rf"^(?:{_form})$"), _first)
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)


def document(path: Path) -> Document:
    """The mapping that the file holds.

    Raises:
        TaskError: there is no such file, or it is not one mapping of YAML.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise TaskError(f"{path.name}: there is no such file.") from None
    except OSError:
        raise TaskError(f"{path.name}: the file cannot be read.") from None
    if len(content) > LONGEST:
        raise TaskError(f"{path.name}: too long for a task file.")
    try:
        found = yaml.load(content.decode("utf-8-sig"), _Loader)  # a SafeLoader
    except UnicodeDecodeError:
        raise TaskError(f"{path.name}: the file is not text in UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise TaskError(f"{path.name}{line}: not YAML: {error.problem or error.context}.") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise TaskError(f"{path.name}: not YAML.") from None
    if not isinstance(found, dict):
        raise TaskError(f"{path.name}: not a task: it needs `predicates`, `trigger` and `windows`.")
    return found
