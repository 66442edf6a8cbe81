"""Look-back windows: `30d`, `12h`, `52w` or `full`, each (T − w, T] before a prediction time T."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from features.tabulate.error import TabulationError

_UNIT = {"h": 3_600_000_000, "d": 86_400_000_000, "w": 7 * 86_400_000_000}  # microseconds
_LONGEST = 200 * 366 * _UNIT["d"]
FULL = "full"


@dataclass(frozen=True)
class Window:
    """`span` in microseconds; None: everything up to T."""

    name: str
    span: int | None


def windows(texts: Iterable[str]) -> tuple[Window, ...]:
    """Windows by name, each once, in their order.

    Raises:
        TabulationError: a name is none, or says nothing new.
    """
    found = tuple(_window(text.strip()) for text in texts if text.strip())
    if not found:
        raise TabulationError("No window is named: give some, such as --windows 30d,365d,full.")
    spans = [window.span for window in found]
    if twice := [w.name for i, w in enumerate(found) if w.span in spans[:i]]:
        raise TabulationError(f"The window {twice[0]} is named twice: name each once.")
    return found


def _window(text: str) -> Window:
    if text == FULL:
        return Window(FULL, None)
    match = re.fullmatch(r"([1-9]\d{0,8})([hdw])", text)
    if match is None:
        raise TabulationError(
            f"{text!r} is no window: say hours, days or weeks as 12h, 30d, 52w, or full for all history. "
            "Months and years have no fixed length: say 30d, 365d."
        )
    span = int(match[1]) * _UNIT[match[2]]
    if span > _LONGEST:
        raise TabulationError(f"The window {text} is longer than 200 years: say full.")
    return Window(text, span)
