"""When an examination is due: the calendar's day, made personal by a timing model where there is one.

The model's curve begins at the last examination and is worked out from what was known then, so the
day that it gives stands still until something new is known, and comes due.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, log
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.manifest import Timing
from models.rule.declaration import Due, Rule

WITHIN_DAYS = 366
ROUNDING = 1e-6  # days: what the end of a step may be off by in floating point

Curve = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Dated:
    """One examination with its day, and what set the day."""

    examination: str
    due: date
    overdue: bool
    last_done: date | None
    basis: Literal["rule", "model"]
    rule: Rule | None
    step: int | None = None  # of the timing model, the one in which the day lies; None: no model spoke
    probability: float | None = None


def personal(
    timing: Timing, cumulative: Curve, calendar: Due | None, last_done: date, known: date, today: date
) -> Dated | None:
    """The model's day within its bounds; None: neither the calendar nor the model asks for it.

    Never later than the calendar's day, and never sooner than `soonest_days` after the last one,
    unless the calendar itself is sooner. A personal day that has passed is due today and not overdue:
    only the calendar says that somebody is late.

    Args:
        cumulative: [steps], probability that the result is abnormal by the end of each step.
        last_done: the day of the last examination.
        known: the day on which its result was known, where the first step begins.
    """
    wait = days_until(cumulative, timing)
    day = None
    basis: Literal["rule", "model"]
    if wait is not None:
        personal_day = max(known + timedelta(days=wait), last_done + timedelta(days=timing.soonest_days))
        day = max(personal_day, today)
    if calendar is not None and (day is None or calendar.due <= day):
        found, basis = calendar.due, "rule"
    elif day is not None and day <= today + timedelta(days=WITHIN_DAYS):
        found, basis = day, "model"
    else:
        return None
    # One that is overdue can be made today at the soonest.
    probability, step = chance(cumulative, timing, (max(found, today) - known).days)
    return Dated(
        examination=timing.examination,
        due=found,
        overdue=calendar.overdue if calendar is not None and basis == "rule" else False,
        last_done=last_done,
        basis=basis,
        rule=calendar.rule if calendar is not None else None,
        step=step,
        probability=probability,
    )


def days_until(cumulative: Curve, timing: Timing) -> int | None:
    """Whole days after which the probability reaches the threshold; None: not within the steps."""
    reached = np.flatnonzero(cumulative >= timing.threshold)
    if not len(reached):
        return None
    step = int(reached[0])
    before, after = _survival(cumulative, step)
    part = log((1 - timing.threshold) / before) / log(after / before) if after > 0 else 0.0
    start = step * timing.step_days
    return max(start + ceil(min(max(part, 0.0), 1.0) * timing.step_days - ROUNDING), start + 1)


def chance(cumulative: Curve, timing: Timing, days: int) -> tuple[float, int]:
    """The probability after so many days, and the step in which they end; after the last step, its end."""
    days = min(max(days, 0), timing.steps * timing.step_days)
    step = max(ceil(days / timing.step_days) - 1, 0)
    before, after = _survival(cumulative, step)
    part = days / timing.step_days - step
    left = before * (after / before) ** part if before > 0 else 0.0
    return 1.0 - left, step


def _survival(cumulative: Curve, step: int) -> tuple[float, float]:
    """Probability that nothing has happened at the start and at the end of a step, inside which the
    hazard is constant."""
    before = 1.0 - float(cumulative[step - 1]) if step else 1.0
    return before, 1.0 - float(cumulative[step])


def by_calendar(item: Due) -> Dated:
    """The calendar's day as it is."""
    return Dated(item.examination, item.due, item.overdue, item.last_done, "rule", item.rule)
