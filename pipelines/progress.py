"""What a person sees while a phase works: one bar, then one line with its time."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[int, int], None]
"""Called with how much is done and how much there is in all (0: not known)."""


@dataclass
class Phase:
    """One phase of a run: `note` is filled in by the work itself."""

    title: str
    seconds: float = 0.0
    note: str = ""
    advance: Advance = lambda done, total: None
    begun: float = field(default_factory=time.perf_counter)

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self.begun


@dataclass
class Display:
    """The phases of one command, on standard error so that standard output stays the answer."""

    console: Console = field(default_factory=lambda: Console(file=sys.stderr, highlight=False))
    phases: list[Phase] = field(default_factory=list)

    @contextmanager
    def phase(self, title: str) -> Iterator[Phase]:
        """Show a bar while the block runs (on a terminal) and its time when it ends."""
        phase = Phase(title)
        with Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        ) as bars:
            bar = bars.add_task(title, total=None)

            def advance(done: int, total: int) -> None:
                bars.update(bar, completed=done, total=total or None)

            phase.advance = advance
            yield phase
        phase.seconds = phase.elapsed
        self.phases.append(phase)
        self.say(f"{phase.seconds:6.1f} s  {phase.note}", title)

    def say(self, line: str, title: str = "") -> None:
        """One line under its phase."""
        self.console.print(f"{title:<10} {line}", markup=False, soft_wrap=True)
