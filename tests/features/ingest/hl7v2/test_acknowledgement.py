"""What a sender would be told of a message."""

import io
from datetime import datetime
from typing import Any

import pytest

from features.ingest import Options, reason
from features.ingest.hl7v2.acknowledgement import Outcome, outcome

NOW = datetime(2026, 11, 25, 12)


def answer(text: str | bytes, **options: Any) -> Outcome:
    data = text if isinstance(text, bytes) else text.encode()
    return outcome(io.BytesIO(data), Options(**options), NOW)


def test_a_good_message_is_accepted(messages: Any) -> None:
    sent = messages.oru(messages.obx("5.4"), charset="UNICODE UTF-8")
    assert answer(b"\x0b" + sent.encode() + b"\x1c\r") == Outcome("AA", (), "M1")


def test_a_message_with_a_bad_result_is_an_error(messages: Any) -> None:
    sent = messages.oru(messages.obx("много"), messages.obx("5.4"))
    assert answer(sent) == Outcome("AE", (reason.NO_NUMBER,), "M1")


@pytest.mark.parametrize(
    ("encoding", "charset", "why"),
    [
        ("cp1251", "8859/5", reason.MOJIBAKE),
        ("cp1251", "", reason.NO_CHARSET),
        ("cp1251", "UNICODE UTF-8", reason.NOT_IN_CHARSET),
        ("cp1251", "KLINGON", reason.CHARSET),
    ],
)
def test_a_message_that_cannot_be_decoded_is_an_error(
    messages: Any, encoding: str, charset: str, why: str
) -> None:
    sent = messages.oru(messages.obx("5.4"), charset=charset).encode(encoding)
    assert answer(sent) == Outcome("AE", (why,), "M1")


def test_the_setting_of_a_sender_holds(messages: Any) -> None:
    sent = messages.oru(messages.obx("5.4")).encode("cp1251")
    assert answer(sent, charsets={"LAB": "windows-1251"}).code == "AA"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", reason.NO_MSH),
        (b"PID|1", reason.NO_MSH),
        (b"MSH|^^~&|A", reason.DELIMITERS),
        (b"MSH|^~\\&|A\rMSH|^~\\&|A", reason.NO_MSH),
        (b"MSH|^~\\&|A||||||MFN^M02|1|P|2.5", reason.MESSAGE_TYPE),
        (b"MSH|^~\\&|A||||||ORU^R01|1|T|2.5", reason.TRAINING),
    ],
)
def test_what_cannot_be_used_at_all_is_rejected(data: bytes, why: str) -> None:
    found = answer(data)
    assert (found.code, found.reasons) == ("AR", (why,))
