"""PID-3: the number by which a clinic knows a patient."""

from functools import lru_cache

from features.ingest import reason
from features.ingest.hl7v2.escape import CLEAR, Marks, unescaped
from features.ingest.reason import Unusable

RECORD_TYPES = ("MR", "PI", "PT", "MRN")  # of a clinic's own record numbers, the first is the best
# Numbers of insurances, passports, accounts, visits: never the id of a patient here.
_OTHER = frozenset({"NH", "PPN", "DL", "AN", "VN", "MA", "MC", "BC", "XX", "INN", "PASSPORT"})
_NATIONAL = frozenset({"SS", "SNILS", "NNRUS", "PEN", "NI", "USSSA", "PFR", "ПФР", "СНИЛС", "1.2.643.100.3"})
_LEAST = 1_001_998  # numbers of СНИЛС up to it have no checksum


@lru_cache(maxsize=1 << 14)
def patient_id(field: str, marks: Marks, authority: str | None) -> str:
    """The id of the patient that a field with identifiers (CX) names: the record number, with the name of
    who gave it in front, for two may give one number to two people.

    Args:
        authority: whose record numbers are patient ids as they are, and are preferred.

    Raises:
        Unusable: there is no number, or only a national one.
    """
    best, position, national = "", len(RECORD_TYPES) + 2, False
    for entry in field.split(marks.repeat):
        parts = [unescaped(part, marks).strip() for part in entry.split(marks.component)]
        parts += [""] * (6 - len(parts))
        number, kind = parts[0], parts[4].upper()
        if not number or number == CLEAR or kind in _OTHER:
            continue
        given = parts[3].split(marks.part)[:2] if marks.part else [parts[3]]
        if (
            kind in _NATIONAL
            or any(by.upper() in _NATIONAL for by in (*given, parts[5]))
            or snils(number, kind)
        ):
            national = True
            continue
        names = [name for name in given if name]
        ours = authority is not None and authority in names
        place = -1 if ours else _place(kind)
        if place < position:
            best, position = number if ours or not names else f"{names[0]}|{number}", place
    if not best:
        raise Unusable(reason.NATIONAL_NUMBER if national else reason.NO_RECORD_NUMBER)
    return best


def _place(kind: str) -> int:
    return RECORD_TYPES.index(kind) if kind in RECORD_TYPES else len(RECORD_TYPES) + bool(kind)


def snils(number: str, kind: str = "") -> bool:
    """Whether this is a СНИЛС: as it is written (112-233-445 95), or, where nothing says that it is a
    record number, eleven digits with the right checksum."""
    digits = number.replace("-", "").replace(" ", "")
    if len(digits) != 11 or not (digits.isdecimal() and digits.isascii()) or int(digits[:9]) <= _LEAST:
        return False
    if kind in RECORD_TYPES and digits == number:
        return False
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9])) % 101 % 100
    return total == int(digits[9:])
