"""Addresses and names that may stand in a letter's header, and nothing else."""

import re
import unicodedata

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_NAME_MARKS = frozenset(" -'’ʼ‑")
LONGEST_NAME = 80


def usable_address(text: str) -> str | None:
    """The one mailbox that `text` is (RFC 5321), its domain in ASCII; None if it is not exactly one.

    A local part beyond ASCII is refused: a plain SMTP server cannot take it. So is a local part that
    looks like an encoded word, which a header parser might decode into something else.
    """
    local, at, domain = text.strip(" ").rpartition("@")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local) or "=?" in local:
        return None
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    labels = ascii_domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return None
    address = f"{local}@{ascii_domain}"
    return address if len(address) <= 254 else None


def usable_name(part: str | None) -> str | None:
    """A part of a person's name as written, spaces tidied; None if it holds what no name holds.

    Letters of any script, digits, spaces, hyphens and apostrophes pass, and a dot after an initial.
    So a line break, an address or a link that somebody typed into a name never gets into a letter.
    """
    if part is None:
        return None
    tidy = re.sub(" +", " ", unicodedata.normalize("NFC", part).strip(" "))
    if not tidy or len(tidy) > LONGEST_NAME:
        return None
    for place, sign in enumerate(tidy):
        if sign == ".":
            if tidy[place + 1 : place + 2] not in ("", " ", "-"):
                return None
        elif sign not in _NAME_MARKS and unicodedata.category(sign)[0] not in "LM" and not sign.isdecimal():
            return None
    return tidy


def one_line(text: str) -> str:
    """`text` without line breaks and other control signs."""
    return " ".join("".join(" " if unicodedata.category(s)[0] == "C" else s for s in text).split())
