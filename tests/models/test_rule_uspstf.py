"""The second rule set: ages by birthday, conditions on what is known, rules that replace one another."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from features.catalogue import FEATURES
from models.rule import Condition, RuleFileError, decisions, due, load, names, rules

USPSTF = rules("uspstf")
FACTS = {"bmi_last_2y": 31.0, "diabetes_ever": 0.0, "ischemic_heart_disease_ever": 0.0, "stroke_ever": 0.0}
OUTSIDE = {"pack_years", "years_since_quitting"}  # told by the person; no feature yet


def dates(birth: date, today: date, sex: str = "F", facts: object = FACTS, **done: date) -> dict[str, date]:
    found = due(USPSTF, birth_date=birth, sex=sex, done=done, today=today, facts=facts)  # type: ignore[arg-type] # literal
    return {item.examination: item.due for item in found}


def outcome(name: str, birth: date, today: date, sex: str | None = "M", **facts: float) -> str:
    found = decisions(USPSTF, birth_date=birth, sex=sex, done={}, today=today, facts=facts)  # type: ignore[arg-type] # literal
    (decision,) = (d for d in found if d.rule.id == name)
    assert decision.source == decision.rule.source and "USPSTF" in decision.source
    return decision.outcome


def test_full_years_count_and_not_the_calendar_year() -> None:
    born = date(1990, 12, 31)
    assert dates(born, date(2025, 12, 30))["glucose"] == date(2025, 12, 31), "35 tomorrow"
    assert dates(born, date(2024, 12, 30)).get("glucose") == date(2025, 12, 31), "known a year ahead"
    assert "glucose" not in dates(born, date(2024, 12, 29)), "further ahead than a year and a day"


def test_the_last_day_of_an_upper_age_is_the_day_before_the_next_birthday() -> None:
    born = date(1950, 6, 15)
    last = date(2010, 1, 1)
    assert "glucose" in dates(born, date(2021, 6, 14), glucose=last)
    assert "glucose" not in dates(born, date(2021, 6, 15), glucose=last)


def test_one_born_on_29_february_is_a_year_older_on_1_march() -> None:
    born = date(1980, 2, 29)
    assert dates(born, date(2025, 2, 28))["faecal_occult_blood"] == date(2025, 3, 1)
    assert dates(born, date(2025, 3, 1))["faecal_occult_blood"] == date(2025, 3, 1)
    leap = date(1984, 2, 29)
    assert dates(leap, date(2024, 2, 28))["lipid_panel"] == date(2024, 2, 29), "40 on a real birthday"


def test_a_rule_that_was_replaced_ends_where_the_next_one_begins() -> None:
    born = date(1980, 1, 1)  # 44 in 2024: only the statement of 2024 is for her
    old = [r for r in USPSTF if r.id == "mammography_50_74"]
    new = [r for r in USPSTF if r.id == "mammography_40_74"]
    assert old[0].valid_to is not None and old[0].valid_to + timedelta(days=1) == new[0].valid_from
    assert dates(born, date(2024, 3, 1))["mammography"] == date(2024, 4, 30)
    # Born 1965, last done in 2023: under the old statement until April 2024, then under the new one.
    by = {
        today: [d.rule.id for d in due(USPSTF, birth_date=date(1965, 1, 1), sex="F", done={}, today=today)]
        for today in (date(2024, 4, 29), date(2024, 4, 30))
    }
    assert "mammography_50_74" in by[date(2024, 4, 29)] and "mammography_40_74" in by[date(2024, 4, 30)]
    assert "mammography_50_74" not in by[date(2024, 4, 30)]


def test_where_two_rules_overlap_the_sooner_date_wins() -> None:
    born, today, last = date(1990, 1, 1), date(2026, 3, 1), date(2024, 3, 1)
    lean = dates(born, today, facts={"bmi_last_2y": 22.0, "systolic_bp_last_2y": 118.0}, blood_pressure=last)
    heavy = dates(born, today, facts={"bmi_last_2y": 27.0}, blood_pressure=last)
    assert lean["blood_pressure"] == date(2027, 3, 1) and heavy["blood_pressure"] == date(2025, 3, 1)


def test_what_a_condition_needs_and_nobody_knows_is_named_and_nobody_is_called() -> None:
    born, today = date(1965, 1, 1), date(2026, 3, 1)
    assert outcome("lung_ct_50_80", born, today, pack_years=20, years_since_quitting=0) == "due"
    assert outcome("lung_ct_50_80", born, today, pack_years=19.9, years_since_quitting=0) == "condition"
    assert outcome("lung_ct_50_80", born, today, pack_years=30, years_since_quitting=15) == "condition"
    assert outcome("lung_ct_50_80", born, today, pack_years=30) == "condition_unknown"
    found = decisions(USPSTF, birth_date=born, sex="M", done={}, today=today)
    (lung,) = (d for d in found if d.rule.id == "lung_ct_50_80")
    assert set(lung.missing) == OUTSIDE and lung.due is None


def test_a_colonoscopy_of_ten_years_spares_the_yearly_test() -> None:
    born, today = date(1970, 1, 1), date(2026, 3, 1)
    assert "faecal_occult_blood" in dates(born, today, facts={}), "nobody knows of any"
    assert "faecal_occult_blood" not in dates(born, today, facts={"colonoscopy_days_since_last": 3652.0})
    assert "faecal_occult_blood" in dates(born, today, facts={"colonoscopy_days_since_last": 3653.0})


@pytest.mark.parametrize(
    ("sex", "facts", "expected"),
    [
        ("M", {"current_smoker_5y": 1.0}, "due"),
        ("M", {"current_smoker_5y": 0.0, "tobacco_disorder_ever": 1.0}, "due"),
        ("M", {"current_smoker_5y": 0.0, "tobacco_disorder_ever": 0.0, "pack_years": 0.0}, "condition"),
        ("M", {"current_smoker_5y": float("nan")}, "condition_unknown"),
        ("F", {"current_smoker_5y": 1.0}, "other_sex"),
        (None, {"current_smoker_5y": 1.0}, "sex_unknown"),
    ],
)
def test_the_aorta_is_looked_at_once_in_men_who_smoked(
    sex: str | None, facts: dict[str, float], expected: str
) -> None:
    assert outcome("abdominal_aorta", date(1958, 5, 1), date(2026, 3, 1), sex, **facts) == expected


def test_once_in_life_is_done_for_ever_and_ends_with_the_age() -> None:
    today = date(2026, 3, 1)
    tested = decisions(
        USPSTF, birth_date=date(1960, 1, 1), sex="M", done={"anti_hcv": date(1999, 1, 1)}, today=today
    )
    assert next(d.outcome for d in tested if d.rule.examination == "anti_hcv") == "done"
    assert outcome("anti_hcv_18_79", date(1946, 3, 2), today) == "due"
    assert outcome("anti_hcv_18_79", date(1946, 3, 1), today) == "out_of_range", "80 today"


def test_every_rule_gets_a_decision_and_what_is_due_is_among_them() -> None:
    found = decisions(
        USPSTF, birth_date=date(1970, 2, 3), sex="F", done={}, today=date(2026, 3, 1), facts=FACTS
    )
    assert [d.rule for d in found] == list(USPSTF)
    assert all((d.due is not None) == (d.outcome in ("due", "later")) for d in found)
    called = due(USPSTF, birth_date=date(1970, 2, 3), sex="F", done={}, today=date(2026, 3, 1), facts=FACTS)
    assert {item.rule.id for item in called} <= {d.rule.id for d in found if d.outcome == "due"}


@pytest.mark.parametrize("name", names())
def test_conditions_ask_for_features_that_exist(name: str) -> None:
    declared = {feature.name for feature in FEATURES} | OUTSIDE
    for rule in rules(name):
        assert {n for c in rule.when for n in c.any_of} <= declared, rule.id
        assert rule.source and rule.why.ru and rule.why.en


def test_a_condition_without_a_limit_is_refused(tmp_path: Path) -> None:
    text = (
        "title: {ru: а, en: a}\nrules:\n  - {id: a, examination: a, title: {ru: а, en: a}, why: {ru: а, en: a},"
        " done_by: [glucose], ages: {from: 18}, every: {years: 1}, when: [{any_of: [age]}], source: s,"
        " valid_from: 2020-01-01}\n"
    )
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleFileError, match="at_least"):
        load(path)


def test_a_condition_is_true_false_or_unknown() -> None:
    both = Condition(("a", "b"), at_least=1, below=3)
    assert both.holds({"a": 1, "b": None}) is True and both.holds({"a": 3, "b": 0}) is False
    assert both.holds({"a": 3}) is None and both.holds({}) is None
