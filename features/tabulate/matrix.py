"""The matrix on disk: for each window and family one pattern of entries (`offsets`, `columns`), and one
array of values for each aggregate. Arrays are plain .npy files that grow as rows are finished."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from features.tabulate.state import Runs

Ints = NDArray[np.int64]

ENTRIES = 400_000  # entries that are laid out at once: few enough for the processor's cache


class Growing:
    """A one-dimensional .npy file to which arrays are added."""

    def __init__(self, path: Path, dtype: np.dtype[np.generic]) -> None:
        self.dtype, self.length = dtype, 0
        self._file = path.open("w+b")
        self._header()
        self._start = self._file.tell()

    def _header(self) -> None:
        # numpy leaves room in the header for the length of a growing array.
        npy.write_array_header_1_0(
            self._file,
            {"descr": npy.dtype_to_descr(self.dtype), "fortran_order": False, "shape": (self.length,)},
        )

    def add(self, values: NDArray[Any]) -> None:
        with np.errstate(over="ignore"):  # a sum beyond float32 is infinite
            values.astype(self.dtype, copy=False).tofile(self._file)
        self.length += len(values)

    def close(self) -> None:
        self._file.seek(0)
        self._header()
        if self._file.tell() != self._start:
            raise AssertionError("the header of a .npy file outgrew its room")
        self._file.close()


class Writer:
    """One window of one family: rows are added group by group of patients."""

    def __init__(self, folder: Path, columns: int, dtypes: dict[str, np.dtype[np.generic]]) -> None:
        folder.mkdir(parents=True)
        self.columns = columns
        self.offsets = Growing(folder / "offsets.npy", np.dtype(np.int64))
        self.offsets.add(np.zeros(1, np.int64))
        small = columns <= np.iinfo(np.uint16).max
        self.places = Growing(folder / "columns.npy", np.dtype(np.uint16 if small else np.uint32))
        self.values = {name: Growing(folder / f"{name}.npy", dtype) for name, dtype in dtypes.items()}
        self.counted = 0  # events of all entries, as written

    def add(self, runs: Runs, rows: int) -> None:
        """The next `rows` rows."""
        # Cast once per run, not once per entry.
        place = (runs.key % self.columns).astype(self.places.dtype)
        with np.errstate(over="ignore"):
            values = {name: runs.aggregates[name].astype(file.dtype) for name, file in self.values.items()}
        count = values["count"] if "count" in values else runs.aggregates["count"].astype(np.uint32)
        for offsets, entry in _entries(runs, rows):
            self.offsets.add(self.places.length + offsets)
            self.places.add(place.take(entry))
            counts = count.take(entry)
            self.counted += int(counts.sum(dtype=np.int64))
            for name, file in self.values.items():
                file.add(counts if name == "count" else values[name].take(entry))

    def close(self) -> None:
        for file in (self.offsets, self.places, *self.values.values()):
            file.close()


def _entries(runs: Runs, rows: int) -> Iterator[tuple[Ints, NDArray[np.int32]]]:
    """Rows a stretch at a time: where each row's entries end, and the run of each entry, by row and
    within it by column."""
    change = np.bincount(runs.start, minlength=rows + 1) - np.bincount(runs.stop, minlength=rows + 1)
    ends = np.cumsum(np.cumsum(change[:rows]))
    begin = 0
    while begin < rows:
        done = int(ends[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(ends, done + ENTRIES, side="right")), begin + 1)
        inside = np.flatnonzero((runs.start < end) & (runs.stop > begin))
        start = np.maximum(runs.start[inside], begin) - begin
        length = np.minimum(runs.stop[inside], end) - begin - start
        of = np.concatenate([[0], np.cumsum(length)]).astype(np.int32)
        where = np.repeat((start - of[:-1]).astype(np.int32), length) + np.arange(of[-1], dtype=np.int32)
        yield ends[begin:end] - done, inside.astype(np.int32).take(_by_row(of, where, end - begin))
        begin = end


def _by_row(of: NDArray[np.int32], where: NDArray[np.int32], rows: int) -> NDArray[np.int32]:
    """The run of each entry, in the order of rows and within a row of runs; `where`: the row of each
    entry in the order of runs, of which run i has those from of[i] on."""
    if (where[1:] >= where[:-1]).all():  # one row a patient: they stand so already
        return np.repeat(np.arange(len(of) - 1, dtype=np.int32), np.diff(of))
    from scipy import sparse  # type: ignore[import-untyped] # scipy brings no types

    # Runs as rows and rows as columns: turned round, scipy orders the entries in linear time.
    by_run = sparse.csr_array((np.empty(len(where), np.int8), where, of), shape=(len(of) - 1, rows))
    found: NDArray[np.int32] = by_run.tocsc().indices
    return found
