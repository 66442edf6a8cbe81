"""One stream as a table: which of the mapping's tables it is, and its rows."""

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import IO

from features.ingest import reason
from features.ingest.table.batch import Batch
from features.ingest.table.header import header
from features.ingest.table.parquet import MAGIC, Parquet
from features.ingest.table.parquet import Unreadable as BrokenParquet
from features.ingest.table.pattern import fits
from features.ingest.table.plan import Plan
from features.ingest.table.rows import Rows
from features.ingest.table.sheet import Unreadable as BrokenSheet
from features.ingest.table.sheet import opened as sheet
from features.ingest.table.text import Text, encoding_of
from features.ingest.tape import Tape

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # OLE: an old XLS, or an XLSX under a password
HEAD = 1 << 16


class NoTable(ValueError):
    """The stream is no table of the mapping. `missing`: the columns that the likeliest table lacks."""

    def __init__(
        self, why: str, plan: Plan | None = None, missing: Sequence[str] = (), names: Sequence[str] = ()
    ):
        super().__init__(why)
        self.plan, self.missing, self.names = plan, tuple(missing), tuple(names)


@dataclass(frozen=True)
class Opened:
    """A table that is being read."""

    plan: Plan
    batches: Iterator[Batch]


def opened(tape: Tape, name: str, plans: Sequence[Plan], held: ExitStack) -> Opened:
    """Open the stream from the file or member `name` as the first of the mapping's tables whose pattern
    and columns fit. `held` gets what is to be closed afterwards.

    Raises:
        NoTable: it is none of them, or it cannot be read.
    """
    candidates = [plan for plan in plans if fits(name, plan.table.files)]
    head = tape.fill(HEAD)[:HEAD]
    if head.startswith(MAGIC):
        return _parquet(held.enter_context(tape.file()), candidates)
    if head.startswith(ZIP):
        return _sheet(held.enter_context(tape.file()), candidates, held)
    if head.startswith(OLE):
        raise NoTable(reason.BROKEN_XLSX)
    return _text(tape, head, candidates)


def _chosen(found: Sequence[tuple[Plan, Sequence[str]]]) -> tuple[Plan, Sequence[str]]:
    """The first table that has all of its columns."""
    worst: NoTable | None = None
    for plan, names in found:
        needed = plan.needed()
        missing = [n for n, optional in needed.items() if not optional and names.count(n) != 1]
        missing += [n for n, optional in needed.items() if optional and names.count(n) > 1]
        if not missing:
            return plan, [n for n in needed if n in names]
        if worst is None or len(missing) < len(worst.missing):
            worst = NoTable(reason.TABLE_COLUMNS, plan, missing, names)
    raise worst or NoTable(reason.TABLE_COLUMNS)


def _text(tape: Tape, head: bytes, plans: Sequence[Plan]) -> Opened:
    found, how = [], {}
    for plan in plans:
        encoding = encoding_of(head, plan.style.encoding)
        if encoding is None:
            continue
        start = _start(head, encoding)
        names, mark = header(start, plan.table.header, plan.style.delimiter, plan.needed())
        found.append((plan, names))
        how[plan.table.name] = (encoding, names, mark)
    if not found:
        raise NoTable(reason.TABLE_ENCODING, plans[0] if plans else None)
    plan, wanted = _chosen(found)
    encoding, names, mark = how[plan.table.name]
    rows = Rows(Text(tape, encoding, head), names, wanted, mark, plan.table.header)
    return Opened(plan, rows.batches())


def _start(head: bytes, encoding: str) -> str:
    text = Text(io.BytesIO(head), encoding, head)
    parts = []
    while part := text.read(HEAD):
        parts.append(part)
    return b"".join(parts).decode("utf-8", "replace")


def _sheet(file: IO[bytes], plans: Sequence[Plan], held: ExitStack) -> Opened:
    trouble: NoTable | None = None
    for plan in plans:
        file.seek(0)
        try:
            book = held.enter_context(sheet(file, plan.table.sheet, plan.table.header))
            plan, wanted = _chosen([(plan, book.sheet.names)])
        except (BrokenSheet, NoTable) as error:
            trouble = trouble or (error if isinstance(error, NoTable) else NoTable(str(error), plan))
            continue
        batches = book.sheet.batches(wanted, (plan.style.decimal or (".",))[0])
        return Opened(replace(plan, typed=True), batches)
    raise trouble or NoTable(reason.TABLE_COLUMNS)


def _parquet(file: IO[bytes], plans: Sequence[Plan]) -> Opened:
    try:
        table = Parquet(file)
    except BrokenParquet as error:
        raise NoTable(str(error)) from None
    plan, wanted = _chosen([(plan, table.names) for plan in plans])
    return Opened(replace(plan, typed=True), table.batches(wanted))
