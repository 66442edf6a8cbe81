"""The stretch of time that is simulated, cut at the starts of calendar quarters.

Time inside the simulator is a float: days since 00:00 UTC of the first day. All rates are constant
within a cell (a calendar quarter, or the part of one at the ends), which is what makes the true
probabilities exact.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Instants = npt.NDArray[np.datetime64]

YEAR = 365.25
HORIZON = 730  # days, of the risk in the truth table


@dataclass(frozen=True)
class Window:
    """`edges`: borders of all cells, from 0 to past `HORIZON` after the last quarter start.
    `cells`: how many cells begin inside the window. `quarters`: positions in `edges` that are
    quarter starts inside the window."""

    start: date
    until: date
    days: float
    edges: Floats
    cells: int
    quarters: Ints

    @property
    def lengths(self) -> Floats:
        """Days of each cell that begins inside the window; the last one ends with the window."""
        return np.diff(np.minimum(self.edges[: self.cells + 1], self.days))

    @property
    def middles(self) -> Floats:
        """Middle of every cell, days: where its rates are taken."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    def cell(self, time: Floats) -> Ints:
        """Which cell a time inside the window is in."""
        return np.searchsorted(self.edges[: self.cells], time, side="right").astype(np.int64) - 1

    def instant(self, time: Floats) -> Instants:
        """Days since the start as UTC instants, to the second."""
        seconds = np.floor(time * 86400).astype("timedelta64[s]")
        return (np.datetime64(self.start, "s") + seconds).astype("datetime64[us]")


def window(until: date, years: int) -> Window:
    """The `years` years that end with the day `until`."""
    after = until + timedelta(days=1)
    try:
        start = after.replace(year=after.year - years)
    except ValueError:  # 29 February
        start = after.replace(year=after.year - years, day=28)
    days = (after - start).days
    edges, quarters = [0], []
    year, month = start.year, (start.month - 1) // 3 * 3 + 1
    while True:
        day = (date(year, month, 1) - start).days
        if 0 <= day < days:
            quarters.append(day)
        if day > 0:
            edges.append(day)
        if day >= days + HORIZON:
            break
        year, month = (year, month + 3) if month < 10 else (year + 1, 1)
    borders = np.asarray(edges, dtype=np.float64)
    return Window(
        start,
        until,
        float(days),
        borders,
        int(np.searchsorted(borders, days, side="left")),
        np.searchsorted(borders, np.asarray(quarters)).astype(np.int64),
    )
