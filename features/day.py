"""Local days: which of them pass a quality gate, and one value for each."""

import numpy as np

from features.aggregate.series import Ints, Series, reduce
from features.feature import Daily
from features.visible import ALWAYS, Instants
from features.window import DAY, HOUR, Gate, Hours


def dated(series: Series) -> Series:
    """Without undated facts, which have no day and no hour."""
    return series.where(series.time != ALWAYS) if series.undated else series


def within_hours(series: Series, hours: Hours) -> Series:
    """What happened in these local hours."""
    series = dated(series)
    clock = series.people.local(series.row, series.time) % DAY
    start, end = hours.start * HOUR, hours.end * HOUR
    if start < end:
        return series.where((clock >= start) & (clock < end))
    return series.where((clock >= start) | (clock < end))


def passing(series: Series, gate: Gate, judged: Series) -> Series:
    """What happened on local days on which `judged`, the gate's own series, reaches the gate.

    In single precision, as events hold their values.
    """
    series, judged = dated(series), dated(judged)
    order, head = _days(judged)
    row, day = judged.row[order[head]], judged.day[order[head]]
    if gate.of == "count":
        reached = np.diff(np.append(head, len(order))).astype(np.float64)
    else:
        reached = reduce(np.maximum if gate.of == "max" else np.add, judged.value[order], head)
    good = reached.astype(np.float32) >= np.float32(gate.at_least)
    passes = np.unique(_key(row[good], day[good]))
    return series.where(np.isin(_key(series.row, series.day), passes))


def one_a_day(series: Series, how: Daily) -> Series:
    """One entry for each local day that is over at the prediction time, at its last event's time."""
    series = dated(series)
    people = series.people
    today = people.local(np.arange(len(people.moments)), people.moments) // DAY
    series = series.where(series.day < today[series.row])
    order, head = _days(series)
    row, value = series.row[order], series.value[order]
    time = reduce(np.maximum, series.time[order], head)
    number = np.diff(np.append(head, len(order)))
    match how:
        case "count":
            made = number.astype(np.float64)
        case "first":
            made = value[head]
        case "last":
            made = value[head + number - 1]
        case "max":
            made = reduce(np.maximum, value, head)
        case "min":
            made = reduce(np.minimum, value, head)
        case "sum":
            made = reduce(np.add, value, head)
        case "mean":
            made = reduce(np.add, value, head) / number
        case "median":
            ranked = value[np.lexsort((value, np.repeat(np.arange(len(head)), number)))]
            made = (ranked[head + (number - 1) // 2] + ranked[head + number // 2]) / 2
    # Who travels can begin a day before the day before it has ended.
    by_time = np.lexsort((time, row[head]))
    day_row = row[head][by_time]
    return Series(day_row, time[by_time], made[by_time], np.zeros(len(head), np.intp), people)


def _days(series: Series) -> tuple[Ints, Ints]:
    """The entries by row and local day, each day's in their order; and where each day begins."""
    order = np.lexsort((series.day, series.row))
    row, day = series.row[order], series.day[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (row[1:] != row[:-1]) | (day[1:] != day[:-1])
    return order, np.flatnonzero(new)


def _key(row: Ints, day: Instants) -> Instants:
    """One number for both; no instant lies 2^27 days from 1970."""
    key: Instants = row * 2**28 + day
    return key
