"""How much work fits into the memory allowed: what is held at once is bounded, whatever the input."""

import os
from dataclasses import dataclass

from features.tabulate.error import TabulationError

BASE = 300_000_000  # the program itself, its libraries, one batch of the input
AN_EVENT = 500  # bytes at the worst, while the runs of a group are worked out
A_ROW = 100  # bytes of the index and its order
LEAST = 500_000_000
EVENTS = 120_000  # in a group, where memory allows: more would be no faster
BATCH = 100_000
THREADS = 2


@dataclass(frozen=True)
class Limit:
    """`events`: of a group of patients; `batch`: rows of input at a time; `most`: events and rows of one patient."""

    memory: int
    events: int
    batch: int
    most: int
    threads: int

    def check_rows(self, rows: int) -> None:
        """Raises: TabulationError: the index alone is too large."""
        if rows * A_ROW > self.memory - BASE:
            self._refuse("The index", rows, "rows", BASE + rows * A_ROW)

    def check_subject(self, weight: int) -> None:
        """Raises: TabulationError: one patient has more events and rows than fit."""
        if weight > self.most:
            self._refuse("One patient", weight, "events and rows", BASE + weight * AN_EVENT)

    def _refuse(self, who: str, number: int, what: str, need: int) -> None:
        raise TabulationError(
            f"{who} has {number:,} {what}, which do not fit into --memory {self.memory / 1e6:,.0f}MB: "
            f"allow {need / 1e6:,.0f}MB."
        )


def limit(memory: int) -> Limit:
    """The limits under `memory` bytes.

    Raises:
        TabulationError: nothing can be done with so little.
    """
    if memory < LEAST:
        raise TabulationError(
            f"--memory is at least {LEAST // 1_000_000}MB: the program itself takes half of it."
        )
    most = (memory - BASE) // AN_EVENT
    threads = max(1, min(THREADS, os.cpu_count() or 1))
    return Limit(memory, min(EVENTS, most), BATCH, most, threads)
