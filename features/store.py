"""Where events live: one protocol, so that batch and online code read the same way."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import polars as pl


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
