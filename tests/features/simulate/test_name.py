"""Names agree in gender; contacts are ASCII and reach nobody."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.simulate.name import FATHERS, SURNAMES, WOMEN, feminine, latin, name

MASCULINE = {"Илья", "Никита"}  # men's names that end like women's


@given(seed=st.integers(0, 2**32), male=st.booleans())
def test_surname_given_name_and_patronymic_agree(seed: int, male: bool) -> None:
    drawn = name(np.random.default_rng(seed), male, foreign=False)

    if male:
        assert drawn.given in FATHERS
        assert drawn.patronymic.endswith("ич")
        assert drawn.family in SURNAMES
    else:
        assert drawn.given in WOMEN
        assert drawn.patronymic.endswith(("вна", "чна"))
        assert not drawn.family.endswith(("ов", "ев", "ёв", "ин", "ий", "ой"))


@pytest.mark.parametrize(
    ("man", "woman"),
    [
        ("Иванов", "Иванова"),
        ("Соловьёв", "Соловьёва"),
        ("Никитин", "Никитина"),
        ("Островский", "Островская"),
        ("Толстой", "Толстая"),
        ("Шевченко", "Шевченко"),
        ("Кравчук", "Кравчук"),
        ("Хабибуллин", "Хабибуллина"),
    ],
)
def test_surnames_take_the_form_that_women_bear(man: str, woman: str) -> None:
    assert feminine(man) == woman


def test_no_given_name_is_on_both_lists_and_lists_hold_no_repeats() -> None:
    assert not set(FATHERS) & set(WOMEN)
    assert len(set(SURNAMES)) == len(SURNAMES)
    assert len(set(WOMEN)) == len(WOMEN)
    assert {n for n in FATHERS if n.endswith(("а", "я"))} == MASCULINE


@given(seed=st.integers(0, 2**32), male=st.booleans(), foreign=st.booleans())
def test_mailboxes_are_ascii(seed: int, male: bool, foreign: bool) -> None:
    drawn = name(np.random.default_rng(seed), male, foreign)

    assert re.fullmatch(r"[a-z]+\.[a-z]+", drawn.email)


def test_letters_are_those_of_russian_passports() -> None:
    assert latin("Щербаков Юлия Пётр Подъячев") == "shcherbakov iuliia petr podieiachev"


def test_patients_on_record_agree_in_gender_and_have_contacts_of_their_own(cohort: Any) -> None:
    patients = cohort.read("Patient")
    for p in patients:
        given = p["name"][0]["given"]
        if len(given) == 2:
            assert given[1].endswith("ич" if p["gender"] == "male" else "на")
            assert (given[0] in FATHERS) == (p["gender"] == "male")
        else:
            assert latin(given[0]).isascii()
    foreign = sum(len(p["name"][0]["given"]) == 1 for p in patients)
    english = sum(p["communication"][0]["language"]["coding"][0]["code"] == "en" for p in patients)

    assert 0 < english <= foreign < 0.05 * len(patients)
    for at, pattern in ((0, r"[\x21-\x7e]+@mail\.example"), (1, r"\+7000\d{7}")):
        contacts = {p["telecom"][at]["value"] for p in patients}
        assert len(contacts) == len(patients)
        assert all(re.fullmatch(pattern, contact) for contact in contacts)
