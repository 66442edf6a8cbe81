"""CSV to rows, against Python's own csv."""

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.ingest.table import plain
from features.ingest.table import rows as module
from features.ingest.table.rows import Rows
from features.ingest.table.text import Text, encoding_of

CELL = st.one_of(
    st.sampled_from(["", "a", " b ", 'q"q', '"', "x,y", "l\nm", "r\r\nn", "ё", "=1", "5;6", "\t", "0,5"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufffd\x00"), max_size=6),
)


Read = tuple[list[list[str]], list[int], list[tuple[int, str, str]]]


def read(
    data: bytes, names: Sequence[str], wanted: Sequence[str], delimiter: str, skip: int = 1, size: int = 64
) -> Read:
    """Cells, lines, bad rows: as one."""
    cells: list[list[str]] = []
    lines: list[int] = []
    bad: list[tuple[int, str, str]] = []
    encoding = encoding_of(data, None)
    assert encoding
    # The header goes by itself, so that the rows below it may take the fast way.
    before = module.SIZE, module.FEW
    module.SIZE, module.FEW = size, data.find(b"\n") + 1
    try:
        for batch in Rows(Text(io.BytesIO(data), encoding, data), names, wanted, delimiter, skip).batches():
            cells += [[cell or "" for cell in row] for row in batch.frame.rows()]
            lines += list(batch.lines)
            bad += list(batch.bad)
    finally:
        module.SIZE, module.FEW = before
    return cells, lines, bad


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, list[list[str]], str, str, int, int]:
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=12))
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    return (
        width,
        rows,
        draw(st.sampled_from([",", ";", "\t", "|"])),
        draw(st.sampled_from(["\n", "\r\n"])),
        quoting,
        draw(st.sampled_from([1, 16, 64, 1 << 20])),
    )


@given(tables())
@example((2, [["a", "l\nm"]], ",", "\r\n", csv.QUOTE_MINIMAL, 1))
@settings(max_examples=120, deadline=None)
def test_what_python_writes_is_read_as_python_reads_it(
    table: tuple[int, list[list[str]], str, str, int, int],
) -> None:
    width, rows, delimiter, end, quoting, size = table
    names = [f"c{n}" for n in range(width)]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]  # one of csv's numbers
    writer.writerows([names, *rows])
    text = out.getvalue()
    oracle = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    next(oracle)
    expected, at = [], []
    start = oracle.line_num
    for row in oracle:
        if row and (width > 1 or row[0].strip()):
            expected.append(row)
            at.append(start + 1)
        start = oracle.line_num
    # A cell that is blank alone on its line is a blank line to everybody.
    cells, lines, bad = read(text.encode(), names, names, delimiter, size=size)

    assert cells == expected
    assert not bad
    if "\r" not in "".join(cell for row in rows for cell in row).replace("\r\n", ""):
        assert lines == at


def test_only_the_wanted_columns_are_read_in_the_order_wanted() -> None:
    data = b"a,b,c\n1,2,3\n4,5,6\n"

    assert read(data, ["a", "b", "c"], ["c", "a"], ",")[0] == [["3", "1"], ["6", "4"]]


@pytest.mark.parametrize("size", [8, 1 << 20])
def test_a_row_of_another_width_is_named_with_its_line(size: int) -> None:
    data = b"a,b\n1,2\n3\n4,5,6\n7,8\n"

    cells, lines, bad = read(data, ["a", "b"], ["a", "b"], ",", size=size)

    assert cells == [["1", "2"], ["7", "8"]]
    assert lines == [2, 5]
    assert bad == [(3, "cells", "3"), (4, "cells", "4,5,6")]


@pytest.mark.parametrize("size", [8, 1 << 20])
def test_short_and_long_rows_do_not_make_up_for_one_another(size: int) -> None:
    cells, _, bad = read(b"a,b,c\n1,2\n3,4,5,6\n", ["a", "b", "c"], ["a"], ",", size=size)

    assert not cells
    assert [line for line, _, _ in bad] == [2, 3]


@pytest.mark.parametrize("size", [8, 1 << 20])
def test_a_quote_that_is_never_closed_costs_one_line(size: int) -> None:
    data = b'a,b\n1,2\n3,"x\n4,5\n6,7\n'  # by itself and among others

    cells, lines, bad = read(data, ["a", "b"], ["a", "b"], ",", size=size)

    assert cells == [["1", "2"], ["4", "5"], ["6", "7"]]
    assert lines == [2, 4, 5]
    assert [(line, why) for line, why, _ in bad] == [(3, "quote")]


def test_text_after_a_closing_quote_is_no_cell() -> None:
    cells, _, bad = read(b'a,b\n"1"x,2\n3,4\n', ["a", "b"], ["a"], ",")

    assert cells == [["3"]]
    assert bad == [(2, "quote", '"1"x,2')]


def test_a_quote_within_an_unquoted_cell_is_a_character() -> None:
    assert read(b'a,b\n5" pipe,2\n7" pipe,4\n', ["a", "b"], ["a"], ",")[0] == [['5" pipe'], ['7" pipe']]


def test_blank_lines_are_no_rows() -> None:
    cells, lines, bad = read(b"a,b\n\n1,2\n   \n3,4\n\n", ["a", "b"], ["a"], ",")

    assert (cells, lines, bad) == ([["1"], ["3"]], [3, 5], [])


def test_a_lone_return_ends_lines_where_no_other_break_is() -> None:
    assert read(b"a,b\r1,2\r3,4\r", ["a", "b"], ["b"], ",")[0] == [["2"], ["4"]]


def test_a_row_of_megabytes_is_refused_and_the_next_is_read() -> None:
    data = b"a,b\n" + b"x" * (3 << 20) + b",1\n2,3\n"

    cells, lines, bad = read(data, ["a", "b"], ["a", "b"], ",", size=1 << 18)

    assert cells == [["2", "3"]]
    assert lines == [3]
    assert [line for line, _, _ in bad] == [2]


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_tells_the_encoding(mark: str) -> None:
    assert read("a,b\nё,2\n".encode(mark), ["a", "b"], ["a"], ",")[0] == [["ё"]]


@pytest.mark.parametrize(
    ("data", "way"),
    [
        (b"1,2\n3,4\n", True),
        (b'"1","2"\n"a\nb","q""q"\n', True),
        (b'"1",2\r\n3,"4"\r\n', True),
        (b"1,2\n3\n4,5,6\n", False),
        (b'5" pipe,2\n7" pipe,4\n', False),
        (b'"1"x,2\n', False),
        (b"1,2\rx\n", False),
        (b"1,2\n\n3,4\n", False),
        (b'1,2\n3,"4\n', True),  # the second row waits for its end
        (b'1,"2\n', False),
    ],
)
def test_the_fast_way_takes_only_what_is_well_formed_beyond_doubt(data: bytes, way: bool) -> None:
    assert (plain.layout(data, 2, ",") is not None) is way
