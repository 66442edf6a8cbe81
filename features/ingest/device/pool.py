"""All samples of a run, by local day, in bounded memory: what is too much goes to a temporary folder.

A device's day can be summed up only when all files were read, for another file may hold the same samples
again, or those of another device.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from features.ingest.device.measure import MEASURES
from features.ingest.device.sample import DAY, SAMPLE

LIMIT = 250_000  # samples in memory
GROUP = 16_384  # rows of which Parquet keeps the range of days, to read some days alone
STORED = pl.Schema({**SAMPLE, "where": pl.UInt32(), "day": pl.Int32(), "cut": pl.Int64()})
_SUMS = [n for n, m in enumerate(MEASURES) if m.fold == "sum"]
_NIGHT = [n for n, m in enumerate(MEASURES) if m.fold == "sleep"]
EVENING = 6 * 3_600_000_000  # a sleep that begins after 18:00 is of the next day


class Pool:
    """Samples with `where` (of which stream), `day` (days since 1970 on the local clock) and `cut` (the other
    end of a part of a sample, else 0: a part is not the same as a whole sample of its length).

    Args:
        limit: how many samples are held in memory.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._parts: list[pl.DataFrame] = []
        self._held = 0
        self._days: Counter[int] = Counter()
        self._latest: dict[int, int] = {}
        self._folder: Path | None = None
        self._files: list[Path] = []

    def add(self, samples: pl.DataFrame, where: int) -> None:
        """Add checked samples of one stream."""
        if samples.height:
            where_column = pl.lit(where, pl.UInt32).alias("where")
            self.add_placed(placed(samples).with_columns(where_column).select(STORED.names()))

    def add_placed(self, part: pl.DataFrame) -> None:
        """Add samples that have all columns of the pool."""
        last = part.group_by("subject").agg(pl.col("day").max())
        for subject, day in last.iter_rows():
            self._latest[subject] = max(day, self._latest.get(subject, day))
        days, counts = np.unique(part["day"].to_numpy(), return_counts=True)
        self._days.update(dict(zip(days.tolist(), counts.tolist(), strict=True)))
        self._parts.append(part)
        self._held += part.height
        if self._held > self._limit:
            self._spill()

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="samples-"))
        path = self._folder / f"{len(self._files):06d}.parquet"
        pl.concat(self._parts).sort("day").write_parquet(path, compression="lz4", row_group_size=GROUP)
        self._files.append(path)
        self._parts.clear()
        self._held = 0

    def latest(self) -> pl.DataFrame:
        """`subject` and `latest`: the last day of each."""
        types = {"subject": pl.Int64, "latest": pl.Int32}
        return pl.DataFrame(list(self._latest.items()), schema=types, orient="row")

    def drain(self) -> Iterator[pl.DataFrame]:
        """All samples, whole days at a time; the pool is empty afterwards."""
        if not self._files:
            if self._parts:
                yield pl.concat(self._parts)
            self.close()
            return
        if self._parts:
            self._spill()
        stored = pl.scan_parquet(self._files)
        for first, last, shares in self._ranges():
            days = stored.filter(pl.col("day").is_between(first, last))
            for share in range(shares):
                part = days if shares == 1 else days.filter(pl.col("subject") % shares == share)
                yield part.collect()
        self.close()

    def _ranges(self) -> Iterator[tuple[int, int, int]]:
        """`(first day, last day, in how many shares of subjects)`."""
        days = sorted(self._days)
        begin, held = 0, 0
        for place, day in enumerate(days):
            if held and held + self._days[day] > self._limit:
                yield days[begin], days[place - 1], -(-held // self._limit)
                begin, held = place, 0
            held += self._days[day]
        yield days[begin], days[-1], -(-held // self._limit)

    def close(self) -> None:
        """Let go of everything."""
        self._parts.clear()
        self._files.clear()
        self._days.clear()
        self._held = 0
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def placed(samples: pl.DataFrame) -> pl.DataFrame:
    """Samples with their `day`. What is added up over a time that crosses midnight is cut there, each day
    getting its part of the value; a sleep is of the day on which it ends."""
    local = pl.col("offset").cast(pl.Int64) * 1_000_000
    ahead = pl.when(pl.col("measure").is_in(_NIGHT)).then(EVENING).otherwise(0)
    begun = (pl.col("start") + local + ahead) // DAY
    over = (pl.max_horizontal("start", pl.col("end") - 1) + local) // DAY
    rows = samples.with_columns(day=begun.cast(pl.Int32), cut=pl.lit(0, pl.Int64))
    crosses = pl.col("measure").is_in(_SUMS) & (over > begun)
    cut = rows.filter(crosses)
    if not cut.height:
        return rows
    parts = cut.with_columns(
        midnight=(pl.col("day").cast(pl.Int64) + 1) * DAY - local, whole=pl.col("end") - pl.col("start")
    ).with_columns(before=(pl.col("midnight") - pl.col("start")) / pl.col("whole"))
    names = rows.columns
    early = parts.with_columns(end="midnight", cut="end", value=pl.col("value") * pl.col("before")).select(
        names
    )
    late = parts.with_columns(
        start="midnight",
        cut="start",
        value=pl.col("value") * (1 - pl.col("before")),
        day=pl.col("day") + 1,
        counts=pl.lit(0, pl.UInt8),
    ).select(names)
    return pl.concat([rows.filter(~crosses), early, late])
