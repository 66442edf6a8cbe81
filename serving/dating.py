"""When an examination is due: the calendar's date, made personal by a timing model where there is one."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.manifest import Timing
from models.rule import Due, Rule

WITHIN_DAYS = 366


@dataclass(frozen=True)
class Dated:
    """One examination with its day, and what set the day."""

    examination: str
    due: date
    overdue: bool
    last_done: date | None
    basis: Literal["rule", "model"]
    rule: Rule | None
    step: int | None = None  # of the timing model, the last one that is over by `due`; None: no model spoke
    probability: float | None = None


def personal(
    timing: Timing,
    cumulative: npt.NDArray[np.float64],
    calendar: Due | None,
    last_done: date | None,
    today: date,
) -> Dated | None:
    """The model's day within its bounds; None: neither the calendar nor the model asks for it.

    Never later than the calendar's day, and never sooner than `soonest_days` after the last one,
    unless the calendar itself is sooner.

    Args:
        cumulative: [steps], probability that the result is abnormal by the end of each step.
    """
    reached = np.flatnonzero(cumulative >= timing.threshold)
    day = None
    if len(reached):
        day = today + timedelta(days=(int(reached[0]) + 1) * timing.step_days)
        if last_done is not None:
            day = max(day, last_done + timedelta(days=timing.soonest_days))
    if calendar is not None and (day is None or calendar.due <= day):
        return _at(timing, cumulative, calendar.due, today, "rule", calendar, last_done)
    if day is None or day > today + timedelta(days=WITHIN_DAYS):
        return None
    return _at(timing, cumulative, day, today, "model", calendar, last_done)


def _at(
    timing: Timing,
    cumulative: npt.NDArray[np.float64],
    day: date,
    today: date,
    basis: Literal["rule", "model"],
    calendar: Due | None,
    last_done: date | None,
) -> Dated:
    # Due now: the first step stands for the examination made in the next days.
    step = min(max((day - today).days // timing.step_days - 1, 0), timing.steps - 1)
    return Dated(
        examination=timing.examination,
        due=day,
        overdue=calendar.overdue if calendar is not None and basis == "rule" else False,
        last_done=last_done,
        basis=basis,
        rule=calendar.rule if calendar is not None else None,
        step=step,
        probability=float(cumulative[step]),
    )


def by_calendar(item: Due) -> Dated:
    """The calendar's day as it is."""
    return Dated(item.examination, item.due, item.overdue, item.last_done, "rule", item.rule)
