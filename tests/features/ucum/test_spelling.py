"""Units as senders write them: turned where one thing can be meant, refused where two can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.ucum.measure import measure
from features.ucum.spelling import ucum


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *[
            (said, "10*3/uL")
            for said in ("K/uL", "K/µL", "K/μL", "k/ul", "K/mm3", "тыс/мкл", "тыс./мкл", "тыс.кл/мкл")
        ],
        *[
            (said, "10*3/uL")
            for said in ("10^3/uL", "10*3/uL", "x10E3/uL", "X10E3/UL", "x10(3)/uL", "10³/мкл", "Th/cmm")
        ],
        *[
            (said, "10*9/L")
            for said in ("10^9/л", "10*9/л", "x10^9/L", "10⁹/л", "×10⁹/L", "х10^9/л", "G/L", "млрд/л")
        ],
        *[(said, "10*6/uL") for said in ("M/uL", "млн/мкл", "млн./мкл", "10^6/мкл")],
        *[(said, "10*12/L") for said in ("10^12/л", "T/L", "10 ^ 12 / л", "×10¹²/л")],
        *[(said, "/uL") for said in ("кл/мкл", "клеток/мкл", "cells/uL", "/мкл")],
        ("ммоль/л", "mmol/L"),
        ("мкмоль/л", "umol/L"),
        ("пмоль/л", "pmol/L"),
        ("г/л", "g/L"),
        ("мг/дл", "mg/dL"),
        ("нг/мл", "ng/mL"),
        ("пг", "pg"),
        ("фл", "fL"),
        ("мм/ч", "mm/h"),
        ("мм/час", "mm/h"),
        ("mm/hr", "mm/h"),
        ("Ед/л", "U/L"),
        ("ЕД/л", "U/L"),
        ("u/L", "U/L"),
        ("МЕ/мл", "[iU]/mL"),
        ("мМЕ/л", "m[iU]/L"),
        ("мкМЕ/мл", "u[iU]/mL"),
        ("µIU/mL", "u[iU]/mL"),
        ("мЕд/л", "mU/L"),
        ("мккат/л", "ukat/L"),
        ("mEq/L", "meq/L"),
        ("мэкв/л", "meq/L"),
        ("mcg/dL", "ug/dL"),
        ("mcg/mL FEU", "ug/mL{FEU}"),
        ("мм рт. ст.", "mm[Hg]"),
        ("mm Hg", "mm[Hg]"),
        ("кг/м²", "kg/m2"),
        ("kg/m^2", "kg/m2"),
        ("мл/мин/1,73 м²", "mL/min/{1.73_m2}"),
        ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
        ("мг/сут", "mg/d"),
        ("mg/24 h", "mg/d"),
        ("мг/ммоль", "mg/mmol"),
        ("°C", "Cel"),
        ("уд/мин", "{beats}/min"),
        ("% NGSP", "%"),
        ("‰", "[ppth]"),
        ("МНО", "{INR}"),
        ("mg/dL", "mg/dL"),
    ],
)
def test_a_spelling_of_which_one_thing_is_meant_is_read(said: str, meant: str) -> None:
    assert ucum(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "  ",
        "Г/л",
        "MG/DL",
        "109/л",
        "10 9/л",
        "12/л",
        "условные единицы",
        "Иванов",
        "{Иванов}/мин",
        "мг/",
        "норма",
    ],
)
def test_a_spelling_of_which_two_things_may_be_meant_or_none_is_refused(said: str) -> None:
    assert ucum(said) is None


def test_kelvin_per_microlitre_is_never_read() -> None:
    """The trap: `K/uL` is valid UCUM, for a temperature in a volume."""
    assert "K" not in (ucum("K/uL") or "K")
    assert ucum("K") == "K"  # a temperature alone stays one


@given(st.text(alphabet="mgLdlkuUK[]iU{}()./*^10-+%тыскмольЕд ", max_size=14))
def test_what_is_read_is_ucum_and_is_read_as_itself_again(said: str) -> None:
    meant = ucum(said)

    if meant is not None:
        assert ucum(meant) == meant
        assert measure(meant).factor > 0
