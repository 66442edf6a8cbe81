"""A dry run: the first mapped rows as events, and what would be kept aside, without writing anything."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from features import schema
from features.ingest.account import Account
from features.ingest.intake import Intake
from features.ingest.options import Options
from features.ingest.quarantine import Item
from features.ingest.source import files
from features.ingest.table.reader import Tables
from features.ingest.version import UPDATED, VERSION
from features.ingest.walk import Walk

ROWS, EXAMPLES = 10, 10


@dataclass(frozen=True)
class Bad:
    """A row that would be kept aside. `file` may hold a name: for the screen of the owner of the data."""

    file: str
    line: int | None
    kind: str
    why: str


@dataclass(frozen=True)
class Sample:
    """`events`: of the first mapped rows; `bad`: the first rows that would be kept aside, of each reason."""

    events: pl.DataFrame
    bad: list[Bad]
    account: Account


class _Rehearsal(Intake):
    """Keeps the first events in memory, and drops the rest."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]  # handed on as they are
        self.first: list[pl.DataFrame] = []
        self._left = ROWS

    def frame(self, kind: str, events: pl.DataFrame, mapped: int) -> None:
        super().frame(kind, events, mapped)
        if not self._left or not events.height:
            return
        people = pl.col("code").is_in([schema.BIRTH, schema.FEMALE, schema.MALE])
        versions = events.filter(~people).get_column(VERSION).unique().sort().head(self._left)
        self._left -= len(versions)
        last = versions[-1] if len(versions) else ROWS
        rows = events.filter(pl.col(VERSION) <= last).sort(VERSION)
        if rows.height:
            self.first.append(rows.drop(UPDATED, VERSION).with_columns(pl.lit(kind).alias("source")))

    def person(self, person: object) -> None:
        """People are not shown."""


def sample(inputs: Path, options: Options, subject: Callable[[str], int], now: datetime) -> Sample:
    """Read all tables at `inputs` as a read would, and write nothing.

    Args:
        options: with the tables' mapping.
        subject: patient id → a pseudonym, which need not be the one of the store.
        now: UTC, naive.
    """
    bad: dict[tuple[str, str], list[Bad]] = {}

    def keep(item: Item) -> None:
        held = bad.setdefault((item.type, item.reason), [])
        if len(held) < EXAMPLES:
            file, member, line, _ = item.place
            held.append(Bad(member or Path(file).name, line, item.type, item.reason))

    intake = _Rehearsal(subject, now, keep, options=options)
    walk = Walk(intake, [Tables(intake)])
    for path, trouble in files(inputs):
        walk.file(path, str(path.absolute()), trouble, lambda count: None)
    walk.finish()
    events = pl.concat(intake.first) if intake.first else pl.DataFrame()
    return Sample(events, [one for several in bad.values() for one in several], intake.account)
