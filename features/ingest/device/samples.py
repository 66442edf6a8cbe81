"""The samples of a run: checked as they come, summed up when all files were read, each accounted for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from features.ingest import reason
from features.ingest.device import event, fold, night, rare
from features.ingest.device.ledger import Ledger, described
from features.ingest.device.measure import MEASURES
from features.ingest.device.pool import LIMIT, STORED, Pool
from features.ingest.device.priority import Device, table
from features.ingest.device.sample import SAMPLE, wrong
from features.ingest.intake import Intake, opaque
from features.ingest.quarantine import Place

USED, TWICE, OTHER = "", reason.SAMPLE_TWICE, reason.SAMPLE_OTHER
REFUSED = 255
EARLIER = ("", "", None)  # the stream of what was kept
_SAME = ("subject", "measure", "device", "start", "end", "cut")
_FOLDS = {
    "level": fold.levels,
    "stated": fold.stated,
    "sleep": night.nights,
    "glucose": rare.glucose,
    "single": rare.singles,
    "pressure": rare.pressures,
}
_OF_FOLD = {
    name: [n for n, m in enumerate(MEASURES) if m.fold == name]
    for name in ("sum", "total", "level", "stated", "sleep", "glucose", "single", "pressure")
}
_WORN = [n for n, m in enumerate(MEASURES) if m.worn]


class Samples:
    """Takes samples of every device format of a run.

    Args:
        limit: how many samples are held in memory.
        ledger: samples of earlier reads; without it each read stands alone.
    """

    def __init__(self, intake: Intake, limit: int = LIMIT, ledger: Ledger | None = None) -> None:
        self._ledger = ledger
        self._intake = intake
        self._pool = Pool(limit)
        self._devices: dict[Device, int] = {}
        self._streams: list[tuple[str, str, str | None]] = []  # kind, file, member

    def device(self, device: Device, subject: int | None = None) -> int:
        """The number of a device in this run. With whose it is, its key can be told by nobody: names and
        serial numbers are in it."""
        if subject is not None:
            device = Device(opaque(device.key, subject), device.kind)
        return self._devices.setdefault(device, len(self._devices))

    def take(self, kind: str, place: Place, samples: pl.DataFrame, raw: Callable[[int], Any]) -> None:
        """Samples of one stream, whose items were met already.

        Args:
            samples: see `sample.SAMPLE`.
            raw: row → the item as it was written, for what is refused.
        """
        bad = wrong(samples, self._intake.latest)
        if bad:
            items = dict(zip(samples["item"].gather(list(bad)).to_list(), bad.items(), strict=True))
            for item, (row, why) in items.items():  # once, however many of its samples are wrong
                self._intake.refuse((*place[:3], item), kind, None, why, raw(row))
            samples = samples.filter(~pl.col("item").is_in(list(items)))
        stream = (kind, *place[:2])
        if not self._streams or self._streams[-1] != stream:
            self._streams.append(stream)
        self._pool.add(samples.select(SAMPLE.names()), len(self._streams) - 1)

    def settle(self) -> None:
        """Sum up all days; hand events and the account to the intake."""
        latest = self._pool.latest()
        if self._ledger:
            self._recall(latest["subject"].to_list(), self._ledger)
            latest = self._pool.latest()
        ranks, devices = self._ranks(), described(self._devices)
        for rows in self._pool.drain():
            good = self._days(rows, ranks)
            if self._ledger:
                self._ledger.keep(good, devices, latest)
        if self._ledger:
            self._ledger.settle()

    def _recall(self, subjects: list[int], ledger: Ledger) -> None:
        """Add what is kept from earlier reads; it counts as nothing that was read now."""
        self._streams.append(EARLIER)
        for kept in ledger.kept(subjects):
            pairs = kept.select("key", "kind").unique(maintain_order=True)
            numbers = [self.device(Device(key, kind)) for key, kind in pairs.iter_rows()]
            self._pool.add_placed(
                kept.join(pairs.with_columns(device=pl.Series(numbers, dtype=pl.UInt32)), on=["key", "kind"])
                .with_columns(
                    where=pl.lit(len(self._streams) - 1, pl.UInt32),
                    item=pl.lit(0, pl.UInt32),
                    counts=pl.lit(0, pl.UInt8),
                )
                .select(STORED.names())
                .cast(STORED)
            )

    def close(self) -> None:
        """Let go of what is held."""
        self._pool.close()

    def _ranks(self) -> pl.DataFrame:
        """`device`, `measure` → `rank` (0: believed most), `tie` (an order that holds in every run), `worn`."""
        priorities = table()
        ties = {key: place for place, key in enumerate(sorted({d.key for d in self._devices}))}
        rows = [
            (number, measure, priorities.rank(m.order, d.kind), ties[d.key], d.kind in priorities.worn)
            for d, number in self._devices.items()
            for measure, m in enumerate(MEASURES)
        ]
        types = {
            "device": pl.UInt32,
            "measure": pl.UInt8,
            "rank": pl.UInt8,
            "tie": pl.UInt32,
            "worn": pl.Boolean,
        }
        return pl.DataFrame(rows, schema=types, orient="row")

    def _days(self, rows: pl.DataFrame, ranks: pl.DataFrame) -> pl.DataFrame:
        """Sum up whole days; what of the samples is each once and good."""
        found = fold.Found()
        rows = rows.sort("known", "value", "where", "item").with_row_index("row")
        first = rows.unique(_SAME, keep="last", maintain_order=True)
        outcome = np.full(rows.height, 1, dtype=np.uint8)  # 0 used, 1 twice, 2 other device, then `reasons`
        reasons = [USED, TWICE, OTHER, reason.SAMPLE_LATER]
        outcome[rows["measure"].is_in(_OF_FOLD["total"]).to_numpy()] = 3  # a running total was told again
        outcome[first["row"].to_numpy()] = 2
        single = first.join(ranks, on=["device", "measure"], how="left", maintain_order="left")
        fold.sums(_of(single, "sum", "total"), found)
        for name, work in _FOLDS.items():
            part = _of(single, name)
            if part.height:
                work(part, found)
        fold.worn(single.filter(pl.col("measure").is_in(_WORN)), found)
        for used in found.used:
            outcome[used.to_numpy()] = 0
        for left, why in found.left:
            if why not in reasons:
                reasons.append(why)
            outcome[left.to_numpy()] = reasons.index(why)
        refused = {why: part for part, why in found.refused}
        for why, part in refused.items():
            self._refuse(part, why)
            outcome[part["row"].to_numpy()] = REFUSED
        self._account(rows.with_columns(outcome=pl.Series(outcome)), reasons)
        self._emit(found)
        return first.filter(pl.Series(outcome[first["row"].to_numpy()] != REFUSED))

    def _refuse(self, rows: pl.DataFrame, why: str) -> None:
        whole = rows.unique(["where", "item"], keep="first", maintain_order=True)
        for where, item, measure, start, value in whole.select(
            "where", "item", "measure", "start", "value"
        ).iter_rows():
            kind, file, member = self._streams[where]
            raw = {"measure": MEASURES[measure].name, "start_us": start, "value": value}
            self._intake.refuse((file, member, None, item), kind, None, why, raw)

    def _account(self, rows: pl.DataFrame, reasons: list[str]) -> None:
        if (rows["counts"] == 0).any():  # an item of several samples is used if one of them is
            worst, best = pl.col("outcome").max(), pl.col("outcome").min()
            outcome = pl.when(worst == REFUSED).then(REFUSED).otherwise(best).over("where", "item")
            rows = rows.with_columns(outcome=outcome)
        sums = rows.group_by("where", "outcome").agg(pl.col("counts").cast(pl.Int64).sum())
        for where, outcome, count in sums.iter_rows():
            kind = self._streams[where][0]
            if self._streams[where] == EARLIER:
                continue
            if outcome == 0:
                self._intake.mapped(kind, count)
            elif outcome != REFUSED and count:
                self._intake.skip(kind, reasons[outcome], count)

    def _emit(self, found: fold.Found) -> None:
        kind = self._streams[0][0]  # whichever: its items are counted apart
        parts = [part for part in found.summaries if part.height]
        if parts:
            self._intake.frame(kind, event.by_day(pl.concat(parts)), 0)
        for part in found.singles:
            if part.height:
                self._intake.frame(kind, event.single(part), 0)


def _of(rows: pl.DataFrame, *folds: str) -> pl.DataFrame:
    wanted = [number for name in folds for number in _OF_FOLD[name]]
    return rows.filter(pl.col("measure").is_in(wanted))
