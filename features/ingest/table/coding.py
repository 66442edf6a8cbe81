"""Cells that say what was found → event codes, each different cell once.

As everywhere, a code leaves here as it is only in the form that its vocabulary gives it, else as a hash.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from features import codes, schema
from features.codes import VOCABULARIES, CodeGroup
from features.ingest import reason
from features.ingest.concept import OTHER, coded, hashed
from features.ingest.local_code import LocalCodes
from features.ingest.table.mapping import Code
from features.vocabulary import FORMS

Found = tuple[str | None, str | None]  # the event code, or why there is none; neither: the cell is empty
Coder = Callable[[Sequence[str | None], int], Found]  # cells, in how many rows they are
Lookup = Callable[[str], str | None]

SYSTEMS = {name: system for system, name in reversed(VOCABULARIES.items())}
FACTS = {
    schema.BIRTH: schema.BIRTH,
    schema.DEATH: schema.DEATH,
    **{
        f"{head}//{word}": sex
        for sex, words in ((schema.FEMALE, ("F", "FEMALE")), (schema.MALE, ("M", "MALE")))
        for head in ("SEX", "GENDER")
        for word in words
    },
}
_MEDS_ICD = re.compile(r"(?:DIAGNOSIS//)?ICD(?:10CM)?//(?:10//)?([A-Z]\w{2,7})", re.ASCII)
_FIELD = re.compile(r"\{([^{}]*)\}")


@cache
def ours() -> frozenset[str]:
    """Codes that features use by name and that are in no vocabulary of others."""
    groups = [g for g in vars(codes).values() if isinstance(g, CodeGroup)]
    return frozenset(c for g in groups for c in g.codes if not c.endswith("*"))


def event_code(text: str) -> str:
    """The event code that `VOCABULARY//CODE` stands for; a hash where we do not know it."""
    text = text.strip()
    if text.upper() in FACTS:
        return FACTS[text.upper()]
    if text in ours():
        return text
    if match := _MEDS_ICD.fullmatch(text):
        bare = match[1]
        return coded(SYSTEMS["ICD10CM"], bare if len(bare) == 3 else f"{bare[:3]}.{bare[3:]}")[1]
    name, mark, code = text.partition("//")
    if mark and name in SYSTEMS:
        return coded(SYSTEMS[name], code)[1]
    return f"{OTHER}//{hashed(name if mark else None, code or text)}"


def mistake(text: str) -> str | None:
    """What is wrong with a code that the mapping itself says; None if nothing is."""
    if text.upper() in FACTS or text in ours():
        return None
    name, mark, code = text.partition("//")
    if not mark or not code:
        return f"“{text}” is no code: write VOCABULARY//CODE, such as LOINC//4548-4"
    if name not in SYSTEMS:
        return f"unknown vocabulary “{name}”; there are {', '.join(sorted(SYSTEMS))}"
    if name in FORMS and not FORMS[name].fullmatch(code):
        return f"“{code}” has not the form of {name}"
    return None


def columns(code: Code) -> list[str]:
    """The columns that a way of coding reads, in the order in which `coder` takes their cells."""
    if code.template is not None:
        return list(dict.fromkeys(_FIELD.findall(code.template)))
    return [name for name in (code.column, code.name) if name is not None]


def coder(code: Code, unit: str | None, lookups: Mapping[str, Lookup], local: LocalCodes) -> Coder:
    """What makes an event code of the cells of `columns(code)`; the cell of the column `unit` comes last,
    where there is one."""
    if code.const is not None:
        fixed = event_code(code.const)
        return lambda cells, rows: (fixed, None)
    if code.template is not None:
        fields, template = columns(code), code.template
        return lambda cells, rows: _filled(template, dict(zip(fields, cells, strict=False)))
    if code.local is not None:
        return _local(code, unit, local)
    if code.map is not None:
        meanings = code.map
        return lambda cells, rows: _mapped(cells[0], meanings)
    if code.lookup is not None:
        find = lookups[code.lookup]
        return lambda cells, rows: (find(cells[0]) if cells[0] else None, None)
    if code.vocabulary is not None or code.system is not None:
        system = SYSTEMS.get(code.vocabulary or "", code.vocabulary) or code.system
        return lambda cells, rows: (coded(system, cells[0])[1] or None if cells[0] else None, None)
    return lambda cells, rows: (event_code(cells[0]) if cells[0] else None, None)


def _filled(template: str, cells: Mapping[str, str | None]) -> Found:
    if not all(cells.values()):
        return None, None
    return event_code(_FIELD.sub(lambda match: cells[match[1]] or "", template)), None


def _mapped(cell: str | None, meanings: Mapping[str, str]) -> Found:
    if cell is None:
        return None, None
    if cell not in meanings:
        return None, reason.ROW_ENTRY
    return (event_code(meanings[cell]) if meanings[cell] else None), None


def _local(code: Code, unit: str | None, local: LocalCodes) -> Coder:
    sender = code.local
    columns = (code.column, code.name, unit)

    def find(cells: Sequence[str | None], rows: int) -> Found:
        given = iter(cells)
        what, name, measured = (next(given, None) if column is not None else None for column in columns)
        if not what and not name:
            return None, None
        found = local.find(sender, what, name, measured, rows)
        return found, None if found else reason.LOCAL_UNKNOWN

    return find
