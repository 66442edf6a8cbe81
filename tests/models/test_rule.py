"""The calendar engine: who is called, when, and never too early."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rule import (
    DEFAULT_PRIORITY,
    FOLDER,
    RuleFileError,
    add_months,
    due,
    examinations,
    last_done,
    load,
    rules,
)

ORDER = rules()


def calendar(birth: date, today: date, sex: str | None = "F", **done: date) -> dict[str, tuple[date, bool]]:
    found = due(ORDER, birth_date=birth, sex=sex, done=done, today=today)  # type: ignore[arg-type] # literal
    return {d.examination: (d.due, d.overdue) for d in found}


def test_the_year_of_the_40th_birthday_counts_as_40_even_for_one_born_on_31_december() -> None:
    born = date(1986, 12, 31)

    this_year = calendar(born, date(2026, 1, 1), intraocular_pressure=date(2015, 5, 1))
    year_before = calendar(born, date(2025, 6, 1), intraocular_pressure=date(2015, 5, 1))

    assert this_year["intraocular_pressure"] == (date(2026, 1, 1), False)
    assert year_before["intraocular_pressure"] == (date(2026, 1, 1), False), (
        "known ahead, not before its year"
    )
    assert "mammography" in this_year


def test_dispensarisation_becomes_yearly_at_40_without_waiting_three_years() -> None:
    born = date(1986, 3, 1)

    assert calendar(
        born, date(2025, 6, 1), preventive_examination=date(2025, 5, 1), dispensarisation=date(2024, 5, 1)
    )["dispensarisation"] == (date(2026, 1, 1), False)


def test_a_done_examination_is_due_again_only_after_its_interval() -> None:
    found = calendar(
        date(1970, 6, 1), date(2026, 11, 25), mammography=date(2025, 3, 10), fluorography=date(2023, 1, 9)
    )

    assert found.get("mammography") == (date(2027, 3, 10), False)
    assert found["fluorography"] == (date(2025, 1, 9), True)


def test_a_year_after_29_february_is_28_february() -> None:
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2024, 2, 29), 48) == date(2028, 2, 29)
    assert add_months(date(2025, 11, 30), 3) == date(2026, 2, 28)


def test_one_born_on_29_february_is_an_adult_from_1_march() -> None:
    found = calendar(date(2008, 2, 29), date(2026, 1, 10))

    assert {day for day, _ in found.values()} == {date(2026, 3, 1)}


def test_a_minor_and_the_dead_are_not_called() -> None:
    assert calendar(date(2009, 1, 1), date(2025, 11, 25)) == {}
    assert (
        due(
            ORDER,
            birth_date=date(1950, 1, 1),
            sex="M",
            done={},
            today=date(2026, 1, 1),
            death_date=date(2025, 1, 1),
        )
        == []
    )


def test_an_upper_age_ends_the_call_even_if_the_last_one_was_missed() -> None:
    born = date(1961, 4, 1)

    assert "cervical_cytology" in calendar(born, date(2025, 5, 1), cervical_cytology=date(2021, 1, 1))
    assert "cervical_cytology" not in calendar(born, date(2026, 5, 1), cervical_cytology=date(2021, 1, 1))
    assert "cervical_cytology" not in calendar(born, date(2025, 5, 1), cervical_cytology=date(2024, 1, 1))


def test_rules_for_one_sex_need_a_known_sex() -> None:
    born, today = date(1976, 1, 1), date(2026, 5, 1)

    assert "psa" in calendar(born, today, "M") and "mammography" not in calendar(born, today, "M")
    assert not {"psa", "mammography"} & set(calendar(born, today, None))


@pytest.mark.parametrize(
    ("today", "last", "expected"),
    [
        (date(2021, 5, 1), None, date(2021, 7, 1)),  # 45 this year, but the order began in July
        (date(2022, 5, 1), None, None),  # 46: the year is over; 50 is too far ahead
        (date(2025, 5, 1), None, date(2026, 1, 1)),
        (date(2026, 3, 1), date(2025, 12, 20), date(2026, 12, 20)),  # a fresh one is not repeated at once
        (date(2026, 3, 1), date(2026, 2, 1), None),  # done in its year
        (date(2041, 1, 1), None, None),  # past the last listed age
    ],
)
def test_psa_is_once_in_the_year_of_each_listed_age(
    today: date, last: date | None, expected: date | None
) -> None:
    found = calendar(date(1976, 7, 1), today, "M", **({"psa": last} if last else {}))

    assert found.get("psa", (None, False))[0] == expected


def test_a_first_ecg_is_once_before_35_and_yearly_after() -> None:
    assert calendar(date(2000, 1, 1), date(2026, 5, 1))["ecg"] == (date(2026, 5, 1), False)
    assert "ecg" not in calendar(date(2000, 1, 1), date(2026, 5, 1), ecg=date(2019, 1, 1))
    assert calendar(date(1991, 1, 1), date(2026, 5, 1), ecg=date(2019, 1, 1))["ecg"] == (
        date(2026, 1, 1),
        True,
    )


def test_a_rule_is_silent_before_it_is_valid() -> None:
    assert "anti_hcv" not in calendar(date(1970, 1, 1), date(2024, 5, 1))
    assert calendar(date(1970, 1, 1), date(2025, 5, 1))["anti_hcv"][0] == date(2026, 1, 1)


def test_parts_need_no_line_of_their_own_when_the_whole_is_due() -> None:
    found = calendar(date(1970, 1, 1), date(2026, 5, 1))

    assert "dispensarisation" in found
    assert "preventive_examination" not in found and "cardiovascular_risk" not in found
    assert "lipid_panel" in found


def test_records_tell_when_an_examination_was_last_done() -> None:
    events = [
        ("LOINC//14647-2", date(2025, 3, 1)),
        ("LOINC//13457-7", date(2026, 3, 1)),
        ("LOINC//14647-2", date(2024, 3, 1)),
        ("NMU//A09.19.001.001", date(2023, 1, 1)),
        ("ICD10//Z00.0", date(2022, 1, 1)),
        ("ICD10//Z00.01", date(2026, 1, 1)),
    ]

    assert last_done(ORDER, events) == {
        "lipid_panel": date(2026, 3, 1),
        "faecal_occult_blood": date(2023, 1, 1),
        "preventive_examination": date(2022, 1, 1),
        "dispensarisation": date(2022, 1, 1),
        "cardiovascular_risk": date(2022, 1, 1),
    }


def test_every_row_of_the_order_is_there_with_its_source() -> None:
    assert set(examinations(ORDER)) == {
        "preventive_examination", "lipid_panel", "cardiovascular_risk", "fluorography", "ecg",
        "intraocular_pressure", "gynaecological_examination", "dispensarisation", "cervical_cytology",
        "full_blood_count", "faecal_occult_blood", "mammography", "psa", "gastroscopy", "anti_hcv",
        "blood_pressure", "glucose",
    }  # fmt: skip # one table row each
    assert all("404н" in rule.source and "п. " in rule.source for rule in ORDER)


DAYS = st.dates(date(2021, 7, 1), date(2035, 12, 31))


@given(
    birth=st.dates(date(1925, 1, 1), date(2020, 12, 31)),
    sex=st.sampled_from(["F", "M"]),
    today=DAYS,
    ago=st.dictionaries(st.sampled_from(sorted(examinations(ORDER))), st.integers(0, 6000)),
)
def test_nothing_is_due_before_it_is_useful(birth: date, sex: str, today: date, ago: dict[str, int]) -> None:
    done = {name: today - timedelta(days=days) for name, days in ago.items()}
    for item in due(ORDER, birth_date=birth, sex=sex, done=done, today=today):  # type: ignore[arg-type] # literal
        year = max(item.due, today).year
        assert item.rule.from_age <= year - birth.year <= item.rule.to_age
        assert item.due.year - birth.year >= 18 and item.due >= item.rule.valid_from
        assert item.rule.sex in (None, sex)
        if item.last_done is not None:
            assert item.due >= add_months(item.last_done, item.rule.every_months or 12)
        assert item.overdue is (item.last_done is not None and item.due < today and not item.rule.ages)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("every: {years: 2}", "every: {years: 0}"), "longer than nothing"),
        (("every: {years: 2}", "once: true\n    every: {years: 2}"), "either `every` or `once"),
        (("from: 18", "from: 80"), "below"),
        (("[fluorography]", "[fluorografy]"), "neither a code group"),
        (("sex: male", "sex: man"), "sex"),
        (("valid_from: 2021-07-01", "valid_form: 2021-07-01"), "valid_form"),
        (("rules:", "rules: ["), "rule file bad.yaml"),
    ],
)
def test_a_faulty_rule_file_says_what_is_wrong(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    good = """
title: {ru: "а", en: "a"}
rules:
  - id: x_ray
    examination: x_ray
    title: {ru: "а", en: "a"}
    why: {ru: "а", en: "a"}
    done_by: [fluorography]
    sex: male
    ages: {from: 18, to: 75}
    every: {years: 2}
    source: "order, paragraph 1"
    valid_from: 2021-07-01
"""
    path = tmp_path / "bad.yaml"
    path.write_text(good, encoding="utf-8")
    assert len(load(path)) == 1

    path.write_text(good.replace(*change), encoding="utf-8")
    with pytest.raises(RuleFileError, match=message):
        load(path)


def test_an_unknown_rule_set_names_those_that_exist() -> None:
    with pytest.raises(RuleFileError, match="order_404n"):
        rules("uspstf_2099")


def test_every_rule_says_how_soon_it_is_named_and_one_examination_has_one_priority() -> None:
    by_examination: dict[str, set[int]] = {}
    for rule in ORDER:
        by_examination.setdefault(rule.examination, set()).add(rule.priority)

    assert all(len(found) == 1 for found in by_examination.values())
    assert all(1 <= priority < DEFAULT_PRIORITY for found in by_examination.values() for priority in found)
    assert max(by_examination["faecal_occult_blood"]) < min(by_examination["intraocular_pressure"])


def test_a_rule_without_a_priority_comes_last(tmp_path: Path) -> None:
    text = (FOLDER / "order_404n.yaml").read_text(encoding="utf-8")
    path = tmp_path / "own.yaml"
    path.write_text(re.sub(r"\n    priority: \d+", "", text), encoding="utf-8")
    assert {rule.priority for rule in load(path)} == {DEFAULT_PRIORITY}
