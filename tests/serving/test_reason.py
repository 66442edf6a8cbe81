"""Reasons are sentences that a person can read."""

import numpy as np
import pytest

from features.catalogue import FEATURES, by_name
from serving.reason import fact, number, quantity, reasons


@pytest.mark.parametrize(
    ("value", "unit", "ru", "en"),
    [
        (4.1, "mmol/L", "4,1 ммоль/л", "4.1 mmol/L"),
        (142.0, "mm[Hg]", "142 мм рт. ст.", "142 mmHg"),
        (-1.05, "kg/a", "−1,05 кг в год", "-1.05 kg a year"),
        (61.9, "a", "61 год", "61 years"),
        (42.0, "a", "42 года", "42 years"),
        (12.0, "a", "12 лет", "12 years"),
        (400.2, "d", "400 дн.", "400 days"),
        (0.0, "%", "0 %", "0 %"),
        (-0.001, "%", "0 %", "0 %"),
        (10012.0, "/d", "10012 в день", "10012 a day"),
        (6.5, "10*9/L", "6,5 10⁹/л", "6.5 10⁹/L"),
        (2.5, "m[iU]/L", "2,5 мМЕ/л", "2.5 mIU/L"),
        (36.6, "Cel", "36,6 °C", "36.6 °C"),
        (12.0, "{score}", "12 балл.", "12 points"),
    ],
)
def test_a_value_reads_as_it_is_written(value: float, unit: str, ru: str, en: str) -> None:
    assert (quantity(value, unit, "ru"), quantity(value, unit, "en")) == (ru, en)


def test_every_feature_has_words_in_both_languages_without_unit_codes() -> None:
    for feature in FEATURES:
        for value in (None, 0.0, 1.0, 37.25):
            russian, english = fact(feature, value, "ru"), fact(feature, value, "en")
            assert "[" not in russian + english and "{" not in russian + english, russian
            assert not any("a" <= letter <= "z" for letter in russian.split(": ", 1)[1]), russian


def test_yes_and_no_are_words() -> None:
    assert fact(by_name["hypertension_ever"], 1.0, "ru").endswith(": да")
    assert fact(by_name["male"], 0.0, "en").endswith(": no")
    assert not fact(by_name["visits_1y"], 1.0, "ru").endswith(": да")
    assert fact(by_name["current_smoker_5y"], 1.0, "ru").endswith(": да")
    assert fact(by_name["tsh_present_2y"], 0.0, "ru").endswith(": нет")
    assert fact(by_name["anaemia_by_hemoglobin_2y"], 1.0, "en").endswith(": yes")
    for counted in ("drugs_distinct_1y", "tg_hdl_ratio_2y", "hba1c_rcv_change_2y", "charlson_index"):
        assert fact(by_name[counted], 1.0, "ru").endswith(": 1")


def test_known_values_come_before_missing_ones_and_small_ones_are_left_out() -> None:
    names = ("age", "hba1c_last_2y", "bmi_last_2y", "step")
    values = np.array([50, np.nan, 31, 2], np.float32)
    found = reasons("risk", names, values, np.array([0.01, 2.0, -0.4, 3.0]), "ru")
    assert [r.feature for r in found] == ["bmi_last_2y"] and found[0].text.endswith("снижает риск")
    alone = reasons("risk", names, values, np.array([0.01, 2.0, 0.0, 3.0]), "en")
    assert [r.text for r in alone] == ["HbA1c, last in 2 years: no data — raises the risk"]


def test_numbers_keep_three_digits() -> None:
    assert [number(v, "en") for v in (1234.5, 99.96, 9.994, 0.123)] == ["1234", "100", "9.99", "0.12"]
