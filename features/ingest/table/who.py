"""The columns that say who a patient is: for the clinic; sex and birth date are events too."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from features.ingest import reason
from features.ingest.instant import EARLIEST
from features.ingest.person import EPOCH, Person
from features.ingest.reason import Unusable
from features.ingest.table import moment

SEXES = {
    **dict.fromkeys(("f", "female", "ж", "жен", "жен.", "женский", "женщина"), "F"),
    **dict.fromkeys(("m", "male", "м", "муж", "муж.", "мужской", "мужчина"), "M"),
}
UNSAID = frozenset({"u", "unknown", "other", "o", "неизвестно", "не указан"})
_PARTS = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?")  # OMOP has them in columns of their own
_TEXTS = ("family", "given", "patronymic", "email", "phone", "language", "organisation")


def person(
    cells: Mapping[str, str | None],
    subject: int,
    patient_id: str,
    formats: Sequence[str],
    sexes: Mapping[str, str] | None,
    shift: int,
    latest: int,
) -> Person:
    """One person of the cells of the mapping's `person` columns.

    Args:
        sexes: what the mapping says that a cell with the sex means.
        shift: microseconds that are added to every date.
        latest: later is in the future.

    Raises:
        Unusable: the birth date cannot be used, or the sex is none that the mapping knows.
    """
    said = {name: (cells.get(name) or "").strip() or None for name in _TEXTS}
    if (whole := (cells.get("name") or "").split()) and not said["family"]:
        said["family"] = whole[0]
        said["given"] = said["given"] or (whole[1] if len(whole) > 1 else None)
        said["patronymic"] = said["patronymic"] or " ".join(whole[2:]) or None
    return Person(
        subject_id=subject,
        patient_id=patient_id,
        family=said["family"],
        given=said["given"],
        patronymic=said["patronymic"],
        sex=_sex(cells.get("sex"), sexes),
        birth_date=_born(cells.get("birth_date"), formats, shift, latest),
        email=said["email"],
        phone=said["phone"],
        language=said["language"],
        organisation=said["organisation"],
        deceased=False,
    )


def _sex(cell: str | None, sexes: Mapping[str, str] | None) -> str | None:
    word = (cell or "").strip()
    if not word:
        return None
    if sexes is not None and word in sexes:
        word = sexes[word]
    if word.casefold() in SEXES:
        return SEXES[word.casefold()]
    if not word or word.casefold() in UNSAID:
        return None
    raise Unusable(reason.ROW_ENTRY)


def _born(cell: str | None, formats: Sequence[str], shift: int, latest: int) -> date | None:
    """Of a month the 15th, of a year 1 July: the middle errs least."""
    text = (cell or "").strip().rstrip("-")
    if not text:
        return None
    if parts := _PARTS.fullmatch(text):
        year, month, day = parts.groups()
        text = f"{year}-{month or '7':0>2}-{day or ('15' if month else '1'):0>2}"
        formats = (moment.ISO,)
    found = moment.one(text, formats)
    if found is None or not EARLIEST <= found + shift <= latest:
        raise Unusable(reason.ROW_BIRTH)
    return (EPOCH + timedelta(microseconds=found + shift)).date()
