"""Where events live: one protocol, so that batch and online code read the same way."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import polars as pl

from features import schema

# Subject, then time with static facts first; the rest makes the order, and so the bytes, unique.
ORDER = [
    "subject_id",
    "time",
    "code",
    "known_at",
    "source",
    "source_id",
    "numeric_value",
    "text_value",
    "unit",
]


class EventStore(Protocol):
    """Events by subject. Frames have the columns of `features.schema.EVENT`, sorted by
    `subject_id`, then `time` (static facts first)."""

    def subjects(self) -> pl.Series:
        """Every subject with at least one event: int64, sorted."""
        ...

    def read(self, subject_ids: Sequence[int]) -> pl.DataFrame:
        """Events of these subjects; unknown subjects have none. Meant for few subjects, fast."""
        ...

    def shards(self) -> Iterator[pl.DataFrame]:
        """All events, one frame after another; a subject is never split between two."""
        ...


class MemoryEvents:
    """Events of one frame: records sent along with a request, and tests."""

    def __init__(self, events: pl.DataFrame) -> None:
        self._events = schema.check(events, schema.EVENT, "events").sort(ORDER)

    def subjects(self) -> pl.Series:
        """Every subject with at least one event: int64, sorted."""
        return self._events["subject_id"].unique().sort()

    def read(self, subject_ids: Sequence[int]) -> pl.DataFrame:
        """Events of these subjects."""
        return self._events.filter(pl.col("subject_id").is_in(list(subject_ids)))

    def shards(self) -> Iterator[pl.DataFrame]:
        """All events in one frame."""
        if self._events.height:
            yield self._events
