"""Whether a text was read in the character set in which it was written.

Single-byte character sets decode any bytes, so a wrong one gives letters, only not a language: «бюыютќИт»
is «Соловьёв» in windows-1251 read as ISO 8859-5. The reading is weighed against the other readings of the
same bytes: by how often the letters stand in Russian, and by the form of words. A reading that is much
less likely than another is refused; no reading is ever put in the place of the one that was named.

Frequencies: letters of Russian texts per thousand, rounded; ё as often as names have it.
"""

import math
import re
from functools import lru_cache
from itertools import pairwise

CYRILLIC = ("cp1251", "iso8859-5", "koi8-r", "cp866", "utf-8")
_FREQUENCY = {
    **dict(
        zip("оеаинтсрвлкмдпу", (110, 85, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26), strict=True)
    ),
    **dict(zip("яыьгзбчйхжшюцщэ", (20, 19, 17, 17, 16, 16, 14, 12, 10, 9, 7, 6, 5, 4, 3), strict=True)),
    **dict(zip("фъё", (3, 0.4, 8), strict=True)),
}
_LETTER = {letter: math.log(share / 1000) for letter, share in _FREQUENCY.items()}
_FOREIGN = math.log(0.0002)  # a letter of another Cyrillic alphabet
_STRANGE = math.log(0.0001)  # a sign, a frame, a letter of another script
_BREACH = math.log(0.002)  # a capital within a word, a word that begins as none does
_MARGIN = 4.5  # how much likelier another reading must be: e^5 to one, and more for a longer text …
_SHARE = 0.1  # … by so much for each character beyond ASCII
_WORD = re.compile(r"[^\x00-\x7f]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_SIGNS = frozenset("«»„“”–—…№°±µ×÷·•²³€§©® ‘’’‰≤≥™")
_CONTROL = re.compile(r"[\x80-\x9f]")
_RUN = re.compile(r"[^\x00-\x7f]{4,}")
_AGAIN = ("cp1251", "cp1252", "latin-1", "iso8859-5", "koi8-r", "cp866")
ENOUGH = 6  # characters beyond ASCII from which a text is judged by a table that has no Cyrillic


def plausible(data: bytes, text: str, codec: str) -> bool:
    """Whether `text`, which is `data` read in `codec`, is what was meant. Both hold more than ASCII."""
    if codec == "utf-8":
        return not _twice(text)
    if _CONTROL.search(text):
        return False
    if codec in CYRILLIC:
        return _best(data, codec)
    if codec.startswith(("iso8859", "cp125")) and _RUN.search(text) and not _own_letters(codec):
        return not any(_likely(data, other) for other in CYRILLIC)
    return True


def _own_letters(codec: str) -> bool:
    """Whether the character set is of a language that writes whole words with letters beyond ASCII."""
    return codec in ("iso8859-6", "iso8859-7", "iso8859-8", "cp1253", "cp1255", "cp1256")


def _best(data: bytes, codec: str) -> bool:
    count = sum(byte > 0x7F for byte in data)
    own = weight(_read(data, codec) or "")
    margin = _MARGIN + _SHARE * min(count, 200)
    return all(own + margin >= weight(text) for other in CYRILLIC if (text := _read(data, other)))


def _likely(data: bytes, codec: str) -> bool:
    """Whether a text with many letters beyond ASCII is Russian in this reading."""
    text = _read(data, codec)
    count = sum(byte > 0x7F for byte in data) / (2 if codec == "utf-8" else 1)
    return text is not None and count >= ENOUGH and weight(text) / count > math.log(0.012)


def _read(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def weight(text: str) -> float:
    """The logarithm of how likely the characters beyond ASCII of a Russian text are to be these."""
    return sum(map(_word_weight, _WORD.findall(text))) + _BREACH * len(_MIXED.findall(text))


_MIXED = re.compile(r"[A-Za-z][^\x00-\x7f\W\d_]|[^\x00-\x7f\W\d_][A-Za-z]")


@lru_cache(maxsize=1 << 14)
def _word_weight(word: str) -> float:
    total = sum(
        _LETTER.get(low)
        or (_FOREIGN if "\u0400" <= low <= "\u04ff" else math.log(0.01) if low in _SIGNS else _STRANGE)
        for low in word.lower()
    )
    for part in _LETTERS.findall(word):
        if part[0] in "ьъыЬЪЫ":
            total += _BREACH
        if not (part.isupper() or part.islower() or part[1:].islower()):
            total += _BREACH * sum(a.islower() and b.isupper() for a, b in pairwise(part))
    return total


def _twice(text: str) -> bool:
    """Whether this is UTF-8 that was read in another character set and written as UTF-8 again."""
    beyond = " ".join(_RUN.findall(text))
    if not beyond:
        return False
    for codec in _AGAIN:
        try:
            again = beyond.encode(codec).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        return weight(again) > weight(beyond)
    return False
