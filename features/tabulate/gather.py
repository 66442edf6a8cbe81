"""The one pass over the input: events of the index's patients as compact records on disk, and how often
each code occurs. Whatever follows works on the records."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.tabulate.error import Miscounted, TabulationError
from features.tabulate.moments import Moments
from features.tabulate.source import Source
from features.tabulate.window import Window
from features.visible import ALWAYS

Ints = NDArray[np.int64]

PLAIN = np.dtype([("subject", "<i4"), ("term", "<i4"), ("time", "<i8"), ("number", "<f4")])
BITEMPORAL = np.dtype([*PLAIN.descr, ("known_at", "<i8"), ("record", "<u8")])
_BETWEEN = "\0"  # a code and its unit
_NEEDED = ("subject_id", "time", "code", "numeric_value")


@dataclass
class Fate:
    """What became of each event that was read; `read` is the sum of the others."""

    read: int = 0
    counted: int = 0  # seen by at least one row
    unseen: int = 0  # after every row of its patient, or in no window
    no_code: int = 0  # without a code or a subject
    other_subjects: int = 0  # of patients who are not in the index
    no_column: int = 0  # of codes seen too seldom, or of no family that was asked for
    withdrawals: int = 0  # not events, but words that one was withdrawn

    def others(self) -> int:
        return sum(int(number) for number in asdict(self).values()) - self.read


@dataclass(frozen=True)
class Gathered:
    """`terms`: code and unit by number of term, with its events in the whole input: timed, valued, static.
    `each`: by subject of the index, how many records there are."""

    path: Path
    dtype: np.dtype[np.void]
    terms: pl.DataFrame
    each: Ints


class _Terms:
    """Numbers for codes (in a unit) as they come up, and how often they do."""

    def __init__(self) -> None:
        # Numbers its texts from 0, for as long as a column of it lives.
        self._numbers = pl.Series(dtype=pl.Categorical(pl.Categories.random()))
        self._named = pl.DataFrame(schema={"text": pl.String, "term": pl.UInt32})
        self.count = np.zeros((3, 0), np.int64)  # timed, valued, static

    def numbered(self, batch: pl.DataFrame) -> Ints:
        texts = batch["code"]
        if "unit" in batch.columns:
            texts = batch.select(pl.concat_str("code", pl.col("unit").fill_null(""), separator=_BETWEEN))[
                "code"
            ]
        term = texts.cast(self._numbers.dtype).to_physical()
        if int(term.max()) >= self.count.shape[1]:  # type: ignore[arg-type] # a batch is never empty
            new = pl.DataFrame({"text": texts, "term": term}).filter(term >= self.count.shape[1]).unique()
            self._named = pl.concat([self._named, new])
            grown = np.zeros((3, int(new["term"].max()) + 1), np.int64)  # type: ignore[arg-type] # nor is this
            grown[:, : self.count.shape[1]] = self.count
            self.count = grown
        return term.to_numpy().astype(np.int64)

    def add(self, term: Ints, timed: NDArray[np.bool_], valued: NDArray[np.bool_]) -> None:
        size = self.count.shape[1]
        self.count += [np.bincount(term[which], minlength=size) for which in (timed, timed & valued, ~timed)]

    def table(self) -> pl.DataFrame:
        in_order = self._named.sort("term")
        if in_order["term"].to_list() != list(range(self.count.shape[1])):
            raise Miscounted("codes were numbered with gaps")
        named = in_order["text"].str.split_exact(_BETWEEN, 1).struct
        timed, valued, static = self.count
        return pl.DataFrame(
            {
                "code": named.field("field_0"),
                "unit": named.field("field_1").replace("", None),  # an empty unit says nothing
                "timed": timed,
                "valued": valued,
                "static": static,
            }
        )


@dataclass(frozen=True)
class _Reach:
    """Between which instants an event can be of use to a subject's rows: after `early`, up to `late`."""

    sorted: Ints  # subject ids
    number: Ints  # of each of them
    early: Ints
    late: Ints


def _reach(rows: Moments, over: tuple[Window, ...]) -> _Reach:
    ids = rows.subjects.to_numpy()
    order = np.argsort(ids)
    first = np.searchsorted(rows.subject, np.arange(len(ids)))
    last = np.searchsorted(rows.subject, np.arange(len(ids)), side="right") - 1
    spans = [window.span for window in over]
    widest = max((span for span in spans if span), default=0)
    early = np.full(len(ids), ALWAYS) if None in spans else rows.time[first] - widest
    return _Reach(ids[order], order, early, rows.time[last])


def gather(
    source: Source,
    rows: Moments,
    over: tuple[Window, ...],
    path: Path,
    fate: Fate,
    batch_rows: int,
    advance: Callable[[int], None],
) -> Gathered:
    """Read all events once.

    Raises:
        TabulationError: there is none.
    """
    dtype = BITEMPORAL if source.bitemporal else PLAIN
    unit = ("unit",) if "unit" in source.has else ()
    more = ("known_at", "source_id") if source.bitemporal else ()
    reach, terms = _reach(rows, over), _Terms()
    each = np.zeros(len(rows.subjects), np.int64)
    with path.open("wb") as file:
        for batch in source.batches((*_NEEDED, *unit, *more), batch_rows):
            fate.read += batch.height
            advance(batch.height)
            if batch["code"].null_count() or batch["subject_id"].null_count():
                named = batch.drop_nulls(("subject_id", "code"))
                fate.no_code += batch.height - named.height
                batch = named
            if batch.height:
                records = _records(batch, dtype, reach, terms, fate)
                each += np.bincount(records["subject"], minlength=len(each))
                records.tofile(file)
    if not fate.read:
        raise TabulationError("The input holds no event.")
    return Gathered(path, dtype, terms.table(), each)


def _records(
    batch: pl.DataFrame, dtype: np.dtype[np.void], reach: _Reach, terms: _Terms, fate: Fate
) -> NDArray[np.void]:
    time = batch["time"].fill_null(int(ALWAYS)).to_numpy()
    timed = time != ALWAYS
    number = batch["numeric_value"].fill_null(np.nan).to_numpy()
    term = terms.numbered(batch)
    terms.add(term, timed, ~np.isnan(number))

    who = batch["subject_id"].to_numpy()
    place = np.minimum(np.searchsorted(reach.sorted, who), len(reach.sorted) - 1)
    theirs = reach.sorted[place] == who
    fate.other_subjects += len(who) - int(theirs.sum())
    subject = reach.number[place]
    kept = theirs
    if dtype == PLAIN:  # of records with versions, one that is of no use may yet end another
        kept = theirs & ((time <= reach.late[subject]) & (time > reach.early[subject]) | ~timed)
        fate.unseen += int(theirs.sum() - kept.sum())
    chosen = np.flatnonzero(kept)
    records = np.empty(len(chosen), dtype)
    records["subject"] = subject[chosen]
    records["term"] = term[chosen]
    records["time"] = time[chosen]
    records["number"] = number[chosen]
    if dtype == BITEMPORAL:
        records["known_at"] = batch["known_at"].fill_null(int(ALWAYS)).to_numpy()[chosen]
        name = batch["source_id"]
        hashed = (name.hash(seed=1) | 1).to_numpy()  # 63 bits, within one patient: as good as the name
        records["record"] = np.where(name.is_null().to_numpy(), np.uint64(0), hashed)[chosen]
    return records
