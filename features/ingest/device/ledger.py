"""Samples of the last weeks, kept between reads, so that what comes late completes its day.

A cloud sends what is new: the afternoon without the morning, or an hour of last week. Its day is summed up
again from what came before and what came now. One Parquet file a person, named by the pseudonym, which goes
when the person is erased; the last `WINDOW` days of each. Of an older day a part alone replaces the whole,
for nothing of it is kept: such a day is to be sent whole.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from features.ingest.device.measure import MEASURES, NUMBER
from features.ingest.device.pool import STORED
from features.ingest.device.priority import Device

WINDOW = 35  # days
FRESH = ".new"
_NAMES = {number: measure.name for number, measure in enumerate(MEASURES)}
# What holds in one run, or in one version of our own lists: kept as what it stands for.
_NUMBERED = ("where", "item", "counts", "device", "measure")
KEPT = ("name", "key", "kind", *(name for name in STORED.names() if name not in _NUMBERED))


class Ledger:
    """The kept samples of all people.

    Args:
        folder: where they lie; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fresh = folder / FRESH
        shutil.rmtree(self._fresh, ignore_errors=True)  # left by a read that did not end

    def kept(self, subjects: Iterable[int]) -> Iterable[pl.DataFrame]:
        """What is kept of these people: the columns `KEPT` and `measure`. What cannot be read is as if it
        had not been kept."""
        for subject in subjects:
            path = self._folder / f"{subject}.parquet"
            if path.exists():
                try:
                    rows = pl.read_parquet(path, columns=list(KEPT), hive_partitioning=False)
                except (pl.exceptions.PolarsError, OSError):
                    continue
                measure = pl.col("name").replace_strict(NUMBER, default=None, return_dtype=pl.UInt8)
                yield rows.with_columns(measure=measure).filter(pl.col("measure").is_not_null())

    def keep(self, samples: pl.DataFrame, devices: pl.DataFrame, latest: pl.DataFrame) -> None:
        """Set samples aside that are to be kept.

        Args:
            samples: checked and each once, with the columns of the pool.
            devices: `device`, `key`, `kind`.
            latest: `subject` and `latest`, the last day of each.
        """
        recent = (
            samples.join(latest, on="subject")
            .filter(pl.col("day") > pl.col("latest") - WINDOW)
            .join(devices, on="device")
            .with_columns(name=pl.col("measure").replace_strict(_NAMES, return_dtype=pl.String))
            .select(KEPT)
        )
        for (subject,), part in recent.partition_by("subject", as_dict=True).items():
            folder = self._fresh / str(subject)
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.write_parquet(folder / f"{len(list(folder.iterdir())):06d}.parquet", compression="zstd")

    def settle(self) -> None:
        """What was set aside takes the place of what was kept."""
        if not self._fresh.exists():
            return
        for folder in [path for path in self._fresh.iterdir() if path.is_dir()]:
            whole = self._fresh / f"{folder.name}.whole"
            pl.read_parquet(sorted(folder.glob("*.parquet"))).write_parquet(whole, compression="zstd")
            whole.chmod(0o600)
            whole.replace(self._folder / f"{folder.name}.parquet")
        shutil.rmtree(self._fresh)


def described(devices: dict[Device, int]) -> pl.DataFrame:
    """`device`, `key`, `kind` of the devices of a run."""
    return pl.DataFrame(
        [(number, device.key, device.kind) for device, number in devices.items()],
        schema={"device": pl.UInt32, "key": pl.String, "kind": pl.String},
        orient="row",
    )
