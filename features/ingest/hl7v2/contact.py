"""Names, telephones and mail addresses of a patient: for the clinic alone."""

from functools import lru_cache

from features.ingest.hl7v2.escape import CLEAR, Marks, unescaped

_ORDER = {"L": 0, "D": 1, "": 1, "S": 4, "N": 5}  # HL7 table 0200: legal, displayed, …, pseudonym, nickname
_NO_VOICE = frozenset({"FX", "BP", "INTERNET", "X.400"})  # HL7 table 0202


def said(text: str) -> str | None:
    """A component, or None if it is empty or cleared."""
    text = text.strip()
    return None if not text or text == CLEAR else text


@lru_cache(maxsize=1 << 14)
def name(field: str, marks: Marks, codec: str) -> tuple[str | None, str | None, str | None]:
    """Family name, given name, and the further given names: with Russian senders the patronymic."""
    best, position = ["", "", ""], 99
    for entry in field.split(marks.repeat):
        parts = entry.split(marks.component)
        if marks.part:  # of a family name with parts, the first is the name
            parts[0] = parts[0].split(marks.part, 1)[0]
        parts = [_text(part, marks, codec) for part in parts]
        kind = parts[6].strip().upper() if len(parts) > 6 else ""
        place = _ORDER.get(kind, 3)
        if any(said(part) for part in parts[:3]) and place < position:
            best, position = parts, place
    family, given, further = (said(part) for part in [*best, "", "", ""][:3])
    return family, given, further


@lru_cache(maxsize=1 << 14)
def contacts(fields: tuple[str, ...], marks: Marks, codec: str) -> tuple[str | None, str | None]:
    """E-mail and telephone in fields of the type XTN: a number as a whole, or its parts, or an address."""
    email: str | None = None
    phone: str | None = None
    for field in filter(None, fields):
        for entry in field.split(marks.repeat):
            parts = [_text(part, marks, codec).strip() for part in entry.split(marks.component)]
            parts += [""] * (12 - len(parts))
            address = next((part for part in (parts[3], parts[0]) if "@" in part), None)
            if address:
                email = email or address
            elif parts[2].upper() not in _NO_VOICE:
                number = "".join(parts[4:7])
                phone = phone or said(parts[0]) or said(parts[11]) or (f"+{number}" if parts[4] else number)
    return email, phone or None


def _text(part: str, marks: Marks, codec: str) -> str:
    return unescaped(part, marks, lambda data: data.decode(codec))
