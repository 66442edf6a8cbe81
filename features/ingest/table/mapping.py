"""The mapping file: which columns of which files say who, when, what, how much and in which unit.

Short forms are widened here, so that the rest of the code knows one form of each thing. A column is
named as the header names it.
"""

from collections.abc import Mapping as Dict
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

MISSING = ("",)
PERSON = (
    "family",
    "given",
    "patronymic",
    "name",
    "sex",
    "birth_date",
    "email",
    "phone",
    "language",
    "organisation",
)


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str | list) else value


def _under(name: str, value: Any) -> Any:
    return {name: value} if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """One column, or several whose cells are put together."""

    column: Names
    join: str = " "  # what comes between them
    first: bool = False  # not put together: the first of them that is not empty
    optional: bool = False  # the column may be absent, and its cell may be empty
    map: Dict[str, str] | None = None  # what is written → what it means


class When(Column):
    """A date or an instant, perhaps in two columns."""

    dates: Names | None = None
    zone: str | None = None


class Unit(_Strict):
    """A unit: the same for every row, or by a column."""

    const: str | None = None
    column: str | None = None
    optional: bool = False  # the column may be absent
    map: Dict[str, str] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.const is None) == (self.column is None):
            raise ValueError("say a unit (`unit: mmol/L`) or a column (`unit: {column: …}`)")
        return self


class Code(_Strict):
    """What was found: a code for every row, a column, a template, or a lookup in another table."""

    const: str | None = None
    column: str | None = None
    template: str | None = None  # such as LOINC//{test}
    vocabulary: str | None = None  # of the codes in `column`: LOINC, ICD10 …
    system: str | None = None  # the same as a FHIR system, or any name of a list that is the sender's own
    local: str | None = None  # the sender whose own codes `column` holds; see docs
    name: str | None = None  # with `local`: the column with the name of the test
    lookup: str | None = None  # a table of `lookups` in which `column` is looked up
    map: Dict[str, str] | None = None  # cell → code; a cell that is not there is quarantined

    @model_validator(mode="after")
    def _one(self) -> Self:
        ways = [w for w in (self.const, self.column, self.template) if w is not None]
        if len(ways) != 1 and not (self.local is not None and self.name is not None and not ways):
            raise ValueError("say one of: a code such as LOINC//4548-4, `column`, `template`")
        said = [self.vocabulary, self.system, self.local, self.lookup, self.map]
        if sum(way is not None for way in said) > 1:
            raise ValueError("say one of `vocabulary`, `system`, `local`, `lookup`, `map`")
        return self


Codes = Annotated[
    tuple[Annotated[Code, BeforeValidator(partial(_under, "const"))], ...],
    BeforeValidator(_listed),
    Field(min_length=1),
]
Of = Annotated[Column, BeforeValidator(_column)]
OfTime = Annotated[When, BeforeValidator(_column)]
OfUnit = Annotated[Unit, BeforeValidator(partial(_under, "const"))]


class Event(_Strict):
    """One event that a row gives, if it has a value, or if it needs none."""

    code: Codes  # the first that gives a code
    value: Of | None = None
    text: Of | None = None  # a coded answer beside the value; kept if it is a word of the closed list
    unit: OfUnit | None = None
    time: OfTime | None = None  # where it differs from that of the table
    static: bool = False  # a fact without a time


class Style(_Strict):
    """How cells are written. Said for all tables, or for one."""

    encoding: str | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Annotated[tuple[Literal[".", ","], ...], BeforeValidator(_listed)] | None = None
    thousands: str | None = None
    dates: Names | None = None
    zone: str | None = None
    shift_days: int | None = None  # added to every date: de-identified data sets lie in the future
    missing: Annotated[tuple[str, ...], BeforeValidator(_listed)] | None = None


class Table(Style):
    """One kind of table."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_ -]{0,30}$")]
    files: Names  # patterns: labs*.csv, results/**/*.xlsx
    sheet: str | None = None  # XLSX: its name or number, from 1; the first if left out
    header: Annotated[int, Field(ge=1, le=100)] = 1  # the row with the names of the columns
    patient: Of
    time: OfTime | None = None
    known_at: OfTime | None = None
    record: Of | None = None  # what names the record; left out: patient, time and code
    where: Dict[str, Names] | None = None  # column → cells; other rows are ignored
    events: tuple[Event, ...] = ()
    person: Dict[str, Of] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.events and not self.person:
            raise ValueError("say `events`, `person` or both: else the table gives nothing")
        for event in self.events:
            if not (event.static or event.time or self.time):
                raise ValueError("say `time`, for the table or for each of its events")
        if unknown := set(self.person or ()) - set(PERSON):
            raise ValueError(f"person: unknown {', '.join(sorted(unknown))}; there are {', '.join(PERSON)}")
        return self


class Lookup(_Strict):
    """A table from which codes are looked up, such as OMOP's concept table."""

    files: Names
    key: str
    code: str
    vocabulary: str
    vocabularies: Dict[str, str]  # as the table names them → as we do; others are left out
    delimiter: str | None = None


class Mapping(Style):
    """A whole mapping file."""

    tables: Annotated[tuple[Table, ...], Field(min_length=1)]
    lookups: Dict[str, Lookup] = {}
    ignore: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()  # files that are known and of no use

    @model_validator(mode="after")
    def _lookups(self) -> Self:
        for table in self.tables:
            for event in table.events:
                for code in event.code:
                    if code.lookup is not None and code.lookup not in self.lookups:
                        raise ValueError(f"there is no lookup “{code.lookup}”")
        return self
