"""Set points and reference change values, by numbers worked out by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from features import codes, schema
from features.build import build
from features.codes import CodeGroup
from features.feature import Aggregate, Feature
from features.variation import VARIATION

T = datetime.fromisoformat("2025-06-10T12:00:00")
VARIES = VARIATION["hba1c"]


def ask(
    values: Sequence[tuple[float, float]], aggregate: Aggregate, group: CodeGroup = codes.HBA1C, **where: Any
) -> float | None:
    """Args: values: (value, days ago)."""
    plain: dict[str, Any] = dict.fromkeys(schema.EVENT.names())
    code = group.codes[0]
    events = [
        {
            **plain,
            "subject_id": 1,
            "code": code,
            "unit": group.unit,
            "numeric_value": v,
            "time": T - timedelta(days=d),
        }
        for v, d in values
    ]
    feature = Feature("asked", "ru", "en", group, aggregate, **where)
    index = pl.DataFrame([(1, T)], schema=schema.INDEX, orient="row")
    answer: float | None = build(pl.DataFrame(events, schema=schema.EVENT), index, [feature]).item(0, "asked")
    return answer


HISTORY = [(5.2, 400.0), (5.6, 300.0), (5.4, 200.0), (6.4, 10.0)]


def test_the_set_point_is_the_median_of_the_values_before_the_last() -> None:
    assert ask(HISTORY, "set_point") == pytest.approx(5.4)
    assert ask(HISTORY, "set_point_spread") == pytest.approx(1.4826 * 0.2)
    assert ask(HISTORY, "set_point_z") == pytest.approx(1.0 / (1.4826 * 0.2), rel=1e-5)


def test_a_set_point_needs_three_earlier_values_or_as_many_as_are_said() -> None:
    assert ask(HISTORY[1:], "set_point") is None
    assert ask(HISTORY[1:], "set_point", at_least=2) == pytest.approx(5.5)
    assert ask(HISTORY[1:], "set_point_z", at_least=3) is None
    assert ask(HISTORY, "set_point", at_least=4) is None


def test_a_repeat_at_the_same_instant_is_not_its_own_evidence() -> None:
    repeated = [*HISTORY[1:], (6.4, 10.0), (6.3, 10.0)]

    assert ask(repeated, "set_point") is None
    assert ask(repeated, "rcv_change") == pytest.approx(ask(HISTORY, "rcv_change"))


def test_the_spread_is_not_below_the_analytical_variation() -> None:
    steady = [(5.0, 400.0), (5.0, 300.0), (5.0, 200.0), (5.2, 10.0)]

    assert ask(steady, "set_point_spread") == pytest.approx(5.0 * VARIES.analytical / 100)
    assert ask(steady, "set_point_z") == pytest.approx(0.2 / (5.0 * VARIES.analytical / 100), rel=1e-4)


def test_a_change_is_weighed_by_both_variations() -> None:
    # HbA1c: CVI 1.2 %, CVA 2.0 %: √2 · 1.96 · √(1.44 + 4) = 6.465 %.
    assert (VARIES.within, VARIES.analytical) == (1.2, 2.0)
    assert ask([(5.0, 100), (5.32325, 10)], "rcv_change") == pytest.approx(1.0, abs=1e-3)
    assert ask([(5.0, 100), (4.6768, 10)], "rcv_change") == pytest.approx(-1.0, abs=1e-3)


@pytest.mark.parametrize(("last", "direction"), [(5.33, 1), (5.32, 0), (5.0, 0), (4.68, 0), (4.67, -1)])
def test_only_beyond_chance_a_change_has_a_direction(last: float, direction: int) -> None:
    assert ask([(5.0, 100), (last, 10)], "rcv_direction") == direction


def test_a_first_value_has_neither_change_nor_direction() -> None:
    assert ask([(5.0, 10)], "rcv_change") is None
    assert ask([(5.0, 10)], "rcv_direction") is None
    assert ask(HISTORY[-2:], "rcv_change", at_least=2) is None


def test_skewed_analytes_are_judged_on_the_logarithm() -> None:
    # Triglycerides: limits of change are unequal in the plain scale, equal as ratios.
    up = ask([(1.0, 100), (2.0, 10)], "rcv_change", codes.TRIGLYCERIDES)
    down = ask([(2.0, 100), (1.0, 10)], "rcv_change", codes.TRIGLYCERIDES)
    history = [(1.0, 400.0), (2.0, 300.0), (1.0, 200.0), (4.0, 100.0), (8.0, 10.0)]

    assert up is not None
    assert up == pytest.approx(-down if down is not None else None)
    assert ask(history, "set_point", codes.TRIGLYCERIDES) == pytest.approx(2**0.5)
    assert ask(history, "set_point_z", codes.TRIGLYCERIDES) == pytest.approx(2.5 / (1.4826 * 0.5), rel=1e-5)
    assert ask(history, "set_point_spread", codes.TRIGLYCERIDES) == pytest.approx(
        2**0.5 * (2 ** (1.4826 * 0.5) - 1), rel=1e-5
    )


def test_what_has_no_logarithm_is_left_out() -> None:
    values = [(1.0, 400.0), (1.0, 300.0), (0.0, 250.0), (1.0, 200.0), (2.0, 10.0), (-1.0, 5.0)]

    assert ask(values, "set_point", codes.TRIGLYCERIDES) == pytest.approx(1.0)
    assert ask(values[2:4], "rcv_change", codes.TRIGLYCERIDES) is None


def test_a_change_from_nothing_cannot_be_weighed() -> None:
    assert ask([(0.0, 100), (5.0, 10)], "rcv_change") is None
    assert ask([(0.0, 100), (5.0, 10)], "rcv_direction") is None
    assert ask([(0.0, 400), (0.0, 300), (0.0, 200), (5.0, 10)], "set_point_z") is None


def test_every_variation_is_plausible_and_says_where_it_is_from() -> None:
    for varies in VARIATION.values():
        assert 0 < varies.within < 60
        assert 0 < varies.analytical < 30
        assert varies.source


def test_half_of_the_natural_variation_is_asked_of_a_laboratory() -> None:
    assert VARIATION["glucose"].analytical == VARIATION["glucose"].within / 2


@pytest.mark.parametrize(("group", "published"), [("systolic_bp", 8.6), ("rmssd", 22.0)])
def test_the_error_of_the_measurement_is_counted_once_where_a_published_variation_has_it(
    group: str, published: float
) -> None:
    varies = VARIATION[group]
    assert (varies.within**2 + varies.analytical**2) ** 0.5 == pytest.approx(published)


def test_a_laboratory_is_not_taken_to_be_better_than_the_study() -> None:
    for group, measured in (("alt", 6.7), ("ast", 5.5), ("ggt", 8.7), ("sodium", 0.4)):
        assert VARIATION[group].analytical == measured > VARIATION[group].within / 2
