"""What one entry of `events` makes of the rows of a batch."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from features import schema
from features.dictionary import NAMES
from features.ingest import reason
from features.ingest.table import number, times
from features.ingest.table.cells import Cells, Flags, Verdict, joined
from features.ingest.table.coding import coder
from features.ingest.table.coding import columns as code_columns
from features.ingest.table.mapping import Code, Event
from features.ingest.table.moment import NONE
from features.ingest.table.plan import Context, Plan, unit_column
from features.ingest.table.times import Micros
from features.ingest.version import UPDATED, VERSION


@dataclass(frozen=True)
class Part:
    """What one entry of `events` made of the rows."""

    present: Flags
    code: Cells
    number: pl.Series
    text: pl.Series
    unit: pl.Series
    time: Micros | None
    begin: Micros | None  # of the time as it is written: the same whenever the row is read
    known: Micros | None
    apart: bool  # its time is not that of the row, so that it is a record of its own

    def frame(self, subject: Micros, names: pl.Series, good: Flags, versions: Micros) -> pl.DataFrame:
        """The events of the good rows."""
        keep = self.present & good
        rows = np.flatnonzero(keep)
        whole = len(rows) == len(keep)

        def cut(column: pl.Series) -> pl.Series:
            return column if whole else column.gather(pl.Series(rows, dtype=pl.UInt32))

        def instants(times: Micros | None) -> pl.Series:
            if times is None:
                return pl.Series([None], dtype=schema.INSTANT).new_from_index(0, len(rows))
            found = pl.Series(times if whole else times[rows], dtype=pl.Int64)
            return (
                found.replace(NONE, None).cast(schema.INSTANT)
                if (found == NONE).any()
                else found.cast(schema.INSTANT)
            )

        return pl.DataFrame(
            {
                "subject_id": pl.Series(subject if whole else subject[rows], dtype=pl.Int64),
                "time": instants(self.time),
                "code": cut(self.code.to_texts()),
                "numeric_value": cut(self.number).cast(pl.Float32),
                "text_value": cut(self.text),
                "unit": cut(self.unit),
                "known_at": instants(self.known),
                "source_id": cut(names),
                UPDATED: pl.Series([None], dtype=schema.INSTANT).new_from_index(0, len(rows)),
                VERSION: pl.Series(versions[rows], dtype=pl.Int64),
            }
        )


def part(
    frame: pl.DataFrame,
    event: Event,
    plan: Plan,
    context: Context,
    verdict: Verdict,
    own: Micros | None,
    begin: Micros | None,
    stated: Micros | None,
) -> Part:
    size = frame.height
    present = np.ones(size, np.bool_)
    figures = pl.Series([None], dtype=pl.Float64).new_from_index(0, size)
    words: pl.Series | None = None
    if event.value:
        found = number.numbers(joined(frame, event.value), plan.number_style(event.value))
        verdict.bad(found.state == number.BAD, reason.ROW_NUMBER)
        verdict.bad(found.state == number.UNKNOWN, reason.ROW_ENTRY)
        figures, words = found.number, found.text
        if not event.value.optional:
            present = found.state != number.EMPTY
    time = own
    if event.static:
        time = begin = None
    elif event.time:
        found_times = times.moments(frame, event.time, plan, context, verdict, needed=False)
        time, begin = found_times.settled(context.latest, stated), found_times.begin
        present = present & (time != NONE)
    code = _codes(frame, event, plan, context, verdict, present)
    answers = _answers(frame, event, plan)
    if words is None:
        named = event.value is None and answers is None
        words = code.map(NAMES.get).to_texts() if named else answers
    elif answers is not None:
        words = words.zip_with(words.is_not_null(), answers)
    if words is None:
        words = pl.Series([None], dtype=pl.String).new_from_index(0, size)
    known = stated if stated is not None else time
    if known is not None and time is not None and stated is not None:
        known = np.where(stated == NONE, time, stated)
    return Part(
        present, code, figures, words, _units(frame, event, plan), time, begin, known, time is not own
    )


def _codes(
    frame: pl.DataFrame, event: Event, plan: Plan, context: Context, verdict: Verdict, present: Flags
) -> Cells:
    """The event code of each row: by the first way that gives one."""
    best: Cells | None = None
    trouble: Cells | None = None
    for way in event.code:
        found, why = _coded(frame, way, event, plan, context)
        best = found if best is None else best.filled(found)
        trouble = why if trouble is None else trouble.filled(why)
    if best is None or trouble is None:
        raise AssertionError("a mapping has at least one way of coding")
    missing = best.empty & present
    if missing.any():
        for said in (reason.ROW_ENTRY, reason.LOCAL_UNKNOWN):
            verdict.bad(missing & trouble.equal(said), said)
        verdict.bad(missing, reason.NO_CODE)
    return best


def _coded(frame: pl.DataFrame, way: Code, event: Event, plan: Plan, context: Context) -> tuple[Cells, Cells]:
    names = code_columns(way)
    if any(name not in frame.columns for name in names):
        return Cells.all(None, frame.height), Cells.all(None, frame.height)
    unit = unit_column(event) if way.local is not None else None
    make = coder(way, unit, context.lookups, context.local)
    if not names:
        return Cells.all(make((), frame.height)[0], frame.height), Cells.all(None, frame.height)
    columns = [Cells.of(frame.get_column(n), plan.missing) for n in [*names, *([unit] if unit else [])]]
    return Cells.by(columns, make)


def _answers(frame: pl.DataFrame, event: Event, plan: Plan) -> pl.Series | None:
    """Coded answers; what is no word of the closed list is left out."""
    if event.text is None or any(name not in frame.columns for name in event.text.column):
        return None
    meanings = event.text.map or {}

    def answer(cell: str | None) -> str | None:
        word = meanings.get(cell or "", cell or "")
        return number.answer(word)

    return Cells.of(joined(frame, event.text).cast(pl.String), plan.missing).map(answer).to_texts()


def _units(frame: pl.DataFrame, event: Event, plan: Plan) -> pl.Series:
    if event.unit is None or (event.unit.column is not None and event.unit.column not in frame.columns):
        return pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    if event.unit.const is not None:
        return pl.Series([event.unit.const], dtype=pl.String).new_from_index(0, frame.height)
    meanings = event.unit.map or {}
    cells = Cells.of(frame.get_column(event.unit.column or ""), plan.missing)
    return cells.map(lambda cell: meanings.get(cell, cell) if cell else None).to_texts()
