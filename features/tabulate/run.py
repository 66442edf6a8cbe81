"""tabulate(): events and prediction rows in, a folder with the matrix, its rows and its columns out."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl

from features.store import EventStore
from features.tabulate import aggregate, moments, order, source, spill, vocabulary
from features.tabulate.aggregate import DEFAULT, Family
from features.tabulate.columns import columns, within
from features.tabulate.error import Miscounted, TabulationError
from features.tabulate.folder import free
from features.tabulate.gather import Fate, gather
from features.tabulate.group import Part, write
from features.tabulate.limit import Limit, limit
from features.tabulate.load import COLUMNS, META, ROWS, place
from features.tabulate.matrix import Writer
from features.tabulate.moments import Moments
from features.tabulate.sight import Rows, events
from features.tabulate.spill import Spill
from features.tabulate.vocabulary import Vocabulary
from features.tabulate.window import Window, windows

FORMAT = 1
Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class Account:
    """What became of each event that was read (the sum is exact), and what was written."""

    events: Fate
    rows: int
    columns: int
    entries: int
    groups: int
    seconds: float


def tabulate(
    data: EventStore | Path,
    index: pl.DataFrame | Path,
    out: Path,
    *,
    over: Iterable[str] = ("30d", "365d", "full"),
    aggregates: Iterable[str] = DEFAULT,
    min_count: int = 10,
    memory: int = 2_000_000_000,
    like: Path | None = None,
    time_unit: str | None = None,
    advance: Advance = lambda done, total: None,
) -> Account:
    """Write every code × window × aggregate of each prediction row into the folder `out`.

    Args:
        data: an event store, or a Parquet file or folder of MEDS events in any layout.
        index: subject_id and prediction_time (UTC), as a frame or a Parquet or CSV file; row i of the
            matrix is row i of the index, and its other columns (labels) stay beside it.
        out: a folder that does not exist yet, or holds a former tabulation, which it replaces.
        over: windows (T − w, T] before each prediction time T: `30d`, `12h`, `52w`, `full`.
        aggregates: names of `AGGREGATES`.
        min_count: columns only for codes that the input holds at least so many times.
        memory: bytes that the process may take in all.
        like: a former tabulation whose columns to use, so that both matrices have the same.
        time_unit: s, ms, us or ns, where times are whole numbers.
        advance: called with how much is done and how much there is.

    Raises:
        TabulationError: the input, the index or an option does not fit; nothing is written.
        Miscounted: an event was lost or counted twice; nothing is written.
    """
    begun = time.perf_counter()
    chosen, families = windows(over), aggregate.families(aggregates)
    allowed = limit(memory)
    free(out)
    opened = source.opened(data, time_unit)
    table = moments.read(index)
    rows = moments.moments(table)
    allowed.check_rows(len(rows.time))

    steps, fate = _Steps(advance), Fate()
    work = out.with_name(f".{out.name}.{os.getpid()}")
    work.mkdir()
    try:
        found = gather(opened, rows, chosen, work / "gathered", fate, allowed.batch, steps.add)
        steps.total = fate.read + 2 * int(found.each.sum())
        if like is None:
            terms = vocabulary.vocabulary(found.terms, families, min_count)
        else:
            terms = vocabulary.like(found.terms, families, like)
        weight = found.each + np.bincount(rows.subject, minlength=len(rows.subjects))
        allowed.check_subject(int(weight.max()))
        first = spill.groups(weight, allowed.events)
        spilled = spill.spill(found, first, work / "spill", allowed.batch, steps.add)
        parts = _parts(work, families, chosen, terms.columns, int(found.each.max()))
        _matrix(spilled, terms, rows, parts, fate, allowed, steps)
        shutil.rmtree(work / "spill")
        if not rows.in_order:
            for part in parts:
                order.rearrange(place(work, part.family.name, part.window), rows.order)
        named = columns(families, chosen, terms.columns)
        named.write_parquet(work / COLUMNS)
        table.write_parquet(work / ROWS)
        account = Account(
            fate,
            table.height,
            named.height,
            sum(part.writer.places.length * len(part.family.aggregates) for part in parts),
            len(first) - 1,
            round(time.perf_counter() - begun, 3),
        )
        meta = {"format": FORMAT, "windows": [w.name for w in chosen], **asdict(account)}
        (work / META).write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")
        if out.exists():
            shutil.rmtree(out)
        work.rename(out)
    except OSError as error:
        raise TabulationError(f"The output cannot be written ({error.strerror}): see --out.") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return account


class _Steps:
    """Three passes of as many steps as there are events."""

    def __init__(self, advance: Advance) -> None:
        self.done, self.total, self._advance = 0, 0, advance

    def add(self, events: int) -> None:
        self.done += events
        self._advance(self.done, self.total)


def _parts(
    work: Path,
    families: Sequence[Family],
    over: Sequence[Window],
    columns: dict[str, pl.DataFrame],
    most: int,
) -> list[Part]:
    return [
        Part(
            family,
            window,
            Writer(
                place(work, family.name, window),
                columns[family.name].height,
                {name: family.dtype(name, most) for name in family.aggregates},
            ),
        )
        for family in families
        for window in within(family, over)
    ]


def _matrix(
    spilled: Spill,
    terms: Vocabulary,
    rows: Moments,
    parts: Sequence[Part],
    fate: Fate,
    allowed: Limit,
    steps: _Steps,
) -> None:
    ordered = any({"first", "last"} & set(part.family.aggregates) for part in parts)
    cuts = np.searchsorted(rows.subject, spilled.first)
    try:
        with ThreadPoolExecutor(allowed.threads) as pool:
            for group, base in enumerate(spilled.first[:-1].tolist()):
                records = spilled.read(group)
                if len(records) != spilled.size[group]:
                    raise Miscounted("Events were lost on the disk between two passes.")
                here = slice(cuts[group], cuts[group + 1])
                found = events(records, base, terms, ordered, fate)
                seen = write(found, Rows(rows.subject[here] - base, rows.time[here]), parts, pool)
                fate.counted += seen
                fate.unseen += len(found.subject) - seen
                steps.add(len(records))
    finally:
        for part in parts:
            part.writer.close()
    if fate.read != fate.others():
        raise Miscounted(f"{fate.read:,} events were read, {fate.others():,} accounted for")
    steps.add(steps.total - steps.done)
