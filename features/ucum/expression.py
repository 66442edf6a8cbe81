"""UCUM text → its parts, by the grammar of the UCUM specification (case-sensitive form).

term      = ["/"] component { ("." | "/") component }
component = "(" term ")" | number | symbol [exponent] [annotation] | annotation
symbol    = atom | prefix metric-atom
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from features.ucum.atom import Atom, Prefix, atoms, prefixes

_SYMBOL = re.compile(r"(10[*^]|(?:[^\d\[\]+\-]|\[[^\[\]]*\])+)([+\-]?\d+)?")
_TOKEN = re.compile(
    r"(?P<sign>[./])|(?P<open>\()|(?P<close>\))|(?P<note>\{[^{}]*\})|(?P<word>(?:\[[^\[\]]*\]|[^./(){}\[\]\s])+)"
)
_NOTE = re.compile(r"[\x21-\x7e]*")  # printable ASCII without a space
_LONG = 200


class NotUcum(ValueError):
    """The text is no UCUM unit."""


@dataclass(frozen=True)
class Symbol:
    """A prefixed atom to a power; without an atom, an annotation that stands alone."""

    prefix: Prefix | None
    atom: Atom | None
    exponent: int
    note: str | None


@dataclass(frozen=True)
class Part:
    """One component of a term: multiplied (`sign` 1) or divided by (−1)."""

    sign: int
    what: "int | Symbol | Term"


Term = tuple[Part, ...]


def parse(text: str) -> Term:
    """The parts of a unit; nothing at all is the unit 1.

    Raises:
        NotUcum: the text breaks the grammar, or a symbol is not in the table.
    """
    if len(text) > _LONG:
        raise NotUcum("longer than any unit")
    tokens = list(_tokens(text))
    term, rest = _term(tokens) if tokens else ((), [])
    if rest:
        raise NotUcum("a bracket is closed that was never opened")
    return term


Token = tuple[str, str]


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise NotUcum(f"position {at + 1} is no part of a unit")
        yield str(match.lastgroup), match.group()
        at = match.end()


def _term(tokens: list[Token]) -> tuple[Term, list[Token]]:
    parts: list[Part] = []
    sign = 1
    if tokens and tokens[0] == ("sign", "/"):
        sign, tokens = -1, tokens[1:]
    while True:
        part, tokens = _component(sign, tokens)
        parts.append(part)
        if not tokens or tokens[0][0] == "close":
            return tuple(parts), tokens
        kind, text = tokens[0]
        if kind != "sign":
            raise NotUcum("two units meet without a dot or a slash between them")
        sign, tokens = (1 if text == "." else -1), tokens[1:]


def _component(sign: int, tokens: list[Token]) -> tuple[Part, list[Token]]:
    if not tokens:
        raise NotUcum("nothing follows a dot, a slash or an opened bracket")
    (kind, text), tokens = tokens[0], tokens[1:]
    if kind == "open":
        inner, tokens = _term(tokens)
        if not tokens:
            raise NotUcum("a bracket is not closed")
        note, tokens = _note(tokens[1:])
        return Part(
            sign, inner if note is None else (Part(1, inner), Part(1, Symbol(None, None, 1, note)))
        ), tokens
    if kind == "note":
        return Part(sign, Symbol(None, None, 1, _noted(text))), tokens
    if kind != "word":
        raise NotUcum("a dot, a slash or a bracket where a unit should be")
    note, tokens = _note(tokens)
    if text.isascii() and text.isdigit():
        if not int(text):
            raise NotUcum("nothing times a unit is none")
        if note is None:
            return Part(sign, int(text)), tokens
        return Part(sign, (Part(1, int(text)), Part(1, Symbol(None, None, 1, note)))), tokens
    match = _SYMBOL.fullmatch(text)
    if match is None:
        raise NotUcum(f"{text} is no unit")
    prefix, atom = _resolved(match.group(1))
    return Part(sign, Symbol(prefix, atom, int(match.group(2) or 1), note)), tokens


def _note(tokens: list[Token]) -> tuple[str | None, list[Token]]:
    if tokens and tokens[0][0] == "note":
        return _noted(tokens[0][1]), tokens[1:]
    return None, tokens


def _noted(text: str) -> str:
    if not _NOTE.fullmatch(text):
        raise NotUcum("an annotation holds a letter that is not ASCII")
    return text[1:-1]


def _resolved(symbol: str) -> tuple[Prefix | None, Atom]:
    known = atoms()
    if symbol in known:
        return None, known[symbol]
    for length in (2, 1):
        prefix, atom = prefixes().get(symbol[:length]), known.get(symbol[length:])
        if prefix and atom and atom.metric:
            return prefix, atom
    raise NotUcum(f"{symbol} is no unit")


def display(term: Term) -> str:
    """The unit in words: `(meter ^ 3) * (kilogram ^ -1)`."""
    words: list[str] = []
    for part in term:
        if words or part.sign < 0:
            words.append("*" if part.sign > 0 else "/")
        words.append(_display(part.what))
    return " ".join(words) or "(unity)"


def _display(what: int | Symbol | Term) -> str:
    if isinstance(what, int):
        return str(what)
    if isinstance(what, tuple):
        return f"({display(what)})"
    if what.atom is None:
        return f"{{{what.note}}}"
    name = (what.prefix.name if what.prefix else "") + what.atom.name
    return f"({name} ^ {what.exponent})" if what.exponent != 1 else f"({name})"
