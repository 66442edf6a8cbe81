"""Rows that cannot be true are told by their reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from features import schema
from features.ingest.instant import DAY
from features.ingest.table.believable import judge
from features.ingest.table.cells import Cells, Flags, Verdict
from features.ingest.table.times import Micros

HEART, HBA1C, SYSTOLIC, DIASTOLIC = (f"LOINC//{c}" for c in ("8867-4", "4548-4", "8480-6", "8462-4"))


@dataclass(frozen=True)
class Made:
    present: Flags
    code: Cells
    number: pl.Series
    unit: pl.Series
    time: Micros | None


def made(
    codes: list[str] | str,
    numbers: Sequence[float | None],
    units: Sequence[str | None],
    times: list[int] | None = None,
) -> Made:
    size = len(numbers)
    cells = (
        Cells.all(codes, size)
        if isinstance(codes, str)
        else Cells(sorted(set(codes)), np.array([sorted(set(codes)).index(c) for c in codes], np.intp))
    )
    time = np.array(times or [20_000 * DAY] * size, np.int64)
    figures = pl.Series(numbers, dtype=pl.Float64)
    present: Flags = np.ones(size, np.bool_)
    return Made(present, cells, figures, pl.Series(units, dtype=pl.String), time)


def told(*parts: Made) -> list[tuple[int, str]]:
    verdict = Verdict(len(parts[0].number))
    judge(parts, verdict)
    return verdict.refused()


def test_values_are_judged_by_code_and_unit() -> None:
    codes = [HEART, HBA1C, HBA1C, HEART, "LOINC//9999-9", HBA1C, HBA1C]
    numbers = [0, 6.5, 48, 72, 1e9, 65, None]
    units = ["/min", "%", "mmol/mol", "/min", "/min", "%", "%"]

    assert told(made(codes, numbers, units)) == [
        (0, "heart rate outside 8–350 /min: an error of unit or entry"),
        (5, "HbA1c outside 1.5–30 %: an error of unit or entry"),
    ]


def test_a_row_that_is_not_there_is_not_judged() -> None:
    part = made(HEART, [0.0, 0.0], ["/min", "/min"])
    part.present[1] = False

    assert [row for row, _ in told(part)] == [0]


def test_the_date_of_no_clock_is_told_but_for_births() -> None:
    codes = [HEART, schema.BIRTH, HEART]
    part = made(codes, [72, None, 72], ["/min", None, "/min"], [0, 0, DAY])

    assert told(part) == [(0, "1 January 1970: the date of a clock that was not set or of an empty field")]


def test_pressures_of_one_row_are_told_when_swapped() -> None:
    high = made(SYSTOLIC, [120, 80, 90, None], ["mm[Hg]"] * 4)
    low = made(DIASTOLIC, [80, 120, 90, 80], ["mm[Hg]", "mm[Hg]", "mm[Hg]", "mm[Hg]"])

    assert told(high, low) == [
        (1, "systolic pressure not above diastolic: swapped or mistyped"),
        (2, "systolic pressure not above diastolic: swapped or mistyped"),
    ]


def test_a_table_without_events_is_not_judged() -> None:
    verdict = Verdict(3)
    judge([], verdict)

    assert verdict.good.all()
