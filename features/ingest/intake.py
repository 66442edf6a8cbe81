"""What every reader fills: event rows by record, people, consents and the exact account."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import polars as pl

from features import schema
from features.ingest import ucum
from features.ingest.account import IGNORED, MAPPED, QUARANTINED, Account
from features.ingest.instant import DAY
from features.ingest.options import Options
from features.ingest.person import EPOCH, ConsentRecord, Person
from features.ingest.quarantine import Item, Place
from features.ingest.staging import Row, Staging, Version
from features.ingest.version import UPDATED, VERSION

UNREADABLE = "(unreadable)"
FLUSH = 100_000  # events
PEOPLE = 1_000

People = Callable[[Sequence[Person]], None]
Consents = Callable[[Sequence[ConsentRecord]], None]


class Intake:
    """Takes what readers make of records. Every item is counted where it is met (`meet`) and again where
    it is done with: mapped (`add`, `frame`, `mapped`), ignored (`skip`) or quarantined (`refuse`).

    Args:
        subject: patient id → `subject_id`, a 63-bit pseudonym.
        now: UTC, naive; what lies a day or more after it is in the future.
        keep: receives every quarantined item.
        namespace: which source the patient ids are of; two sources may give one id to two people.
        staging: where events go; without it they stay in `rows`, for a record that is read in memory.
    """

    def __init__(
        self,
        subject: Callable[[str], int],
        now: datetime,
        keep: Callable[[Item], None],
        *,
        namespace: str = "",
        options: Options | None = None,
        staging: Staging | None = None,
        people: People = lambda batch: None,
        consents: Consents = lambda batch: None,
    ) -> None:
        self.account = Account()
        self.options = options or Options()
        self.now = (now - EPOCH) // timedelta(microseconds=1)
        self.latest = self.now + DAY  # what is later lies in the future
        self.rows: list[Row] = []
        self.versions: list[Version] = []  # for each row: when changed, which record
        self._number = 0  # of the last record that gave events
        self._persons: list[Person] = []
        self._consents: list[ConsentRecord] = []
        self._source = ""
        self._keep = keep
        self._staging = staging
        self._to_people, self._to_consents = people, consents
        self._prefix = f"{namespace}|" if namespace else ""
        self.subject = lru_cache(maxsize=1 << 16)(lambda id: subject(self.named(id)))

    def named(self, patient_id: str) -> str:
        """The patient id with the name of its source in front, where there is one."""
        return f"{self._prefix}{patient_id}"

    def begin(self, source: str) -> None:
        """What comes from now on is of this `source`, the kind of feed."""
        if source != self._source:
            self._flush_rows()
        self._source = source

    def meet(self, kind: str, count: int = 1) -> None:
        """Count items where they are met, before anything is done with them."""
        self.account.read[kind] += count

    def put(self, rows: Sequence[Row], changed: int | None = None) -> None:
        """The events of one record, which together are one version of it; counts no item.

        A unit that is none of the known words is left out and counted.

        Args:
            changed: when the source last changed the record, in microseconds; None: it does not say.
        """
        if not rows:
            return
        self._number += 1
        for row in rows:
            unit = row[5]
            if unit is not None:
                kept = ucum.kept(unit)
                if kept == ucum.REFUSED:
                    kept = None
                    self.account.units_refused += 1
                if kept != unit:
                    row = (*row[:5], kept, *row[6:])
            self.rows.append(row)
        self.versions += [(changed, self._number)] * len(rows)

    def add(self, kind: str, rows: Sequence[Row], changed: int | None = None) -> None:
        """One item that was met, mapped to events; see `put`."""
        self.put(rows, changed)
        self.mapped(kind)

    def mapped(self, kind: str, count: int = 1) -> None:
        """Items that were met and became events, people or consents."""
        self.account.outcomes[(kind, MAPPED, "")] += count

    def frame(self, kind: str, events: pl.DataFrame, mapped: int) -> None:
        """Events of many items at once.

        Args:
            events: features.schema.EVENT without `source`, plus `updated` (when the source changed the
                record, or null) and `version` (from 1; the same for all events of one record).
            mapped: how many of the items that were met they are made of.
        """
        self.account.outcomes[(kind, MAPPED, "")] += mapped
        if not events.height:
            return
        events = self._units(events)
        base = self._number
        self._number += int(events.get_column(VERSION).max())  # type: ignore[arg-type]  # an integer column
        if self._staging:
            named = events.with_columns(pl.lit(self._source).alias("source"), pl.col(VERSION) + base)
            self._staging.frame(named.select(*schema.EVENT.names(), UPDATED, VERSION))
        self.account.events += events.height

    def _units(self, events: pl.DataFrame) -> pl.DataFrame:
        """The same with known units alone."""
        units = events.get_column("unit")
        found = units.unique().drop_nulls()
        kept = [ucum.kept(unit) for unit in found]
        known = [None if unit == ucum.REFUSED else unit for unit in kept]
        if known == found.to_list():
            return events
        refused = [unit for unit, kind in zip(found, kept, strict=True) if kind == ucum.REFUSED]
        self.account.units_refused += int(units.is_in(refused).sum())
        return events.with_columns(
            pl.col("unit").replace_strict(found, pl.Series(known, dtype=pl.String), return_dtype=pl.String)
        )

    def skip(self, kind: str, why: str, count: int = 1) -> None:
        """Items that were met, understood, and are of no use here."""
        self.account.outcomes[(kind, IGNORED, why)] += count

    def refuse(self, place: Place, kind: str, id: str | None, why: str, raw: Any) -> None:
        """One item that was met and not understood; it is kept with the reason."""
        self.account.outcomes[(kind, QUARANTINED, why)] += 1
        self._keep(Item(place, kind, id, why, raw))

    def person(self, person: Person) -> None:
        """Who somebody is: for the clinic alone."""
        self._persons.append(person)

    def consent(self, consent: ConsentRecord) -> None:
        """What somebody agreed to."""
        self._consents.append(consent)

    def flush(self, whole: bool = False) -> None:
        """Hand on what has gathered, if it is much or `whole` is wanted."""
        if self._staging is None:
            return
        if len(self.rows) > (0 if whole else FLUSH):
            self._flush_rows()
        if len(self._persons) > (0 if whole else PEOPLE):
            self.account.persons += len(self._persons)
            self._to_people(tuple(self._persons))
            self._persons.clear()
        if len(self._consents) > (0 if whole else PEOPLE):
            self.account.consents += len(self._consents)
            self._to_consents(tuple(self._consents))
            self._consents.clear()

    def _flush_rows(self) -> None:
        if self._staging and self.rows:
            self._staging.rows(self.rows, self.versions, self._source)
            self.account.events += len(self.rows)
            self.rows.clear()
            self.versions.clear()


def opaque(*parts: object) -> str:
    """64 bits that stand for `parts`; with a subject among them nobody can tell them without its key."""
    return blake2b("|".join(map(str, parts)).encode(), digest_size=8).hexdigest()


def record(kind: str, id: str, subject: int) -> str:
    """The `source_id` of a record; its own id may say who the patient is."""
    return f"{kind}/{opaque(kind, id, subject)}"
