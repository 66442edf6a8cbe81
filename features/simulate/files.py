"""Where the lines go: one open file a resource type, in a folder that gets its name when complete."""

import shutil
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from uuid import uuid4

import polars as pl

FEED = "wearable_daily.csv"


class Files:
    """The record folder being written. `counts`: lines by resource type, days of the feed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counts: Counter[str] = Counter()
        self._open: dict[str, BinaryIO] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        (self.folder / "fhir").mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def write(self, kind: str, lines: pl.Series) -> None:
        """Append to `fhir/<kind>.ndjson`."""
        file = self._file(f"fhir/{kind}.ndjson")
        # "never" writes the text as it is: a CSV of one column is a file of lines.
        lines.to_frame().write_csv(file, include_header=False, quote_style="never")
        self.counts[kind] += len(lines)

    def feed(self, days: pl.DataFrame) -> None:
        """Append to the wearable feed; an empty cell means not measured."""
        new = FEED not in self._open
        days.write_csv(
            self._file(FEED), include_header=new, date_format="%Y-%m-%d", datetime_format="%Y-%m-%dT%H:%M:%SZ"
        )
        self.counts[FEED] += len(days)

    def _file(self, name: str) -> BinaryIO:
        if name not in self._open:
            self._open[name] = self._stack.enter_context((self.folder / name).open("wb"))
        return self._open[name]


def partial(folder: Path) -> Path:
    """The hidden sibling in which `folder` is made; what an interrupted run left there is deleted."""
    making = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(making, ignore_errors=True)
    for aside in folder.parent.glob(f".{folder.name}.old-*"):
        shutil.rmtree(aside, ignore_errors=True)
    return making


def publish(making: Path, folder: Path) -> None:
    """Give the finished folder its name. What had it before is set aside first, then deleted."""
    aside = folder.with_name(f".{folder.name}.old-{uuid4().hex}")
    if folder.exists():
        folder.replace(aside)
    making.replace(folder)
    shutil.rmtree(aside, ignore_errors=True)
