"""Tables as a format: the files that the mapping names, whatever their form."""

from contextlib import ExitStack

from features.ingest import reason
from features.ingest.intake import Intake
from features.ingest.quarantine import Place
from features.ingest.source import Trouble
from features.ingest.table import clock
from features.ingest.table.batch import CELLS, Batch
from features.ingest.table.mapped import Mapped, mapped
from features.ingest.table.opened import NoTable, opened
from features.ingest.table.parquet import Unreadable as BrokenParquet
from features.ingest.table.pattern import fits
from features.ingest.table.plan import Context, Plan
from features.ingest.table.sheet import Unreadable as BrokenSheet
from features.ingest.tape import Tape

FEW = 20  # rows: with fewer, a wrong format of dates is a matter of the rows
KEPT = 1 << 12
SHAPES = {CELLS: reason.CELLS}
LOOKUP, UNUSED = "table for looking up", "table not used"


class Tables:
    """The tables of a mapping; without a mapping there are none."""

    source = "table"
    expected = "tables (CSV, TSV, XLSX, Parquet) with --mapping"

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._said = intake.options.tables
        self._context = Context(
            subject=intake.subject,
            named=intake.named,
            latest=intake.latest,
            zone=clock.zone_name(intake.options.zone),
            lookups=self._said.lookups if self._said else {},
            local=intake.options.codes,
        )

    def recognises(self, head: bytes, name: str) -> bool:
        """By its name: the mapping says which files are tables."""
        return self._said is not None and self._said.knows(name)

    def read(self, tape: Tape, place: Place) -> Trouble | None:
        """Read one table."""
        if self._said is None:
            raise AssertionError("recognises() says that there are no tables")
        name = place[1] or place[0]
        for kind, patterns, why in (
            (LOOKUP, self._said.looked_up, reason.TABLE_LOOKUP),
            (UNUSED, self._said.ignored, reason.TABLE_UNUSED),
        ):
            if fits(name, patterns):
                self._intake.meet(kind)
                self._intake.skip(kind, why)
                return None
        head = tape.fill(KEPT)[:KEPT]
        with ExitStack() as held:
            try:
                table = opened(tape, name, self._said.plans, held)
            except NoTable as error:
                return Trouble(str(error), head)
            first = True
            try:
                for batch in table.batches:
                    found = mapped(batch, table.plan, self._context)
                    if first and undated(found, batch):
                        return Trouble(reason.TABLE_DATES, head)
                    first = False
                    self._take(found, batch, table.plan, place)
            except (BrokenSheet, BrokenParquet) as error:
                return Trouble(str(error), head)
        return None

    def _take(self, found: Mapped, batch: Batch, plan: Plan, place: Place) -> None:
        intake, kind = self._intake, plan.kind
        intake.meet(kind, batch.frame.height + len(batch.bad))
        intake.frame(kind, found.events, found.mapped)
        for why, count in found.ignored.items():
            intake.skip(kind, why, count)
        for row, why in found.bad:
            intake.refuse((*place[:2], batch.lines[row], None), kind, None, why, batch.raw(row))
        for line, shape, raw in batch.bad:
            why = SHAPES.get(shape, reason.ROW_QUOTE)
            intake.refuse((*place[:2], line, None), kind, None, why, raw)
        for person in found.persons:
            intake.person(person)
        intake.flush()

    def finish(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is held."""


def undated(found: Mapped, batch: Batch) -> bool:
    """Whether no row of the first ones has a date that could be read: then the mapping is wrong."""
    wrong = sum(why == reason.ROW_DATE for _, why in found.bad)
    return not found.mapped and wrong >= FEW and wrong * 2 > batch.frame.height
