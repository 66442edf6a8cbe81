"""Registers of names that the user provides: МКБ-10, ATC, LOINC, медицинские услуги; read, never shipped.

A CSV with a header, as the Ministry's register of dictionaries (НСИ) exports it (`MKB_CODE`,
`MKB_NAME`, semicolons), as LOINC and WHO publish theirs, or with the columns `code` and `name`.
"""

import csv
import gzip
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from features.error import Problem
from features.vocabulary import FORMS, icd10

# A column of codes says which vocabulary they are of; the last ones leave it open.
_CODES = {
    "mkb_code": "ICD10",
    "icd10": "ICD10",
    "loinc_num": "LOINC",
    "loinc": "LOINC",
    "atc_code": "ATC",
    "atc": "ATC",
    "s_code": "NMU",
    "code": "",
    "код": "",
}
_NAMES = ("mkb_name", "name_ru", "long_common_name", "atc_name", "name", "наименование", "название")
# Of what a column `code` may hold codes. МКБ-10 more narrowly than FORMS has it, which takes A10BA02 too.
_OPEN = {name: FORMS[name] for name in ("ATC", "LOINC", "NMU")} | {
    "ICD10": re.compile(r"[A-Z]\d\d(\.\d{1,2})?")
}
_LONG = 300  # characters; a longer name is cut


class RegisterError(Problem):
    """A file of names cannot be used; the message says why."""


def names(path: Path) -> dict[str, str]:
    """`VOCABULARY//CODE` → name, of one register.

    Raises:
        RegisterError: it is no such file, or its codes are of no vocabulary that is known here.
    """
    rows = _rows(path)
    header = {name.strip().lower(): name for name in rows[0]} if rows else {}
    code_column = next((header[name] for name in _CODES if name in header), None)
    name_column = next((header[name] for name in _NAMES if name in header), None)
    if code_column is None or name_column is None:
        raise RegisterError(f"{path.name}: expected a CSV with a column of codes and one of names: code,name")
    vocabulary = _CODES[code_column.strip().lower()] or _told([row[code_column] or "" for row in rows])
    if vocabulary is None:
        raise RegisterError(f"{path.name}: the codes are none of {', '.join(_OPEN)}")
    actual = header.get("actual")
    found: dict[str, str] = {}
    # What is no longer in use is named too, for old records; a name in use goes before it.
    for row in sorted(rows, key=lambda row: actual is not None and row[actual] == "1"):
        code, name = (row[code_column] or "").strip(), " ".join((row[name_column] or "").split())
        code = icd10(code)[0] if vocabulary == "ICD10" else code
        if name and FORMS[vocabulary].fullmatch(code):
            found[f"{vocabulary}//{code}"] = name[:_LONG]
    if not found:
        raise RegisterError(f"{path.name}: no row holds a code of {vocabulary} and its name")
    return found


def _told(codes: Sequence[str]) -> str | None:
    """The vocabulary whose form most of the codes have, if it is nearly all of them."""
    share = {
        v: sum(bool(form.fullmatch(code.strip())) for code in codes) / len(codes) for v, form in _OPEN.items()
    }
    best = max(_OPEN, key=lambda v: share[v])
    return best if share[best] > 0.8 else None


def _rows(path: Path) -> list[Mapping[str, str]]:
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise RegisterError(f"{path.name}: cannot be read as UTF-8 text ({type(error).__name__})") from None
    head = text.partition("\n")[0]
    mark = max(";,\t", key=head.count)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=mark))


def folder(path: Path) -> tuple[Path, ...]:
    """The registers in a folder; none if there is no such folder."""
    return tuple(sorted(p for p in path.glob("*") if p.name.lower().endswith((".csv", ".csv.gz", ".tsv"))))
