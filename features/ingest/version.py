"""Which versions of a record are new, and from when on each of them counts.

A record is (subject_id, source, source_id); a version is what one resource or feed row made of it. Two
versions that say to have been known at the same instant cannot both hold: the one that came later is a
correction, known when the source says that it was changed, or else now. What says the same as a version
that is there already is no new one, so that reading twice is reading once.

Feeds of `STATED` say of each version whether it is final: `known_at` has whole milliseconds for a preliminary
one and some microseconds beyond them for every other. A preliminary version that says to be later than one that
is not, or than a withdrawal, is no version: it came late.
"""

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from features import schema

UPDATED, VERSION = "updated", "version"  # columns of staged events beside those of the store
UNDATED = "date unknown"  # text_value of a death without a date: the day of reading stands for it
ALWAYS = -(2**62)  # known from the start
STATED = ("hl7v2",)
MILLI = 1_000  # microseconds
AGAIN = 500  # microseconds beyond a whole millisecond at which a version is said once more
_DAY_END = 86_399
_RECORD = pl.struct("subject_id", "source", "source_id").hash(1)


def settle(stored: pl.DataFrame, staged: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The staged events that are new, with the `known_at` that they get.

    Args:
        stored: events of one shard of the store.
        staged: events of the same shard with `updated` (when the source changed the record; null: not
            said) and `version` (a number for each resource, in the order in which they came).
        now: UTC, naive: when an undated correction became known.
    """
    if not staged.height:
        return staged.select(schema.EVENT.names())
    new = _versions(staged.with_columns(record=_RECORD), VERSION, now)
    known = stored.with_columns(record=_RECORD).join(new.select("record").unique(), on="record", how="semi")
    old = _versions(known, "known", now)
    exact = ["record", "known", "content", "gone"]
    new = new.unique(exact, keep="first", maintain_order=True)
    fresh = pl.concat(
        [new.join(old, on=exact, how="anti"), new.filter(pl.col("known") == ALWAYS)]  # these may come back
    ).unique(VERSION, maintain_order=True)
    several = _several(fresh, old)
    apart = fresh.join(several, on="record", how="anti").select(VERSION, "known")
    together = fresh.join(several, on="record", how="semi")
    placed = _placed(together, old.join(several, on="record", how="semi"), now)
    kept = pl.concat([apart, pl.DataFrame(placed, schema=apart.schema, orient="row")])
    return (
        staged.join(kept, on=VERSION, how="inner", maintain_order="left")
        .with_columns(
            known_at=pl.when(pl.col("known") != ALWAYS).then(pl.col("known").cast(schema.INSTANT)),
        )
        .select(schema.EVENT.names())
    )


def _versions(rows: pl.DataFrame, by: str, now: datetime) -> pl.DataFrame:
    """One row a version: record, known, updated, content (a hash of what it says), days (the same but
    for the time of day), whole_day (its time is only a date), gone (a withdrawal)."""
    time = pl.col("time")
    if UPDATED not in rows.columns:
        rows = rows.with_columns(pl.lit(None, schema.INSTANT).alias(UPDATED))
    undated = (pl.col("code") == schema.DEATH) & (pl.col("text_value") == UNDATED).fill_null(False)
    when = pl.when(~undated).then(time)
    says = ("code", "numeric_value", "text_value", "unit")
    # 44 bits of each row: a million of them can be added without an overflow.
    table = rows.with_columns(
        known=pl.col("known_at").cast(pl.Int64).fill_null(ALWAYS),
        exact=pl.struct(when, *says).hash(2) // (1 << 20),
        days=pl.struct(when.cast(pl.Date), *says).hash(3) // (1 << 20),
        gone=pl.col("code") == schema.WITHDRAWN,
        stated=pl.col("source").is_in(STATED),
        whole_day=(time == now) | ((time.cast(pl.Int64) // 1_000_000) % 86_400 == _DAY_END),
    )
    keys = [by] if by == VERSION else ["record", "known", "gone"]
    return (
        table.unique([*keys, "exact"], maintain_order=True)
        .group_by(keys, maintain_order=True)
        .agg(
            *(pl.col(name).first() for name in ("record", "known", "gone") if name not in keys),
            pl.col("stated").first(),
            pl.col(UPDATED).first().cast(pl.Int64),
            pl.col("exact").sum().alias("content"),
            pl.col("days").sum(),
            pl.col("whole_day").any().fill_null(False),
        )
        .select(*keys, *(n for n in _NAMES if n not in keys))
    )


_NAMES = ("record", "known", "gone", UPDATED, "content", "days", "whole_day", "stated")


def _several(fresh: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """Records that have another version than one that came now: few, for corrections are rare."""
    versions = pl.concat([fresh.select("record", "content"), old.select("record", "content")])
    counted = versions.group_by("record").len().filter(pl.col("len") > 1)
    return counted.select("record").join(fresh.select("record").unique(), on="record", how="semi")


def _placed(new: pl.DataFrame, old: pl.DataFrame, now: datetime) -> list[tuple[int, int]]:
    """`(version, known)` of the versions that are kept."""
    moment = pl.Series([now], dtype=schema.INSTANT).to_physical()[0]
    records: dict[int, _Record] = {}
    for record, known, gone, content, days in old.select(
        "record", "known", "gone", "content", "days"
    ).iter_rows():
        records.setdefault(record, _Record()).keep(known, gone, content, days)
    order = new.sort("gone", "known", UPDATED, VERSION, nulls_last=False)
    names = (VERSION, *_NAMES)
    placed = []
    ends = order.filter("gone", "stated", pl.col("known") == pl.col(UPDATED)).select("record", "known")
    for record, known in ends.iter_rows():
        records.setdefault(record, _Record()).ends.add(known)
    for version, record, known, gone, updated, content, days, whole_day, stated in order.select(
        names
    ).iter_rows():
        held = records.setdefault(record, _Record())
        if stated and held.late(known):
            continue
        if gone:
            place = held.withdraw(known, known == updated)
        else:
            place = held.place(known, updated, content, days if whole_day else None, moment, stated)
        if place is not None:
            held.keep(place, gone, content, days)
            placed.append((version, place))
            again = held.again(place) if stated else None
            if again is not None:
                held.keep(again, gone, content, days)
                placed.append((version, again))
    return placed


class _Record:
    """The versions of one record, by when they became known."""

    def __init__(self) -> None:
        self.content: dict[int, int] = {}
        self.days: set[tuple[int, int]] = set()  # day known, what it says by days
        self.gone: set[int] = set()
        self.ends: set[int] = set()  # withdrawals that are still to be placed

    def keep(self, known: int, gone: bool, content: int, days: int) -> None:
        if gone:
            self.gone.add(known)
        else:
            self.content[known] = content
            self.days.add((_day(known), days))

    def withdraw(self, known: int, dated: bool) -> int | None:
        """When a withdrawal counts; None if it does already. Without a date of its own it takes back
        the latest version, whenever that became known."""
        if not dated:
            known = max([known, *self.content])
        return None if known in self.gone else known

    def late(self, known: int) -> bool:
        """Whether a preliminary version comes after one that is not; see the module."""
        if known == ALWAYS or known % MILLI:
            return False
        return any(
            said < known and said != ALWAYS and said % MILLI
            for said in (*self.content, *self.gone, *self.ends)
        )

    def again(self, place: int) -> int | None:
        """Where a version that is not preliminary is said once more: after the preliminary ones that say to
        be later but came before it, which so do not stand. None if there are none, or if another that is
        not preliminary is later."""
        said = (*self.content, *self.gone)
        later = [instant for instant in said if instant > place and not instant % MILLI]
        if not place % MILLI or not later or any(i > place and 0 < i % MILLI < AGAIN for i in said):
            return None
        found = max(later) + AGAIN
        while found in self.content or found in self.gone:
            found += 1
        return found

    def place(
        self, known: int, updated: int | None, content: int, days: int | None, now: int, stated: bool
    ) -> int | None:
        """When a version counts; None if it says nothing new."""
        if not self.content:
            return known
        latest = max(self.content)
        if known == ALWAYS and updated and updated > latest and content != self.content[latest]:
            return updated  # back to what was said before
        if content in _from(known, self.content):
            return None
        if days is not None and (_day(known), days) in self.days:
            return None  # read again on the day itself, when "that day" ended at the time of reading
        before = [instant for instant in self.content if instant < known]
        again = known == updated and before and self.content[max(before)] == content
        if again and not (stated and known % MILLI and not max(before) % MILLI):
            return None  # exported again with a new stamp, and not now final
        if known not in self.content:
            return known
        place = max(known, updated or now)
        while place in self.content or place in self.gone:
            place += MILLI if stated else 1
        return place


def _from(known: int, content: dict[int, int]) -> Iterable[int]:
    return (said for instant, said in content.items() if instant >= known)


def _day(known: int) -> int:
    return known // 86_400_000_000
