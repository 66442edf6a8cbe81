"""Events on disk, by groups of subjects: whatever their order in the input, the events of one group
of patients come back together, and a group is small enough for the memory allowed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.schema import WITHDRAWN
from features.tabulate.aggregate import CODE, STATIC, VALUE
from features.tabulate.source import Source
from features.tabulate.vocabulary import COLUMN, Vocabulary
from features.visible import ALWAYS

PLAIN = np.dtype(
    [
        ("subject", "<i4"),
        ("static", "<i4"),
        ("code", "<i4"),
        ("value", "<i4"),
        ("time", "<i8"),
        ("number", "<f4"),
    ]
)
BITEMPORAL = np.dtype([*PLAIN.descr, ("known_at", "<i8"), ("record", "<u8"), ("withdrawn", "?")])
_NEEDED = ("subject_id", "time", "code", "numeric_value", "unit")


@dataclass
class Fate:
    """What became of each event that was read; `read` is the sum of the others."""

    read: int = 0
    counted: int = 0  # seen by at least one row
    unseen: int = 0  # of a column, but in no window of any row
    no_code: int = 0  # without a code or a subject
    other_subjects: int = 0  # of patients who are not in the index
    no_column: int = 0  # of codes seen too seldom, or of no family that was asked for
    withdrawals: int = 0  # not events, but words that one was withdrawn

    def others(self) -> int:
        return sum(int(number) for number in asdict(self).values()) - self.read


@dataclass(frozen=True)
class Spill:
    """`first`: by group, its first subject, and one more."""

    folder: Path
    first: NDArray[np.int64]
    dtype: np.dtype[np.void]
    written: NDArray[np.int64]

    def read(self, group: int) -> NDArray[np.void]:
        path = _path(self.folder, group)
        found = np.fromfile(path, self.dtype) if path.exists() else np.empty(0, self.dtype)
        path.unlink(missing_ok=True)
        return found


def _path(folder: Path, group: int) -> Path:
    return folder / f"{group:06d}"


def groups(weight: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Cut subjects into groups of at most `most` in weight (a heavier subject stands alone)."""
    first, carried = [0], 0
    for subject, each in enumerate(weight.tolist()):
        if carried and carried + each > most:
            first.append(subject)
            carried = 0
        carried += each
    return np.array([*first, len(weight)])


def spill(
    source: Source,
    subjects: pl.Series,
    first: NDArray[np.int64],
    terms: Vocabulary,
    folder: Path,
    fate: Fate,
    rows: int,
    advance: Callable[[int], None],
) -> Spill:
    """A second pass over all events: those of the index's subjects that have a column go to disk."""
    folder.mkdir(parents=True)
    dtype = BITEMPORAL if source.bitemporal else PLAIN
    written = np.zeros(len(first) - 1, np.int64)
    numbers = pl.DataFrame({"subject_id": subjects}).with_row_index("subject").cast({"subject": pl.Int32})
    by_unit = "unit" in source.has
    key = ["code", "unit"] if by_unit else ["code"]
    known = terms.terms if by_unit else terms.terms.drop("unit")
    columns = (*_NEEDED, "known_at", "source_id") if source.bitemporal else _NEEDED
    for batch in source.batches(columns, rows):
        advance(batch.height)
        fate.read += batch.height
        named = batch.drop_nulls(("subject_id", "code"))
        fate.no_code += batch.height - named.height
        theirs = named.join(numbers, on="subject_id")
        fate.other_subjects += named.height - theirs.height
        found = theirs.join(known, on=key, how="left", nulls_equal=True).with_columns(_columns())
        if not source.bitemporal:  # a version that takes another's place may be of any code
            kept = found.filter(pl.any_horizontal(pl.col(*COLUMN.values()) >= 0))
            fate.no_column += found.height - kept.height
            found = kept
        _write(_records(found, dtype), folder, first, written)
    return Spill(folder, first, dtype, written)


def _columns() -> list[pl.Expr]:
    """By family, the column of each event; −1: none."""
    timed, valued = pl.col("time").is_not_null(), pl.col("numeric_value").is_not_null()
    of = {STATIC: ~timed, CODE: timed, VALUE: timed & valued}
    return [
        pl.when(which).then(pl.col(COLUMN[family])).otherwise(None).fill_null(-1).alias(COLUMN[family])
        for family, which in of.items()
    ]


def _records(events: pl.DataFrame, dtype: np.dtype[np.void]) -> NDArray[np.void]:
    records = np.empty(events.height, dtype)
    records["subject"] = events["subject"].to_numpy()
    for family, column in COLUMN.items():
        records[family] = events[column].to_numpy()
    records["time"] = events["time"].fill_null(int(ALWAYS)).to_numpy()
    records["number"] = events["numeric_value"].fill_null(np.nan).to_numpy()
    if dtype == BITEMPORAL:
        records["known_at"] = events["known_at"].fill_null(int(ALWAYS)).to_numpy()
        records["withdrawn"] = (events["code"] == WITHDRAWN).to_numpy()
        hashed = events["source_id"].hash(seed=1) | 1  # a hash of 63 bits within one patient is a name
        records["record"] = (
            pl.select(pl.when(events["source_id"].is_not_null()).then(hashed).otherwise(0))
            .to_series()
            .to_numpy()
        )
    return records


def _write(
    records: NDArray[np.void], folder: Path, first: NDArray[np.int64], written: NDArray[np.int64]
) -> None:
    group = np.searchsorted(first, records["subject"], side="right") - 1
    order = np.argsort(group, kind="stable")
    cuts = np.searchsorted(group[order], np.arange(len(first)))
    records = records[order]
    for number in np.flatnonzero(np.diff(cuts)).tolist():
        part = records[cuts[number] : cuts[number + 1]]
        with _path(folder, number).open("ab") as file:
            part.tofile(file)
        written[number] += len(part)
