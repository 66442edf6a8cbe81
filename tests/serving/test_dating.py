"""A personal date stays within its bounds."""

from datetime import date, timedelta

import numpy as np
import pytest

from models import rule
from models.manifest import Timing
from models.rule import Due
from serving.dating import personal

TODAY = date(2026, 11, 25)
TIMING = Timing(examination="lipid_panel", step_days=30, steps=6, threshold=0.3, soonest_days=90)
CURVE = np.array([0.05, 0.1, 0.2, 0.35, 0.5, 0.6])  # reaches 0.3 at the end of the fourth step
RULE = next(r for r in rule.rules() if r.examination == "lipid_panel")


def calendar(due: date, last: date | None = None, overdue: bool = False) -> Due:
    return Due("lipid_panel", due, overdue, last, RULE)


def test_the_date_is_the_end_of_the_step_that_reaches_the_threshold() -> None:
    found = personal(TIMING, CURVE, None, None, TODAY)
    assert found is not None and found.due == TODAY + timedelta(days=120)
    assert found.basis == "model" and found.probability == 0.35 and found.step == 3


def test_the_calendar_is_the_latest_date() -> None:
    due = TODAY + timedelta(days=70)
    found = personal(TIMING, CURVE, calendar(due), None, TODAY)
    assert found is not None and (found.due, found.basis, found.rule) == (due, "rule", RULE)
    assert found.probability == 0.1  # two steps are over by then


def test_it_is_not_sooner_than_the_model_allows_after_the_last_one() -> None:
    last = TODAY + timedelta(days=-10)
    early = TIMING.model_copy(update={"threshold": 0.05, "soonest_days": 60})
    found = personal(early, CURVE, calendar(TODAY + timedelta(days=300), last), last, TODAY)
    assert found is not None and (found.due, found.basis) == (last + timedelta(days=60), "model")


def test_an_overdue_calendar_date_stays_overdue() -> None:
    due = TODAY - timedelta(days=40)
    found = personal(TIMING, CURVE, calendar(due, TODAY - timedelta(days=400), True), None, TODAY)
    assert found is not None and (found.due, found.overdue, found.basis) == (due, True, "rule")


@pytest.mark.parametrize("curve", [CURVE / 10, np.zeros(6)])
def test_low_risk_leaves_the_calendar_alone(curve: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    assert personal(TIMING, curve, None, None, TODAY) is None
    found = personal(TIMING, curve, calendar(date(2027, 5, 1)), None, TODAY)
    assert found is not None and (found.due, found.basis) == (date(2027, 5, 1), "rule")
