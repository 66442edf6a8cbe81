"""Numbers, dates, names of records, patterns and codes of single cells."""

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.ingest.table import clock, coding, digest, moment, number
from features.ingest.table.number import BAD, EMPTY, GOOD, UNKNOWN, Style
from features.ingest.table.pattern import fits

RUSSIAN = Style(decimal=(",",), thousands=" ", missing=frozenset({"", "-", "99"}))


def one(text: str, style: Style) -> tuple[float | None, str | None, int]:
    found = number.numbers(pl.Series([text]), style)
    return found.number[0], found.text[0] if found.text is not None else None, int(found.state[0])


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("6.5", Style(), (6.5, None, GOOD)),
        ("6,5", Style(), (None, None, BAD)),
        ("6.5", RUSSIAN, (None, None, BAD)),
        ("6,5", RUSSIAN, (6.5, None, GOOD)),
        ("6.5", Style(decimal=(",", ".")), (6.5, None, GOOD)),
        ("1 234,5", RUSSIAN, (1234.5, None, GOOD)),
        ("1\u00a0234 ,5", RUSSIAN, (None, None, BAD)),
        ("12 34", RUSSIAN, (None, None, BAD)),
        ("1234 567", RUSSIAN, (None, None, BAD)),
        ("1,234", Style(thousands=","), (1234.0, None, GOOD)),
        ("1,23", Style(thousands=","), (None, None, BAD)),
        ("1.234", Style(decimal=(",",), thousands="."), (1234.0, None, GOOD)),
        ("1.5", Style(decimal=(",",), thousands="."), (None, None, BAD)),
        ("<0,5", RUSSIAN, (0.5, "<", GOOD)),
        ("≥ 7", Style(), (7.0, ">=", GOOD)),
        ("\u22125", Style(), (-5.0, None, GOOD)),
        ("99", RUSSIAN, (None, None, EMPTY)),
        ("-", RUSSIAN, (None, None, EMPTY)),
        ("nan", Style(), (None, None, BAD)),
        ("inf", Style(), (None, None, BAD)),
        ("1e400", Style(), (None, None, BAD)),
        ("Иванов", Style(), (None, None, BAD)),
        ("Положительно", Style(), (None, "положительно", GOOD)),
        ("много", Style(map={"много": "100"}), (100.0, None, GOOD)),
        ("да", Style(map={"да": "Y"}), (None, "Y", GOOD)),
        ("н/и", Style(map={"н/и": ""}), (None, None, EMPTY)),
        ("иначе", Style(map={"да": "Y"}), (None, None, UNKNOWN)),
    ],
)
def test_a_cell_is_a_number_as_the_mapping_writes_it_or_none(
    text: str, style: Style, expected: tuple[float | None, str | None, int]
) -> None:
    assert one(text, style) == expected


NUMBERS = st.one_of(
    st.floats(-1e9, 1e9).map(repr),
    st.decimals(-10_000, 10_000, places=2).map(str),
    st.sampled_from(["", "x", "1,5", "<3", " 4 ", "1 000", "5.", ".5", "+1", "1e3", "inf", "да"]),
)


@given(
    st.lists(NUMBERS, min_size=1, max_size=8), st.sampled_from([Style(), RUSSIAN, Style(decimal=(",", "."))])
)
@settings(max_examples=80, deadline=None)
def test_a_column_says_what_its_cells_say(texts: list[str], style: Style) -> None:
    found = number.numbers(pl.Series(texts), style)

    for place, text in enumerate(texts):
        value, word, state = number.cell(text, style)
        assert found.state[place] == state
        assert found.number[place] == (None if value is None else pytest.approx(value))
        assert (found.text[place] if found.text is not None else None) == word


FORMATS = ["%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y/%m/%d", "%d-%b-%Y", "%m/%d/%Y %I:%M %p"]


@given(
    st.lists(
        st.tuples(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.sampled_from(FORMATS)),
        min_size=1,
        max_size=6,
    ),
    st.permutations(FORMATS),
)
@settings(max_examples=60, deadline=None)
def test_dates_are_read_as_python_reads_them(written: list[tuple[datetime, str]], formats: list[str]) -> None:
    texts = [time.strftime(format) for time, format in written]

    found = moment.parsed(pl.Series(texts), formats)

    for place, text in enumerate(texts):
        expected = None
        for format in formats:
            try:
                expected = datetime.strptime(text, format)  # noqa: DTZ007 - a clock without a zone
                break
            except ValueError:
                continue
        assert expected is not None
        assert found.local[place] == (expected - datetime(1970, 1, 1)) // timedelta(microseconds=1)
        assert found.whole[place] == ("%H" not in format and "%I" not in format)


@given(st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), min_size=1, max_size=5), st.data())
@settings(max_examples=60, deadline=None)
def test_iso_dates_are_read_in_each_form(times: list[datetime], data: st.DataObject) -> None:
    forms: list[Any] = [
        lambda t: t.isoformat(),
        lambda t: t.isoformat(" "),
        lambda t: t.date().isoformat(),
        lambda t: t.replace(tzinfo=ZoneInfo("Asia/Yekaterinburg")).isoformat(),
        lambda t: t.strftime("%Y%m%dT%H%M%S"),
    ]
    texts = [data.draw(st.sampled_from(forms))(time) for time in times]

    found = moment.parsed(pl.Series(texts), ["iso"])

    for place, text in enumerate(texts):
        at = datetime.fromisoformat(text)
        aware = at.tzinfo is not None
        naive = (at - at.utcoffset()).replace(tzinfo=None) if aware else at  # type: ignore[operator]  # it has an offset
        assert found.local[place] == (naive - datetime(1970, 1, 1)) // timedelta(microseconds=1)
        assert bool(found.aware[place]) == aware


@pytest.mark.parametrize(
    ("text", "format", "expected"),
    [
        ("45000", "excel", datetime(2023, 3, 15)),
        ("45000,5", "excel", datetime(2023, 3, 15, 12)),
        ("1700000000", "unix", datetime(2023, 11, 14, 22, 13, 20)),
        ("1700000000000", "unix_ms", datetime(2023, 11, 14, 22, 13, 20)),
        ("59", "excel", None),
        ("x", "unix", None),
        ("31.02.2024", "%d.%m.%Y", None),
    ],
)
def test_numbers_stand_for_dates(text: str, format: str, expected: datetime | None) -> None:
    found = moment.one(text, [format])

    assert found == (
        None if expected is None else (expected - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    )


def test_a_time_that_the_clocks_left_out_is_none() -> None:
    # In Moscow the clocks went from 2:00 to 3:00 on 27 March 2011.
    local = np.array([(datetime(2011, 3, 27, 2, 30) - datetime(1970, 1, 1)) // timedelta(microseconds=1)])

    assert clock.utc(local, np.array([False]), "Europe/Moscow")[0] == moment.NONE


MASK = (1 << 64) - 1


def mixed(x: int) -> int:
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def named(text: str) -> int:
    """The name of a text, in plain Python."""
    data = text.encode()
    if len(data) > 64:
        return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")
    total = len(data) * 0x9E3779B97F4A7C15
    for place in range(0, len(data), 8):
        key = ((place // 8 + 1) * 0x9E3779B97F4A7C15) & MASK
        word = int.from_bytes(data[place : place + 8].ljust(8, b"\0"), "little")
        total += mixed(word ^ key) - mixed(key)
    return mixed(total & MASK)


@given(st.lists(st.text(max_size=90), min_size=1, max_size=12))
@settings(max_examples=50, deadline=None)
def test_the_name_of_a_record_is_as_it_was_defined(texts: list[str]) -> None:
    assert digest.of_texts(pl.Series(texts)).tolist() == [named(text) for text in texts]


def test_the_name_of_a_record_never_changes() -> None:
    """It is in every store: another number would make each record a new one."""
    assert digest.of_texts(pl.Series(["", "заявка 5", None])).tolist() == [0, 8656933742749232218, 0]
    assert digest.of_numbers(np.array([0, -1])).tolist() == [16294208416658607535, 16490336266968443936]
    assert digest.together(digest.of_texts(pl.Series(["a"])), digest.of_texts(pl.Series(["b"]))).tolist() == [
        3833722848936438645
    ]


@given(st.lists(st.text(max_size=90), min_size=2, max_size=12))
@settings(max_examples=50, deadline=None)
def test_a_text_has_one_name_whatever_stands_beside_it(texts: list[str]) -> None:
    together = digest.of_texts(pl.Series(texts)).tolist()

    assert together == [digest.of_texts(pl.Series([text]))[0] for text in texts]
    assert len(set(together)) == len(set(texts))


@pytest.mark.parametrize(
    ("name", "pattern", "fit"),
    [
        ("/in/labs1.csv", "labs*.csv", True),
        ("/in/LABS1.CSV.gz", "labs*.csv", True),
        ("/in/xlabs1.csv", "labs*.csv", False),
        ("/in/data/train/0.parquet", "data/**/*.parquet", True),
        ("/in/data/0.parquet", "data/**/*.parquet", True),
        ("/in/metadata/0.parquet", "data/**/*.parquet", False),
        ("/in/a/b.csv", "a?b.csv", False),
    ],
)
def test_a_file_fits_a_pattern_by_the_end_of_its_path(name: str, pattern: str, fit: bool) -> None:
    assert fits(name, [pattern]) is fit


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("LOINC//4548-4", "LOINC//4548-4"),
        ("MEDS_BIRTH", "MEDS_BIRTH"),
        ("GENDER//F", "SEX//F"),
        ("DIAGNOSIS//ICD//10//E119", "ICD10CM//E11.9"),
        ("ICD10//Е11.9", "ICD10//E11.9"),  # the letter is Cyrillic
    ],
)
def test_a_code_that_names_its_vocabulary_is_kept_in_its_form(text: str, code: str) -> None:
    assert coding.event_code(text) == code


@pytest.mark.parametrize("text", ["LAB//Иванов", "Иванов", "LOINC//Иванов"])
def test_any_other_code_is_a_hash(text: str) -> None:
    assert coding.event_code(text).startswith("OTHER//")
    assert "Иванов" not in coding.event_code(text)


@given(
    st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), min_size=1, max_size=6),
    st.sampled_from(
        ["Europe/Moscow", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu"]
    ),
)
@settings(max_examples=60, deadline=None)
def test_the_clock_of_a_zone_is_as_python_has_it(times: list[datetime], zone: str) -> None:
    epoch = datetime(1970, 1, 1)
    local = np.array([(time - epoch) // timedelta(microseconds=1) for time in times])

    found = clock.utc(local, np.zeros(len(times), np.bool_), zone)

    for place, time in enumerate(times):
        there = time.replace(tzinfo=ZoneInfo(zone))
        naive = (there - there.utcoffset()).replace(tzinfo=None)  # type: ignore[operator]  # it has an offset
        back = naive.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        expected = (naive - epoch) // timedelta(microseconds=1) if back == time else moment.NONE
        assert found[place] == expected


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Australia/Lord_Howe"])
def test_the_hours_around_a_change_of_the_clocks_are_exact(zone: str) -> None:
    epoch = datetime(1970, 1, 1)
    begin = (datetime(2011, 3, 26) - epoch) // timedelta(microseconds=1)
    local = begin + np.arange(0, 10 * 24 * 4) * 900_000_000  # every quarter of an hour over both changes

    found = clock.utc(local, np.zeros(len(local), np.bool_), zone)

    assert found.tolist() == clock._by_clock(local, zone).tolist()
    assert ((local - found) != (local - found)[0]).any()
