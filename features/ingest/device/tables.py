"""Tables of devices to samples: Fitbit's CSV, glucose sensors, and what else layout.py knows."""

from collections.abc import Iterator
from functools import partial
from math import nan
from typing import Any

import polars as pl

from features.ingest import reason
from features.ingest.device.grid import (
    OLE,
    PARQUET,
    ZIP,
    NotATable,
    header,
    parquet_batches,
    sheet_batches,
    text_batches,
)
from features.ingest.device.layout import Layout, layout_of, plain, unused
from features.ingest.device.local import moments
from features.ingest.device.measure import NUMBER
from features.ingest.device.priority import device
from features.ingest.device.sample import SAMPLE
from features.ingest.device.samples import Samples
from features.ingest.device.scale import UNKNOWN, factor
from features.ingest.intake import Intake
from features.ingest.quarantine import Place
from features.ingest.source import Trouble
from features.ingest.tape import Tape

UNUSED = "Fitbit table"
Batch = tuple[list[str], list[list[str]] | pl.DataFrame, int]


class Tables:
    """Reads tables that are known by their header."""

    def __init__(self, intake: Intake, samples: Samples) -> None:
        self._intake, self._samples = intake, samples

    def recognises(self, head: bytes, name: str) -> bool:
        """Whether the stream is a CSV of ours, or a workbook, whose header can be seen only later."""
        if head.startswith(OLE) or (head.startswith(ZIP) and b"xl/" in head):
            return True
        if head.startswith(PARQUET):
            return "cgm" in name.rsplit("/", 1)[-1].casefold()
        names = header(head)
        return len(names) > 1 and (layout_of(names) is not None or unused(names))

    def read(self, tape: Tape, place: Place) -> Trouble | None:
        """See `Format`."""
        layout: Layout | None = None
        self._one: object = None  # the person whose id came first in this table
        try:
            for names, rows, line in _batches(tape):
                layout = layout or layout_of(names)
                if layout is None and unused(names):
                    self._intake.meet(UNUSED, len(rows))
                    self._intake.skip(UNUSED, reason.SAMPLE_OTHER_TYPE, len(rows))
                    continue
                if layout is None:
                    return Trouble(reason.SHEET_UNKNOWN)
                if layout.person is None and not self._intake.options.patient:
                    return Trouble(reason.WHOSE_DATA)
                self._rows(layout, names, rows, line, place)
        except NotATable as error:
            return Trouble(str(error))
        return None

    def _rows(
        self, layout: Layout, names: list[str], rows: list[list[str]] | pl.DataFrame, line: int, place: Place
    ) -> None:
        """One batch: rows of a wrong width or of nobody are refused, the rest become samples."""
        columns = list(dict.fromkeys(plain(name) for name in names))
        if isinstance(rows, pl.DataFrame):
            self._intake.meet(layout.kind, rows.height)
            table = rows.rename(dict(zip(rows.columns, columns, strict=True))).with_row_index("row")
        else:
            full = [(n, row) for n, row in enumerate(rows) if row]
            self._intake.meet(layout.kind, len(full))
            for n, row in full:
                if len(row) != len(names):
                    self._intake.refuse((*place[:3], line + n), layout.kind, None, reason.CELLS, row)
            fit = [(n, *row) for n, row in full if len(row) == len(names)]
            table = pl.DataFrame(fit, schema=["row", *map(str, range(len(names)))], orient="row")
            table = table.select(
                pl.col("row").cast(pl.UInt32),
                *(pl.col(str(n)).cast(pl.String).alias(plain(name)) for n, name in _first(names)),
            )
        raw = partial(_raw, table)
        table = self._owned(layout, table, line, place, raw)
        if table.height:
            self._take(layout, table, line, place, raw)

    def _owned(self, layout: Layout, table: pl.DataFrame, line: int, place: Place, raw: Any) -> pl.DataFrame:
        """Rows with `subject`; those of nobody, or of somebody else than was said, are refused."""
        patient = self._intake.options.patient
        if layout.person is None:
            return table.with_columns(subject=pl.lit(self._intake.subject(str(patient)), pl.Int64))
        ids = table[layout.person].cast(pl.String).str.strip_chars().replace("", None)
        why: dict[int, str] = {}
        if patient:
            if self._one is None:
                self._one = ids.drop_nulls().first()
            why = dict.fromkeys(table.filter(ids != self._one)["row"].to_list(), reason.SEVERAL_PEOPLE)
            ids = pl.Series([patient], dtype=pl.String).new_from_index(0, len(ids))
        else:
            why = dict.fromkeys(table.filter(ids.is_null())["row"].to_list(), reason.WHOSE_DATA)
        for row, words in why.items():
            self._intake.refuse((*place[:3], line + row), layout.kind, None, words, raw(row))
        people = ids.drop_nulls().unique()
        subjects = pl.Series([self._intake.subject(id) for id in people], dtype=pl.Int64)
        named = table.with_columns(
            subject=ids.replace_strict(people, subjects, default=None, return_dtype=pl.Int64)
        )
        return named.filter(~pl.col("row").is_in(list(why)))

    def _take(self, layout: Layout, table: pl.DataFrame, line: int, place: Place, raw: Any) -> None:
        start, offset = moments(table[layout.time], self._intake.options.zone, layout.order)
        base = table.select("subject", item=pl.col("row") + line).with_columns(
            start=pl.Series(start), offset=pl.Series(offset), end=pl.Series(start) + layout.length * 1_000_000
        )
        parts = []
        for column, (name, unit) in layout.cells.items():
            if column not in table.columns:
                continue
            said = table[column]
            if said.dtype == pl.String:
                said = said.str.strip_chars().replace(["", "NA", "nan", "null"], None)
            scale, shift = factor(NUMBER[name], unit) or UNKNOWN
            value = said.cast(pl.Float64, strict=False).fill_null(nan) * scale + shift
            measuring = device(*layout.devices.get(column, layout.device))
            part = base.with_columns(
                value=value,
                measure=pl.lit(NUMBER[name], pl.UInt8),
                device=pl.lit(self._samples.device(measuring), pl.UInt32),
            )
            if NUMBER[name] in _INSTANT:
                part = part.with_columns(end="start")
            part = part.filter(said.is_not_null() & (said.is_not_nan() if said.dtype.is_float() else True))
            if name.endswith("_total"):  # a whole day without a step, or a night without sleep: not worn
                part = part.filter(pl.col("value") != 0)
            parts.append(part)
        found = pl.concat(parts)
        blank = table.height - found["item"].n_unique()
        if blank:
            self._intake.skip(layout.kind, reason.NOTHING_MEASURED, blank)
        samples = (
            found.with_columns(known="end", counts=pl.col("item").is_first_distinct().cast(pl.UInt8))
            .select(SAMPLE.names())
            .cast(SAMPLE)
        )
        self._samples.take(layout.kind, place, samples, lambda row: raw(int(samples["item"][row]) - line))


_INSTANT = [n for name, n in NUMBER.items() if name in ("glucose_sensor", "glucose", "pulse", "ketones")]


def _batches(tape: Tape) -> Iterator[Batch]:
    head = tape.fill(1 << 10)
    if head.startswith(PARQUET):
        return parquet_batches(tape)
    return sheet_batches(tape) if head.startswith((OLE, ZIP)) else text_batches(tape)


def _first(names: list[str]) -> list[tuple[int, str]]:
    """Columns by place; of two with one name the first."""
    found: dict[str, int] = {}
    for place, name in enumerate(names):
        found.setdefault(plain(name), place)
    return [(place, names[place]) for place in found.values()]


def _raw(table: pl.DataFrame, row: int) -> dict[str, Any]:
    found = table.row(by_predicate=pl.col("row") == row, named=True)
    return {name: value for name, value in found.items() if value is not None and name != "row"}
