"""A stream falls into its messages, however they are framed."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.ingest.hl7v2 import framing
from features.ingest.hl7v2.framing import Raw, messages, recognised
from features.ingest.tape import Tape

MSH = b"MSH|^~\\&|A"


class Slow:
    """Gives a few bytes at a time, so that anything may be cut anywhere."""

    def __init__(self, data: bytes, step: int) -> None:
        self._file, self._step = io.BytesIO(data), step

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(self._step if size < 0 else min(size, self._step))


def read(data: bytes, step: int = 1 << 20) -> list[Raw]:
    return list(messages(Tape(Slow(data, step))))


@given(
    bodies=st.lists(
        st.lists(st.sampled_from([b"PID|1", b"OBX|2|", b"NTE", b"x y"]), max_size=4), min_size=1, max_size=5
    ),
    end=st.sampled_from([b"\r", b"\n", b"\r\n"]),
    framed=st.booleans(),
    step=st.integers(1, 40),
)
def test_messages_come_back_whatever_ends_their_lines_and_wherever_chunks_are_cut(
    bodies: list[list[bytes]], end: bytes, framed: bool, step: int
) -> None:
    sent = [[MSH, *body] for body in bodies]
    data = b"".join(
        (b"\x0b" if framed else b"") + end.join(lines) + end + (b"\x1c\r" if framed else b"")
        for lines in sent
    )
    assert [raw.lines for raw in read(data, step)] == sent


def test_the_line_of_a_message_is_told() -> None:
    found = read(MSH + b"\r\nPID|1\r\n\r\n" + MSH + b"\r\nPID|2\r\n", 3)
    assert [(raw.line, raw.lines[-1]) for raw in found] == [(1, b"PID|1"), (4, b"PID|2")]


def test_batch_segments_stand_alone() -> None:
    data = b"\r".join([b"FHS|^~\\&", b"BHS|^~\\&", MSH, b"PID|1", MSH, b"PID|2", b"BTS|2", b"FTS|1"])
    assert [raw.lines[0][:3] for raw in read(data)] == [b"FHS", b"BHS", b"MSH", b"MSH", b"BTS", b"FTS"]


def test_lines_before_the_first_message_are_not_lost() -> None:
    assert [raw.lines[0] for raw in read(b"PID|9\r" + MSH + b"\r")] == [b"PID|9", MSH]


def test_a_word_that_begins_like_msh_begins_no_message() -> None:
    assert len(read(MSH + b"\rMSHX|1\rPID|1\r")) == 1


def test_a_long_message_is_cut_and_the_next_one_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "LIMIT", 100)
    monkeypatch.setattr(framing, "CHUNK", 64)
    long = MSH + b"\rOBX|1|" + b"A" * 500 + b"\rOBX|2\r"
    found = read(long + MSH + b"\rPID|1\r" + long, 50)
    assert [raw.cut for raw in found] == [True, False, True]
    assert found[1].lines == [MSH, b"PID|1"]
    assert sum(map(len, found[0].lines)) <= 100


def test_nothing_within_a_long_line_begins_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "LIMIT", 100)
    long = MSH + b"\rOBX|1" + b"MSH|" * 200
    for step in range(30, 50):
        found = read(long + b"\r" + MSH + b"\rPID|1\r", step)
        assert [raw.cut for raw in found] == [True, False]


@pytest.mark.parametrize(
    "head",
    [MSH, b"\xef\xbb\xbf" + MSH, b"\x0b" + MSH, b"\r\n" + MSH, b"FHS|^~\\&|", b"BHS|^~\\&|", b"MSH!@#$%!A"],
)
def test_a_stream_of_messages_is_recognised(head: bytes) -> None:
    assert recognised(head)


@pytest.mark.parametrize("head", [b"", b"MSH", b"MSHA,B", b"{}", b"PID|1", b"a,b\nMSH|"])
def test_other_streams_are_not(head: bytes) -> None:
    assert not recognised(head)
