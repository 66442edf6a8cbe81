"""A table of the mapping with everything that its columns need, looked up once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from features.ingest.local_code import LocalCodes
from features.ingest.table import coding, moment, number
from features.ingest.table.coding import Lookup
from features.ingest.table.mapping import MISSING, Column, Event, Style, Table, When
from features.ingest.table.mapping import Mapping as Said


@dataclass(frozen=True)
class Context:
    """What a read gives to its tables.

    `subject`: patient id → `subject_id`; `named`: the patient id with the name of its source. `latest`:
    microseconds since 1970; what is later lies in the future. `zone`: of times that name none.
    """

    subject: Callable[[str], int]
    named: Callable[[str], str]
    latest: int
    zone: str
    lookups: Mapping[str, Lookup]
    local: LocalCodes


@dataclass(frozen=True)
class Plan:
    """One table, with the styles of the whole mapping where it says none of its own."""

    table: Table
    style: Style
    missing: frozenset[str]
    formats: tuple[str, ...]
    shift: int  # microseconds that are added to every date
    zone: str | None
    typed: bool = False  # the file holds dates as such, which come as ISO 8601

    @property
    def kind(self) -> str:
        """How the account calls its rows."""
        return f"table {self.table.name}"

    def number_style(self, column: Column) -> number.Style:
        """How numbers are written in a column."""
        return number.Style(
            self.style.decimal or (".",), self.style.thousands or "", self.missing, column.map or {}
        )

    def dates(self, when: When) -> tuple[str, ...]:
        """The formats of a column with dates."""
        return (*(when.dates or self.formats), *([moment.ISO] if self.typed else ()))

    def needed(self) -> dict[str, bool]:
        """Every column that is read → whether it may be absent."""
        table = self.table
        found: dict[str, bool] = {}

        def need(names: "list[str] | tuple[str, ...]", optional: bool) -> None:
            for name in names:
                found[name] = found.get(name, True) and optional

        need(table.patient.column, False)
        columns: list[Column | None] = [
            table.time,
            table.known_at,
            table.record,
            *(table.person or {}).values(),
        ]
        for event in table.events:
            columns += [event.value, event.text, event.time]
            unit = unit_column(event)
            need([unit] if unit else [], event.unit.optional if event.unit else True)
            several = len(event.code) > 1
            for code in event.code:
                need(coding.columns(code), several)
        for column in columns:
            if column:
                need(column.column, column.optional)
        need(list(table.where or ()), False)
        return found


def plans(mapping: Said) -> list[Plan]:
    """One a table, in the order in which they are tried."""
    return [_plan(mapping, table) for table in mapping.tables]


def _plan(mapping: Said, table: Table) -> Plan:
    def said(name: str) -> object:
        own = getattr(table, name)
        return getattr(mapping, name) if own is None else own

    style = Style.model_validate({name: said(name) for name in Style.model_fields})
    return Plan(
        table=table,
        style=style,
        missing=frozenset((*(style.missing or ()), *MISSING)),
        formats=style.dates or (moment.ISO,),
        shift=(style.shift_days or 0) * moment.DAY,
        zone=style.zone,
    )


def unit_column(event: Event) -> str | None:
    """The column with the unit, if there is one."""
    return event.unit.column if event.unit else None
