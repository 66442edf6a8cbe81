"""Bytes are read in the character set that is named, and what was read wrongly is refused."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from features.ingest import reason
from features.ingest.hl7v2.charset import codec, decoded, sender_codec
from features.ingest.reason import Unusable

FIVE = {
    "UNICODE UTF-8": "utf-8",
    "8859/5": "iso8859-5",
    "WINDOWS-1251": "cp1251",
    "KOI8-R": "koi8-r",
    "": "utf-8",
}
SINGLE = ("8859/5", "WINDOWS-1251", "KOI8-R")
NAMES = [
    "Соловьёв",
    "Пётр",
    "Ильич",
    "Щербакова",
    "Эльвира",
    "Юрьевна",
    "Ли",
    "Цой",
    "Хачатурян",
    "Жаворонков",
    "Ахметзянова",
    "Гюзель",
    "Мухаметшина",
    "Ойуна",
    "Шойгу",
    "Ыдырысов",
    "Чкалов",
    "Фёдоров",
]
PEOPLE = st.lists(st.sampled_from(NAMES), min_size=1, max_size=6).map("^".join)
FULL = st.lists(st.sampled_from(NAMES), min_size=4, max_size=8, unique=True).map("^".join)
LINE = "PID|1||1^^^^MR||{}|"


@given(name=st.sampled_from(sorted(FIVE)), people=PEOPLE, upper=st.booleans())
def test_a_text_in_any_of_the_five_character_sets_comes_back(name: str, people: str, upper: bool) -> None:
    text = LINE.format(people.upper() if upper else people)
    assert decoded(text.encode(FIVE[name]), name, None) == (text, FIVE[name])


@given(
    written=st.sampled_from(SINGLE), named=st.sampled_from([*SINGLE, "8859/1", "WINDOWS-1252"]), people=FULL
)
def test_a_text_in_another_character_set_than_the_one_named_is_refused(
    written: str, named: str, people: str
) -> None:
    assume(written != named)
    with pytest.raises(Unusable) as caught:
        decoded(LINE.format(people).encode(FIVE[written]), named, None)
    assert str(caught.value) in (reason.MOJIBAKE, reason.NOT_IN_CHARSET)


@given(named=st.sampled_from(SINGLE), people=FULL)
def test_utf_8_that_is_named_otherwise_is_refused(named: str, people: str) -> None:
    with pytest.raises(Unusable):
        decoded(LINE.format(people).encode(), named, None)


@given(through=st.sampled_from(["cp1251", "latin-1", "koi8-r"]), people=FULL)
def test_utf_8_that_its_sender_had_already_read_wrongly_is_refused(through: str, people: str) -> None:
    wrong = people.encode().decode(through, "ignore")
    assume(wrong.encode(through, "ignore") == people.encode())
    with pytest.raises(Unusable, match="nonsense"):
        decoded(LINE.format(wrong).encode(), "UNICODE UTF-8", None)


def test_the_known_case_is_refused() -> None:
    data = LINE.format("Соловьёв^Пётр").encode("cp1251")
    assert "бюыютќИт" in data.decode("iso8859-5")
    with pytest.raises(Unusable, match="nonsense"):
        decoded(data, "8859/5", None)


@pytest.mark.parametrize("codec", ["iso8859-5", "cp1251", "koi8-r", "utf-8"])
def test_a_sender_that_names_nothing_has_a_setting(codec: str) -> None:
    text = LINE.format("Соловьёв^Пётр")
    assert decoded(text.encode(codec), "", codec)[0] == text


def test_without_a_name_and_a_setting_only_utf_8_is_read() -> None:
    with pytest.raises(Unusable, match="set the character set of this sender"):
        decoded(LINE.format("Соловьёв").encode("cp1251"), "", None)


def test_ascii_that_is_none_needs_a_setting() -> None:
    data = LINE.format("Соловьёв").encode("cp1251")
    with pytest.raises(Unusable, match="says ASCII"):
        decoded(data, "ASCII", None)
    assert "Соловьёв" in decoded(data, "ASCII", "cp1251")[0]


def test_what_msh_18_names_goes_before_the_setting() -> None:
    assert "Соловьёв" in decoded(LINE.format("Соловьёв").encode("koi8-r"), "KOI8-R", "cp1251")[0]


OTHERS = {
    "Hélène^Müller^Ångström": ("iso8859-1", "cp1252", "utf-8"),
    "Zażółć gęślą jaźń": ("iso8859-2", "cp1250", "utf-8"),
    "Київ^Ґалаґан^Їжак": ("cp1251", "koi8-u", "utf-8"),
    "Ђорђевић^Љиљана": ("cp1251", "iso8859-5", "utf-8"),
    "36,6 °C ± 0,1 «норма» №5": ("cp1251", "utf-8"),
    "Παπαδόπουλος": ("iso8859-7", "cp1253", "utf-8"),
}


@pytest.mark.parametrize(("text", "codec"), [(text, codec) for text in OTHERS for codec in OTHERS[text]])
def test_other_languages_are_not_taken_for_nonsense(text: str, codec: str) -> None:
    assert decoded(LINE.format(text).encode(codec), codec, None)[0] == LINE.format(text)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("8859/5", "iso8859-5"),
        ("ISO 8859-5", "iso8859-5"),
        ("ISO IR144", "iso8859-5"),
        ("ISO-IR-100", "iso8859-1"),
        ("ISO IR 192", "utf-8"),
        ("windows-1251", "cp1251"),
        ("CP1251", "cp1251"),
        ("KOI8-R", "koi8-r"),
        ("ISO IR6", "ascii"),
        ("GB 18030-2000", "gb18030"),
    ],
)
def test_a_character_set_is_known_by_its_names(name: str, found: str) -> None:
    assert codec(name) == found


@pytest.mark.parametrize("name", ["KLINGON", "hex", "rot13", "UNICODE UTF-16", "8859/12", "PID"])
def test_an_unknown_character_set_is_refused(name: str) -> None:
    with pytest.raises(Unusable, match="unknown character set"):
        codec(name)


def test_a_setting_is_found_by_facility_and_application() -> None:
    settings = {"LAB|A": "koi8-r", "A": "windows-1251", "LAB": "8859/5", "*": "latin-1"}
    found = [
        sender_codec(settings, *sender) for sender in [("LAB", "A"), ("X", "A"), ("LAB", "B"), ("X", "B")]
    ]
    assert found == ["koi8-r", "cp1251", "iso8859-5", "iso8859-1"]
    assert sender_codec({"LAB": "koi8-r"}, "X", "Y") is None
    with pytest.raises(Unusable):
        sender_codec({"*": "utf-16"}, "X", "Y")


@pytest.mark.parametrize("codec", ["8859/1", "8859/2", "8859/5"])
def test_control_characters_are_no_text(codec: str) -> None:
    with pytest.raises(Unusable, match="nonsense"):
        decoded(LINE.format("caf").encode() + b"\x80\x9a", codec, None)
