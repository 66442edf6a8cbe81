"""Units as senders write them → UCUM: Russian words, `K/uL`, `x10^9/L`, `mcg`, superscripts.

Only what can be meant in one way is turned. `K/uL` is kelvin per microlitre in UCUM and thousands in
every laboratory; `u/L` is atomic mass units in UCUM and enzyme units in every laboratory. `Г/л` may be
grams or giga, so it is left alone and refused. Sources: UCUM 2.2; GOST 8.417; Hansen et al., Clin Chem
Lab Med 2018 (spellings seen in practice).
"""

import re
from functools import lru_cache

from features.ucum.expression import NotUcum
from features.ucum.measure import measure
from features.ucum.word import COUNTS, LATIN, RUSSIAN, SHORT, VOLUMES, WHOLE

_FOLD = str.maketrans({"µ": "u", "μ": "u", "×": "x", "·": ".", "⋅": ".", "−": "-", "∙": ".", "％": "%"})
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

_TEN = re.compile(
    r"^(?:[xXхХ*]?10(?:(?:\^|\*\*?|e|E)\+?(?P<power>\d{1,2})|\((?P<inside>\d{1,2})\))|(?P<word>[^\W\d_]+\.?))(?P<cells>(?:кл(?:еток)?\.?|cells|\{cells\})?)/(?P<volume>[^/]+)$"
)
_WORD = re.compile(r"[^\W\d_]+(?![^\W_]*\])")
_SURFACE = re.compile(r"/\(?\{?1[.,]73[ _.]?(m|м)(\^|\*)?[2²](_?BSA)?\}?\)?$", re.IGNORECASE)
_AFTER = re.compile(r"\s+\{?(FEU|DDU)\}?$", re.IGNORECASE)
_NOTE = re.compile(r"(\{[^{}]*\})")
_MULTIPLE = re.compile(r"(?!1(?!\d)|10[*^])\d")


@lru_cache(maxsize=8192)
def ucum(text: str) -> str | None:
    """The unit in UCUM; None if it is neither UCUM nor a spelling of which only one thing can be meant."""
    text = text.strip().translate(_FOLD)
    if not text or len(text) > 40:
        return None
    for written in (_known(text), text):
        if written is not None:
            try:
                measure(written)
            except NotUcum:
                continue
            # `109/L` is 10 to the 9th that has lost its raised figure; nobody counts in 109ths.
            return None if _MULTIPLE.match(written) else written
    return None


def _known(text: str) -> str | None:
    tight = re.sub(r"\s+", "", text)
    if tight in WHOLE:
        return WHOLE[tight]
    if (count := _count(tight)) is not None:
        return count
    tail = ""
    if surface := _SURFACE.search(text):
        text, tail = text[: surface.start()], "/{1.73_m2}"
    elif after := _AFTER.search(text):
        text, tail = text[: after.start()], f"{{{after.group(1).upper()}}}"
    pieces = _NOTE.split(re.sub(r"(?<=10)[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]", lambda m: f"*{m.group()}", text))
    for n, piece in enumerate(pieces):
        if piece.startswith("{"):
            pieces[n] = re.sub(r"\s+", "_", piece)
        else:
            pieces[n] = _words(piece)
    return "".join(pieces) + tail


def _words(piece: str) -> str:
    piece = re.sub(r"\s+", "", piece.translate(_RAISED).replace("**", "^"))
    piece = re.sub(r"/24[.]?(ч|h|hr|час)$", "/d", piece)
    piece = re.sub(r"(?<=[mм])\^(?=[23])", "", piece)  # m^2
    piece = re.sub(r"(?<=[а-я])\.(?=/|$)", "", piece)  # сут. and тыс./мкл
    return _WORD.sub(lambda word: RUSSIAN.get(word[0]) or LATIN.get(word[0]) or word[0], piece)


def _count(tight: str) -> str | None:
    """Cells counted by thousands, or by powers of ten however these are written."""
    tight = re.sub(r"(?<=10)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: f"^{m.group().translate(_RAISED)}", tight)
    match = _TEN.match(tight.replace("³", "3"))
    if match is None or match["volume"] not in VOLUMES:
        return None
    volume = VOLUMES[match["volume"]]
    if power := match["power"] or match["inside"]:
        return f"10*{int(power)}/{volume}"
    word = match["word"].lower()
    if word not in COUNTS or (word in SHORT and (volume != "uL" or match["word"] == "m")):
        return None
    return f"10*{COUNTS[word]}/{volume}" if COUNTS[word] else f"/{volume}"
