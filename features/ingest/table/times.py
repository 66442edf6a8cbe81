"""When things happened and when they were known: the date columns of a batch as UTC."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from features.ingest import reason
from features.ingest.instant import EARLIEST
from features.ingest.table.cells import Flags, Verdict, joined
from features.ingest.table.clock import utc
from features.ingest.table.mapping import When
from features.ingest.table.moment import DAY, NONE, parsed
from features.ingest.table.plan import Context, Plan

_HOUR = 3_600_000_000
_END = DAY - 1_000_000  # 23:59:59
Micros = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Begin and end of what a column of dates says, in UTC; the same but for dates without a time."""

    begin: Micros
    end: Micros

    def settled(self, latest: int, stated: "Micros | None") -> Micros:
        """When it was surely over, but no later than now, nor than it was written down."""
        if self.begin is self.end:
            return self.begin
        bound = np.minimum(self.end, latest - DAY)
        if stated is not None:
            bound = np.where(stated >= self.begin, np.minimum(bound, stated), bound)
        found: Micros = np.where(self.begin == self.end, self.begin, np.maximum(bound, self.begin))
        return found


def moments(
    frame: pl.DataFrame, when: When, plan: Plan, context: Context, verdict: Verdict, needed: bool
) -> Moments:
    """The dates of a column; marks the rows whose date cannot be used."""
    cells = joined(frame, when)
    zone = when.zone or plan.zone or context.zone
    if cells.dtype.is_temporal():
        local, whole, aware, zone = _typed(cells, zone)
        absent = local == NONE
    else:
        texts = cells.cast(pl.String)
        found = parsed(texts, plan.dates(when))
        local, whole, aware = found.local, found.whole, found.aware
        absent = local == NONE
        if absent.any():
            rest = texts.filter(pl.Series(absent)).fill_null("").str.strip_chars()
            unread = np.zeros(len(local), np.bool_)
            unread[absent] = ~rest.is_in(list(plan.missing)).to_numpy()
            verdict.bad(unread, reason.ROW_DATE)
    if needed and not when.optional:
        verdict.bad(absent, reason.ROW_TIME)
    if plan.shift:
        local = np.where(absent, local, local + plan.shift)
    begin = utc(local, aware, zone)
    if (skipped := whole & (begin == NONE) & ~absent).any():  # a day whose midnight the clocks left out
        begin = np.where(skipped, utc(np.where(skipped, local + _HOUR, local), aware, zone), begin)
    verdict.bad((begin == NONE) & ~absent, reason.ROW_CLOCK)
    end = begin
    if whole.any():
        last = utc(np.where(absent, local, local + _END), aware, zone)
        end = np.where(whole & ~absent, last, begin)
    verdict.bad((begin < EARLIEST) & (begin != NONE), reason.TOO_OLD)
    verdict.bad(begin > context.latest, reason.FUTURE)
    return Moments(begin, end)


def _typed(cells: pl.Series, zone: str) -> tuple[Micros, Flags, Flags, str]:
    whole = np.full(len(cells), cells.dtype == pl.Date)
    named = getattr(cells.dtype, "time_zone", None) is not None
    if named:
        cells = cells.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    local = cells.cast(pl.Datetime("us")).to_physical().fill_null(NONE).to_numpy()
    return local, whole, np.zeros(len(cells), np.bool_), "UTC" if named else zone


def times(
    frame: pl.DataFrame, plan: Plan, context: Context, verdict: Verdict
) -> tuple[Micros | None, Micros | None, Micros | None]:
    """`(known_at, time, begin)` of the rows, where `begin` is that of the time as it is written; None: the
    table does not say."""
    table, stated, own, begin = plan.table, None, None, None
    if table.known_at:
        found = moments(frame, table.known_at, plan, context, verdict, needed=False)
        stated = found.settled(context.latest, None)
    if table.time:
        found = moments(frame, table.time, plan, context, verdict, needed=bool(table.events))
        own, begin = found.settled(context.latest, stated), found.begin
    return stated, own, begin
