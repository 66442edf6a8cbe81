"""Bytes of a message to text: by MSH-18, or by what is set for its sender, or else UTF-8; never a guess.

What cannot be decoded, and what is decoded to something that nobody writes, is refused: a name that was
read in a wrong character set looks like a name. Names: HL7 table 0211, and what senders write instead.
"""

import codecs
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

from features.ingest import reason
from features.ingest.hl7v2 import plausibility
from features.ingest.reason import Unusable

_BLANK = str.maketrans("", "", " -_/.:")
_UTF8, _ASCII = "utf-8", "ascii"
_PRINTED = bytes(range(32, 127))
_LATIN = {number: f"iso8859-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)}
_REGISTERED = {100: 1, 101: 2, 109: 3, 110: 4, 144: 5, 127: 6, 126: 7, 138: 8, 148: 9}  # ISO IR → part
_KNOWN = {
    **{f"{prefix}8859{n}": codec for prefix in ("", "ISO") for n, codec in _LATIN.items()},
    **{f"ISOIR{number}": _LATIN[part] for number, part in _REGISTERED.items()},
    **{f"{prefix}{n}": f"cp{n}" for prefix in ("WINDOWS", "WIN", "CP") for n in range(1250, 1259)},
    "1251": "cp1251",
    "KOI8R": "koi8-r",
    "KOI8": "koi8-r",
    "KOI8U": "koi8-u",
    **dict.fromkeys(("CP866", "IBM866", "DOS866", "866"), "cp866"),
    **dict.fromkeys(("UNICODEUTF8", "UTF8", "UNICODE", "ISOIR192"), _UTF8),
    **dict.fromkeys(("ASCII", "USASCII", "ISOIR6", "7BIT"), _ASCII),
    **dict.fromkeys(("GB180302000", "GB18030"), "gb18030"),
    "GBK": "gbk",
    "BIG5": "big5",
}


@lru_cache(maxsize=256)
def codec(name: str) -> str:
    """The codec of a character set as MSH-18, a setting or a user names it.

    Raises:
        Unusable: none that is known.
    """
    found = _KNOWN.get(name.upper().translate(_BLANK))
    if found is None:
        raise Unusable(reason.CHARSET)
    return codecs.lookup(found).name


def sender_codec(charsets: Mapping[str, str], application: str, facility: str) -> str | None:
    """The codec that is set for a sender: by `MSH-3|MSH-4`, by MSH-4, by MSH-3, or by `*` for all."""
    for key in (f"{application}|{facility}", facility, application, "*"):
        if key and key in charsets:
            return _set(charsets[key])
    return None


def _set(name: str) -> str:
    """The codec of a setting, which may name any that Python knows and that keeps ASCII as it is."""
    try:
        return codec(name)
    except Unusable:
        with suppress(LookupError, UnicodeDecodeError):
            if _PRINTED.decode(name) == _PRINTED.decode("ascii"):
                return codecs.lookup(name).name
        raise


def decoded(data: bytes, named: str, set_for_sender: str | None) -> tuple[str, str]:
    """The text of a message and the codec it was read with.

    Args:
        named: what MSH-18 says; empty if nothing.
        set_for_sender: a codec; counts where MSH-18 is empty, or says ASCII, which cannot be true.

    Raises:
        Unusable: the character set is unknown, or the bytes are not written in it.
    """
    used = codec(named) if named else None
    if data.isascii():
        return data.decode("ascii"), used or set_for_sender or _UTF8
    if used == _ASCII and not set_for_sender:
        raise Unusable(reason.NOT_ASCII)
    if used is None or used == _ASCII:
        used = set_for_sender or _UTF8
    try:
        text = data.decode(used)
    except UnicodeDecodeError:
        raise Unusable(reason.NOT_IN_CHARSET if named or set_for_sender else reason.NO_CHARSET) from None
    if not plausibility.plausible(data, text, used):
        raise Unusable(reason.MOJIBAKE)
    return text, used
