"""Records by groups of patients: whatever their order in the input, those of one group come back
together, and a group is small enough for the memory allowed."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.tabulate.gather import Gathered

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Spill:
    """`first`: by group, its first subject, and at the end the number of subjects. `size`: its records."""

    folder: Path
    first: Ints
    size: Ints
    dtype: np.dtype[np.void]

    def read(self, group: int) -> NDArray[np.void]:
        """The records of one group; they are gone from the disk then."""
        path = _path(self.folder, group)
        if not path.exists():
            return np.empty(0, self.dtype)
        found = np.fromfile(path, self.dtype)
        path.unlink()
        return found


def _path(folder: Path, group: int) -> Path:
    return folder / f"{group:06d}"


def groups(weight: Ints, most: int) -> Ints:
    """Cut subjects into groups of at most `most` in weight (a heavier subject stands alone)."""
    first, carried = [0], 0
    for subject, each in enumerate(weight.tolist()):
        if carried and carried + each > most:
            first.append(subject)
            carried = 0
        carried += each
    return np.array([*first, len(weight)])


def spill(gathered: Gathered, first: Ints, folder: Path, rows: int, advance: Callable[[int], None]) -> Spill:
    """Sort the gathered records into groups, `rows` at a time."""
    folder.mkdir()
    size = np.add.reduceat(gathered.each, first[:-1])
    found = Spill(folder, first, size, gathered.dtype)
    if len(size) == 1:
        gathered.path.rename(_path(folder, 0))
        advance(int(size[0]))
        return found
    with gathered.path.open("rb") as file:
        while len(records := np.fromfile(file, gathered.dtype, rows)):
            _write(records, folder, first)
            advance(len(records))
    gathered.path.unlink()
    return found


def _write(records: NDArray[np.void], folder: Path, first: Ints) -> None:
    group = np.searchsorted(first, records["subject"], side="right") - 1
    if (group[1:] < group[:-1]).any():
        order = np.argsort(group, kind="stable")
        records, group = records[order], group[order]
    cuts = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(group)]
    for begin, end in pairwise(cuts):
        with _path(folder, int(group[begin])).open("ab") as file:
            records[begin:end].tofile(file)
