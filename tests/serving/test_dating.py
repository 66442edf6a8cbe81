"""A personal date stays within its bounds, stands still, and comes due."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import rule
from models.manifest import Timing
from models.rule import Due
from serving.dating import Dated, chance, days_until, personal

TODAY = date(2026, 11, 25)
TIMING = Timing(examination="lipid_panel", step_days=30, steps=6, threshold=0.3, soonest_days=90)
CURVE = np.array([0.05, 0.1, 0.2, 0.35, 0.5, 0.6])  # reaches 0.3 within the fourth step, on day 110
RULE = next(r for r in rule.rules() if r.examination == "lipid_panel")

Curve = np.ndarray[tuple[int], np.dtype[np.float64]]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def calendar(due: date, last: date | None = None, overdue: bool = False) -> Due:
    return Due("lipid_panel", due, overdue, last, RULE)


def dated(
    last: date, due: Due | None = None, today: date = TODAY, timing: Timing = TIMING, curve: Curve = CURVE
) -> Dated | None:
    """Of an examination whose result was known on its day."""
    return personal(timing, curve, due, last, last, today)


def test_the_day_is_counted_from_the_last_examination_and_lies_inside_the_step() -> None:
    found = dated(ago(10))
    assert found is not None and found.due == ago(10) + timedelta(days=110)
    assert found.basis == "model" and found.step == 3
    assert found.probability is not None and 0.3 <= found.probability < 0.305


def test_the_day_stands_still_while_days_pass_and_then_comes_due() -> None:
    last, year = ago(50), calendar(ahead(315))
    due = last + timedelta(days=110)
    for passed in range(60):
        found = dated(last, year, TODAY + timedelta(days=passed))
        assert found is not None and (found.due, found.overdue) == (due, False)


def test_a_personal_day_that_has_passed_is_due_today_and_nobody_is_late() -> None:
    found = dated(ago(200), calendar(ahead(165), ago(200)))
    assert found is not None and (found.due, found.basis, found.overdue) == (TODAY, "model", False)
    assert found.probability == pytest.approx(0.6)  # all six steps are over
    assert dated(ago(200), calendar(TODAY, ago(200))) == Dated(
        "lipid_panel", TODAY, False, ago(200), "rule", RULE, 5, found.probability
    )


def test_the_calendar_is_the_latest_date() -> None:
    found = dated(ago(0), calendar(ahead(70)))
    assert found is not None and (found.due, found.basis, found.rule) == (ahead(70), "rule", RULE)
    assert found.probability is not None and 0.1 < found.probability < 0.2  # in the third step
    assert found.step == 2


def test_it_is_not_sooner_than_the_model_allows_after_the_last_one() -> None:
    early = TIMING.model_copy(update={"threshold": 0.05, "soonest_days": 60})
    found = dated(ago(10), calendar(ahead(300), ago(10)), timing=early)
    assert found is not None and (found.due, found.basis) == (ago(10) + timedelta(days=60), "model")


def test_a_result_that_was_known_late_counts_from_the_day_on_which_it_was_known() -> None:
    found = personal(TIMING, CURVE, None, ago(60), ago(20), TODAY)
    assert found is not None and found.due == ago(20) + timedelta(days=110) and found.last_done == ago(60)


def test_an_overdue_calendar_date_stays_overdue() -> None:
    found = dated(ago(400), calendar(ago(40), ago(400), True))
    assert found is not None and (found.due, found.overdue, found.basis) == (ago(40), True, "rule")
    assert found.probability == pytest.approx(0.6)  # it can be made today at the soonest


@pytest.mark.parametrize("curve", [CURVE / 10, np.zeros(6)])
def test_low_risk_leaves_the_calendar_alone(curve: Curve) -> None:
    assert dated(ago(10), curve=curve) is None
    found = dated(ago(10), calendar(date(2027, 5, 1)), curve=curve)
    assert found is not None and (found.due, found.basis) == (date(2027, 5, 1), "rule")


def test_a_certain_result_does_not_divide_by_zero() -> None:
    certain = np.array([0.1, 1.0, 1.0, 1.0, 1.0, 1.0])
    assert days_until(certain, TIMING) == 31
    assert chance(certain, TIMING, 100) == (1.0, 3)


HAZARDS = st.lists(st.floats(0, 1), min_size=6, max_size=6)


@given(
    hazards=HAZARDS,
    threshold=st.floats(0.01, 0.99),
    soonest=st.integers(0, 300),
    last=st.integers(0, 1000),
    late=st.integers(0, 100),
    due=st.one_of(st.none(), st.integers(-500, 366)),
)
def test_whatever_the_model_says_the_bounds_hold(
    hazards: list[float], threshold: float, soonest: int, last: int, late: int, due: int | None
) -> None:
    curve = 1 - np.cumprod(1 - np.array(hazards))
    timing = TIMING.model_copy(update={"threshold": threshold, "soonest_days": soonest})
    by_rule = None if due is None else calendar(ahead(due), ago(last), due < 0)
    known = min(ago(last) + timedelta(days=late), TODAY)
    found = personal(timing, curve, by_rule, ago(last), known, TODAY)
    if found is None:
        assert by_rule is None
        return
    assert found.probability is not None and 0 <= found.probability <= 1
    assert found.step is not None and 0 <= found.step < timing.steps
    if by_rule is not None:
        assert found.due <= by_rule.due
    if found.basis == "rule":
        assert by_rule is not None and (found.due, found.overdue) == (by_rule.due, by_rule.overdue)
        return
    assert found.due >= max(TODAY, ago(last) + timedelta(days=soonest)) and not found.overdue
    assert found.probability >= threshold - 1e-9
    # Standing still: on each later day the same, or today once it has passed.
    for passed in (1, 2, 40, 200):
        later = personal(timing, curve, by_rule, ago(last), known, ahead(passed))
        if later is not None and later.basis == "model":
            assert later.due == max(found.due, ahead(passed))


@given(hazards=HAZARDS, threshold=st.floats(0.01, 0.99))
def test_the_day_is_the_first_on_which_the_chance_is_reached(hazards: list[float], threshold: float) -> None:
    curve = 1 - np.cumprod(1 - np.array(hazards))
    timing = TIMING.model_copy(update={"threshold": threshold})
    chances = [chance(curve, timing, day)[0] for day in range(181)]
    assert chances == sorted(chances) and chances[180] == pytest.approx(curve[-1])
    day = days_until(curve, timing)
    if day is None:
        assert chances[-1] < threshold
        return
    assert chances[day] >= threshold - 1e-6
    assert day == 0 or chances[day - 1] <= threshold + 1e-6
