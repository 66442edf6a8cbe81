"""`smartclinic equation`: one person's inputs as JSON in, one published result as JSON out."""

import json
from collections.abc import Iterable

from features.error import Problem
from models.equations.register import calculate

LONGEST = 100_000  # bytes; the inputs of an equation are a dozen short fields


class NotInputs(Problem):
    """What came in is not one JSON object of inputs."""


def answer(name: str, text: bytes) -> str:
    """The answer of equation `name` to the inputs in `text`, as JSON.

    Raises:
        NotInputs, UnknownEquation, InputRefused: what to mend is in the message.
    """
    return json.dumps(calculate(name, _inputs(text)), ensure_ascii=False, indent=2, allow_nan=False)


def _inputs(text: bytes) -> dict[str, object]:
    if len(text) > LONGEST:
        raise NotInputs("That is too long for the inputs of an equation: give one JSON object.")
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise NotInputs('The inputs are not JSON: give one object on stdin, as {"age": 50, …}.') from None
    if not isinstance(found, dict):
        raise NotInputs('The inputs are not a JSON object: give {"age": 50, …} on stdin.')
    return found


def _once(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """A field that is given twice could mean either value: JSON would take the last."""
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise NotInputs("A field is given twice in the inputs: give each once.")
        found[name] = value
    return found
