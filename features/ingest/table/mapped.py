"""A batch of rows → events, people, and why each of the other rows gave none.

A row counts as a whole: if one cell that the mapping names cannot be used, the row is kept aside, so that
it can be mended and read again. Where the mapping names a row's record, its events are one version of it; else
each is a record of its own.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from features import schema
from features.ingest import reason
from features.ingest.person import Person
from features.ingest.table import digest, people
from features.ingest.table.batch import Batch
from features.ingest.table.believable import judge
from features.ingest.table.cells import Cells, Flags, Verdict, joined
from features.ingest.table.part import Part, part
from features.ingest.table.plan import Context, Plan
from features.ingest.table.text import LOST
from features.ingest.table.times import Micros, times
from features.ingest.version import UPDATED, VERSION


@dataclass
class Mapped:
    """What a batch gave: read = mapped + ignored + bad, by rows."""

    events: pl.DataFrame  # as Intake.frame takes them
    mapped: int
    ignored: Counter[str]
    bad: list[tuple[int, str]]  # row of the batch, why
    persons: list[Person] = field(default_factory=list)


def mapped(batch: Batch, plan: Plan, context: Context) -> Mapped:
    """Map the rows of one batch."""
    frame = batch.frame
    verdict = Verdict(frame.height)
    _leave_out(batch, plan, verdict)
    patient = Cells.of(joined(frame, plan.table.patient), plan.missing)
    verdict.bad(patient.empty, reason.ROW_PATIENT)
    subject = patient.to_numbers(lambda cell: context.subject(cell) if cell else 0)
    stated, own, begin = times(frame, plan, context, verdict)
    parts = [part(frame, event, plan, context, verdict, own, begin, stated) for event in plan.table.events]
    judge(parts, verdict)
    gives = np.zeros(frame.height, np.bool_)
    for one in parts:
        gives |= one.present
    who = people.read(frame, plan, context, patient, subject, verdict)
    gives |= who.said
    verdict.ignore(~gives, reason.NOTHING_MEASURED)
    events = []
    # Each record of a row is a version of its own: the row's, those named for themselves, the person's.
    versions = np.arange(frame.height, dtype=np.int64) * (len(parts) + 2) + 1
    for number, (one, (names, alone)) in enumerate(
        zip(parts, _names(frame, plan, subject, parts), strict=True), 1
    ):
        events.append(one.frame(subject, _texts(names), verdict.good, versions + number * alone))
    events += who.events(verdict.good, versions + len(parts) + 1)
    return Mapped(
        events=pl.concat(events) if events else _NOTHING,
        mapped=int(verdict.good.sum()),
        ignored=verdict.ignored(),
        bad=verdict.refused(),
        persons=who.persons(verdict.good),
    )


_NOTHING = pl.DataFrame(
    schema={
        **{name: dtype for name, dtype in schema.EVENT.items() if name != "source"},
        UPDATED: schema.INSTANT,
        VERSION: pl.Int64(),
    }
)


def _leave_out(batch: Batch, plan: Plan, verdict: Verdict) -> None:
    """Rows that say nothing, that the mapping does not want, or that were damaged."""
    frame = batch.frame
    first = joined(frame, plan.table.patient)
    if first.null_count() or (first.dtype == pl.String and (first == "").any()):
        texts = [pl.col(c).cast(pl.String).fill_null("").str.strip_chars() == "" for c in frame.columns]
        verdict.ignore(frame.select(pl.all_horizontal(texts)).to_series().to_numpy(), reason.ROW_EMPTY)
    for column, wanted in (plan.table.where or {}).items():
        cells = frame.get_column(column).cast(pl.String).fill_null("").str.strip_chars()
        verdict.ignore(~cells.is_in(list(wanted)).to_numpy(), reason.ROW_OTHER)
    if batch.lost:
        texts = [pl.col(c).str.contains(LOST, literal=True) for c in frame.columns]
        lost = frame.select(pl.any_horizontal(texts).fill_null(False)).to_series()
        verdict.bad(lost.to_numpy(), reason.ROW_LOST)


def _names(
    frame: pl.DataFrame, plan: Plan, subject: Micros, parts: list[Part]
) -> Iterator[tuple[digest.U64, Flags]]:
    """By part, what its record is called in each row, and where it is not the record of the row.

    The mapping's `record` names all events of a row. Without one an event is named by its patient, time
    and code, so that it has the same name beside whatever others, in whatever file.
    """
    table = [digest.of_texts(pl.Series([plan.table.name])).repeat(frame.height), digest.of_numbers(subject)]
    nameless = np.ones(frame.height, np.bool_)
    if plan.table.record:
        text = joined(frame, plan.table.record).cast(pl.String)
        nameless = text.is_null().to_numpy()
        named = digest.together(*table, digest.of_texts(text.str.strip_chars()))
    declared = [event.code for event in plan.table.events]
    for number, one in enumerate(parts):
        keys = [*table, *([digest.of_numbers(one.begin)] if one.begin is not None else [])]
        keys.append(one.code.to_digests())
        if twins := declared[:number].count(declared[number]):
            keys.append(_number(twins, frame.height))
        if not plan.table.record:
            yield digest.together(*keys), nameless
            continue
        of_row = digest.together(named, _number(number + 1, frame.height)) if one.apart else named
        names = np.where(nameless, digest.together(*keys), of_row) if nameless.any() else of_row
        yield names, nameless | one.apart


def _number(number: int, rows: int) -> digest.U64:
    return digest.of_numbers(np.array([number])).repeat(rows)


def _texts(names: digest.U64) -> pl.Series:
    found = pl.Series(names, dtype=pl.UInt64).cast(pl.String)
    return pl.select(pl.concat_str(pl.lit("table/"), found)).to_series()
