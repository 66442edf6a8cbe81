"""Escape sequences are decoded exactly once, and bad ones stay as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.ingest.hl7v2.escape import Marks, escaped, unescaped

MARKS = st.sampled_from([Marks(), Marks("|", "^", "~", "\\", "&", "#"), Marks("!", "@", "$", "%", "*")])


@given(text=st.text(), marks=MARKS)
def test_what_is_escaped_comes_back(text: str, marks: Marks) -> None:
    clean = text.encode("utf-8", "replace").decode()
    assert unescaped(escaped(clean, marks), marks) == clean


@given(text=st.text(alphabet="a|^~\\&#\r\n\x00FSTREX0D.br"), marks=MARKS)
def test_nothing_in_a_value_can_begin_a_segment_or_a_field(text: str, marks: Marks) -> None:
    written = escaped(text, marks)
    assert not set(written) & {"\r", "\n", marks.field, marks.component, marks.repeat, marks.part}


@given(text=st.text(alphabet="ab5 \\XFSTRE0D.br"))
def test_decoding_loses_no_letter_that_is_no_sequence(text: str) -> None:
    assert unescaped(text.replace("\\", ""), Marks()) == text.replace("\\", "")
    assert unescaped(f"{text}\\".count("\\") * "z", Marks()) == f"{text}\\".count("\\") * "z"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"),
        (r"\E\F\E\ ", r"\F\ "),  # once, not twice
        (r"BSV 4\5 re.", r"BSV 4\5 re."),
        (r"4\5 \T\ 6\7", r"4\5 & 6\7"),
        (r"open \F and no end", r"open \F and no end"),
        (r"\X0D\\X0A\ ", "\r\n "),
        (r"\X000d\ ", "\0\r "),
        (r"\XD0AF\ ", "Я "),
        (r"\XD0\ ", r"\XD0\ "),  # half a letter
        (r"\X0\ \XZZ\ \X\ ", r"\X0\ \XZZ\ \X\ "),
        (r"a\.br\b\.sp2\c\.sk 3\d", "a\nb\n\nc   d"),
        (r"a\.in+4\b\H\c\N\d", "abcd"),
        (r"\Q\ \C2842\ \Zlocal\ ", r"\Q\ \C2842\ \Zlocal\ "),
        ("\\", "\\"),
        ("\\\\", "\\\\"),
    ],
)
def test_a_sequence_means_what_the_standard_says_or_itself(written: str, meant: str) -> None:
    assert unescaped(written) == meant


def test_hexadecimals_are_of_the_character_set_of_the_message() -> None:
    assert unescaped(r"\XDF\ ", Marks(), lambda data: data.decode("cp1251")) == "Я "


def test_a_truncation_mark_is_one_only_where_msh_2_names_it() -> None:
    assert unescaped(r"\P\ ") == r"\P\ "
    assert unescaped(r"\P\ ", Marks(cut="#")) == "# "


def test_blank_lines_that_a_sequence_asks_for_have_a_limit() -> None:
    assert len(unescaped(r"\.sp999\ ")) == 100
