"""The matrix in the order of the index, where patients or times do not stand in order there: row i of
the matrix is row i of the index, always."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.tabulate.matrix import ENTRIES, Growing

Ints = NDArray[np.int64]


def rearrange(folder: Path, order: NDArray[np.intp]) -> None:
    """Rewrite one window of one family so that its row i becomes row order[i]."""
    offsets = np.load(folder / "offsets.npy")
    source = np.empty_like(order)  # by new row, the old one
    source[order] = np.arange(len(order))
    length = np.diff(offsets)[source]
    ends = np.cumsum(length)
    for path in sorted(folder.glob("*.npy")):
        if path.name != "offsets.npy":
            _rewrite(path, offsets, source, ends)
    fresh = Growing(folder / "offsets.new", np.dtype(np.int64))
    fresh.add(np.concatenate([[0], ends]))
    fresh.close()
    (folder / "offsets.new").replace(folder / "offsets.npy")


def _rewrite(path: Path, offsets: Ints, source: NDArray[np.intp], ends: Ints) -> None:
    with path.open("rb") as file:
        major = np.lib.format.read_magic(file)
        if major != (1, 0):
            raise AssertionError("a .npy file of another version")
        dtype = np.lib.format.read_array_header_1_0(file)[2]
        fresh = Growing(path.with_suffix(".new"), dtype)
        head = file.tell()
        begin = 0
        while begin < len(source):
            done = int(ends[begin - 1]) if begin else 0
            end = max(int(np.searchsorted(ends, done + ENTRIES, side="right")), begin + 1)
            fresh.add(_gathered(file.fileno(), head, dtype, offsets, source[begin:end]))
            begin = end
        fresh.close()
    path.with_suffix(".new").replace(path)


def _gathered(
    file: int, head: int, dtype: np.dtype[np.generic], offsets: Ints, rows: NDArray[np.intp]
) -> NDArray[Any]:
    """The entries of these rows; neighbours are read at one go."""
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    first, last = rows[np.concatenate([[0], breaks])], rows[np.concatenate([breaks - 1, [len(rows) - 1]])]
    parts = [
        os.pread(file, size, head + start)
        for start, size in zip(
            (offsets[first] * dtype.itemsize).tolist(),
            ((offsets[last + 1] - offsets[first]) * dtype.itemsize).tolist(),
            strict=True,
        )
        if size
    ]
    return np.frombuffer(b"".join(parts), dtype)
