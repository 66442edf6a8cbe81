r"""Escape sequences of HL7 v2 (chapter 2.7), decoded exactly once and after everything was split.

What is no sequence stays as it is written: a lone backslash is text. `\X0D\` gives a character of the
text and never a new segment; `escaped` writes it back as a sequence.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_LAYOUT = re.compile(r"\.(br|sp|sk|ce|in|ti|fi|nf)\s*([+-]?\d{1,3})?", re.IGNORECASE)
_LINE = frozenset({"br", "sp", "ce"})
CLEAR = '""'  # the value of a field is deleted; an empty field keeps it
_MOST = 99  # blank lines or spaces that one sequence may stand for
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class Marks(NamedTuple):
    """The characters that MSH-1 and MSH-2 name; an empty one is not in use."""

    field: str = "|"
    component: str = "^"
    repeat: str = "~"
    escape: str = "\\"
    part: str = "&"
    cut: str = ""  # that a value was shortened, since 2.7


STANDARD = Marks()


def unescaped(text: str, marks: Marks = STANDARD, decode: Callable[[bytes], str] | None = None) -> str:
    """`text` with its sequences decoded.

    Args:
        decode: what bytes mean that a sequence `X` writes as hexadecimals; default UTF-8.
    """
    sign = marks.escape
    if not sign or sign not in text:
        return text
    found, at = [], 0
    while (begin := text.find(sign, at)) >= 0:
        found.append(text[at:begin])
        end = text.find(sign, begin + 1)
        if end < 0:
            at = begin
            break
        meant = _meaning(text[begin + 1 : end], marks, decode)
        if meant is None:
            found.append(sign)
            at = begin + 1
        else:
            found.append(meant)
            at = end + 1
    found.append(text[at:])
    return "".join(found)


def _meaning(body: str, marks: Marks, decode: Callable[[bytes], str] | None) -> str | None:
    """What the sequence with this body stands for; None if there is no such sequence."""
    plain = {
        "F": marks.field,
        "S": marks.component,
        "T": marks.part,
        "R": marks.repeat,
        "E": marks.escape,
        "P": marks.cut,
        "H": "",  # highlighting begins, ends
        "N": "",
    }.get(body)
    if plain is not None:
        return plain if plain or body in "HN" else None
    if body[:1] == "X" and _HEX.fullmatch(body, 1):
        data = bytes.fromhex(body[1:])
        try:
            return decode(data) if decode else data.decode()
        except UnicodeDecodeError:
            return None
    layout = _LAYOUT.fullmatch(body)
    if not layout:
        return None
    kind, count = layout[1].lower(), min(abs(int(layout[2] or 1)), _MOST)
    if kind in _LINE:
        return "\n" * count
    return " " * count if kind == "sk" else ""


def escaped(text: str, marks: Marks = STANDARD) -> str:
    """`text` as a field may hold it; `unescaped` gives it back. Control characters, and with them line
    ends, are written as hexadecimals, so that nothing in a value can begin a segment."""
    sign = marks.escape
    if not sign:
        return text
    out = text.replace(sign, f"{sign}E{sign}")
    for letter, mark in (
        ("F", marks.field),
        ("S", marks.component),
        ("T", marks.part),
        ("R", marks.repeat),
        ("P", marks.cut),
    ):
        if mark:
            out = out.replace(mark, f"{sign}{letter}{sign}")
    return _CONTROL.sub(lambda match: f"{sign}X{match[0].encode().hex().upper()}{sign}", out)
