"""Declarations that cannot be computed are refused, with words; units follow."""

from typing import Any

import pytest

from features import codes
from features.codes import CodeGroup
from features.feature import DeclarationError, Feature
from features.window import Age, Back, Between, Gate, Hours

BEDTIME = CodeGroup("bedtime", ("WEARABLE//bedtime",), "h")


def declare(aggregate: Any = "mean", group: CodeGroup = codes.HBA1C, **where: Any) -> Feature:
    return Feature("asked", "ru", "en", group, aggregate, **where)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ({"window_days": 0}, "window"),
        ({"window_days": -5}, "window"),
        ({"window_days": 5, "window": Back(5)}, "not both"),
        ({"limits": (1.0, 2.0)}, "limits"),
        ({"aggregate": "fraction_within"}, "limits"),
        ({"aggregate": "fraction_above", "limits": (2.0, 1.0)}, "lower"),
        ({"quantile": 0.5}, "quantile"),
        ({"aggregate": "quantile"}, "quantile"),
        ({"aggregate": "quantile", "quantile": 1.1}, "between"),
        ({"aggregate": "quantile", "quantile": -0.1}, "between"),
        ({"aggregate": "set_point_z", "group": codes.WEIGHT}, "variation"),
        ({"aggregate": "rcv_change", "group": codes.WEIGHT}, "variation"),
        ({"aggregate": "hour_std"}, "hours"),
        ({"aggregate": "coverage"}, "coverage"),
        ({"aggregate": "coverage", "window": Age(40)}, "coverage"),
        ({"at_least": -1}, "at_least"),
        ({"group": codes.VISIT}, "no unit"),
        ({"group": codes.VISIT, "daily": "mean", "aggregate": "count"}, "no unit"),
    ],
)
def test_what_cannot_be_computed_is_refused(what: dict[str, Any], says: str) -> None:
    with pytest.raises(DeclarationError, match=says):
        declare(**what)


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"unit": "1", "formula": lambda a: a},
        {"unit": "1", "inputs": (declare(),)},
        {"unit": "1", "formula": lambda a: a, "inputs": (declare(),), "codes": codes.HBA1C},
        {"codes": codes.HBA1C, "aggregate": "last", "inputs": (declare(),)},
        {"codes": codes.HBA1C},
        {"formula": lambda a: a, "inputs": (declare(),)},
    ],
)
def test_a_feature_is_over_codes_or_a_formula_and_whole_in_either_way(what: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError):
        Feature("asked", "ru", "en", **what)


@pytest.mark.parametrize(("name", "ru", "en"), [("Asked", "ru", "en"), ("x", "", "en"), ("x", "ru", "")])
def test_a_feature_has_a_name_for_a_column_and_words_for_a_reader(name: str, ru: str, en: str) -> None:
    with pytest.raises(DeclarationError):
        Feature(name, ru, en, codes.HBA1C, "last")


WHERE: list[dict[str, Any]] = [{"window": Back(5)}, {"hours": Hours(0, 6)}, {"daily": "mean"}]
WHERE += [{"limits": (1.0, 2.0)}, {"quantile": 0.5}, {"at_least": 1}]


@pytest.mark.parametrize("where", WHERE)
def test_a_formula_looks_nowhere_itself(where: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match="codes"):
        Feature("asked", "ru", "en", formula=lambda a: a, inputs=(declare(),), unit="1", **where)
    with pytest.raises(DeclarationError, match="codes"):
        Feature("asked", "ru", "en", formula=lambda a: a, inputs=(declare(),), unit="1", window_days=1)


@pytest.mark.parametrize(
    "what",
    [
        {"aggregate": "quantile", "quantile": 0.0},
        {"aggregate": "quantile", "quantile": 1.0},
        {"aggregate": "fraction_within", "limits": (1.0, 1.0)},
        {"aggregate": "coverage", "window_days": 30},
        {"aggregate": "hour_std", "group": BEDTIME},
        {"aggregate": "max", "group": codes.VISIT, "daily": "count"},
        {"aggregate": "mean", "group": codes.SMOKING, "daily": "last"},
        {"window": Between(codes.VISIT), "gate": Gate(codes.STEPS, 1000)},
        {"window_days": 1, "at_least": 1},
    ],
)
def test_what_can_be_computed_is_not_refused(what: dict[str, Any]) -> None:
    assert declare(**what).needs_value


def test_a_plain_window_may_be_said_either_way() -> None:
    assert declare(window_days=30).window == declare(window=Back(30)).window == Back(30)
    assert declare(window=Back(30)).window_days == 30
    assert declare(window=Back(30, 10)).window_days is None


@pytest.mark.parametrize(
    ("aggregate", "where", "unit"),
    [
        ("mean", {}, "%"),
        ("mean", {"daily": "count"}, "1"),
        ("slope", {}, "%/a"),
        ("cv", {"group": codes.GLUCOSE}, "%"),
        ("arv", {"group": codes.GLUCOSE}, "mmol/L"),
        ("set_point", {"group": codes.GLUCOSE}, "mmol/L"),
        ("set_point_z", {"group": codes.GLUCOSE}, "1"),
        ("fraction_above", {"limits": (1.0, 2.0)}, "1"),
        *((name, {}, "1") for name in ("any", "count", "distinct", "present", "value_count")),
        ("value_days", {}, "d"),
        ("longest_gap", {}, "d"),
        ("age_at_first", {}, "a"),
        ("clock_std", {}, "h"),
        ("hour_mean", {"group": BEDTIME}, "h"),
        ("mean", {"group": codes.SMOKING}, "1"),
        ("mean", {"unit": "mmol/mol"}, "mmol/mol"),
    ],
)
def test_the_unit_follows_from_what_is_asked(aggregate: str, where: dict[str, Any], unit: str) -> None:
    assert declare(aggregate, **where).unit == unit
