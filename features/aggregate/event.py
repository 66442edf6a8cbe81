"""Aggregates of events, whether or not they carry a usable value."""

import numpy as np

from features.aggregate.part import Part
from features.aggregate.series import Floats, Ints
from features.anniversary import years_between
from features.visible import ALWAYS, Instants


def count(part: Part) -> Floats:
    return part.count.astype(np.float64)


def some(part: Part) -> Floats:
    return (part.count > 0).astype(np.float64)


def distinct(part: Part) -> Floats:
    """Different codes."""
    code = part.series.code[part.index]
    order = np.lexsort((code, part.row))
    return _runs(part, part.row[order], code[order])


def days(part: Part) -> Floats:
    """Days (24 hours back from the prediction time) with at least one event."""
    part = part.dated
    return _runs(part, part.row, np.floor(part.days).astype(np.int64))


def calendar_days(part: Part) -> Floats:
    """Local days with at least one event."""
    part = part.dated
    day = part.series.day[part.index]
    order = np.lexsort((day, part.row))  # a journey westwards lives a day twice
    return _runs(part, part.row[order], day[order])


def days_since_last(part: Part) -> Floats:
    part = part.dated
    return part.rows(part.days[part.tail])


def days_since_first(part: Part) -> Floats:
    part = part.dated
    return part.rows(part.days[part.head])


def years_since_last(part: Part) -> Floats:
    """Calendar years, such as an age: whole on the anniversary; 29 February falls on 1 March."""
    part = part.dated
    return part.rows(years_between(part.time[part.tail], part.series.people.moments[part.filled]))


def age_at_first(part: Part) -> Floats:
    """Calendar years from birth to the first event; missing if birth is unknown or lies after it."""
    part = part.dated
    return _age(part, part.time[part.head])


def age_at_last(part: Part) -> Floats:
    """Calendar years from birth to the last event."""
    part = part.dated
    return _age(part, part.time[part.tail])


def _age(part: Part, then: Instants) -> Floats:
    birth = part.series.people.birth()[part.filled]
    born = (birth != ALWAYS) & (birth <= then)
    return part.rows(np.where(born, years_between(np.where(born, birth, then), then), np.nan))


def _runs(part: Part, row: Ints, what: Ints | Instants) -> Floats:
    """How many different entries of `what`, equal ones side by side, the rows have."""
    new = np.ones(len(row), np.bool_)
    new[1:] = (row[1:] != row[:-1]) | (what[1:] != what[:-1])
    return np.bincount(row[new], minlength=len(part.count)).astype(np.float64)
