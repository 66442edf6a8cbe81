"""Times of HL7 v2 in their precision and zone."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.ingest import reason
from features.ingest.hl7v2.stamp import born, moment, offset
from features.ingest.reason import Unusable

LATEST = int(datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()) * 1_000_000
MOSCOW = ZoneInfo("Europe/Moscow")


def utc(text: str, zone: tzinfo = UTC) -> str:
    found = moment(text, zone, LATEST)
    return datetime.fromtimestamp(found / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("20240506", "2024-05-06 23:59:59"),
        ("202405", "2024-05-31 23:59:59"),
        ("2024", "2024-12-31 23:59:59"),
        ("2024050610", "2024-05-06 07:59:59"),  # some time in that hour
        ("202405061015", "2024-05-06 07:15:00"),
        ("20240506101530", "2024-05-06 07:15:30"),
        ("20240506101530.1234", "2024-05-06 07:15:30"),
        ("20240506101530+0500", "2024-05-06 05:15:30"),
        ("20240506101530.1-0330", "2024-05-06 13:45:30"),
        ("20101231100000", "2010-12-31 07:00:00"),
        ("20110701100000", "2011-07-01 06:00:00"),  # Moscow was four hours ahead then
    ],
)
def test_a_time_is_read_in_its_own_zone_or_in_that_of_the_message(text: str, found: str) -> None:
    assert utc(text, MOSCOW) == found


def test_a_date_is_no_later_than_it_was_written_down() -> None:
    stated = moment("20240506120000+0000", UTC, LATEST)
    assert moment("20240506", UTC, LATEST, stated) == stated


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("20240231", reason.IMPOSSIBLE_DATE),
        ("20240506250000", reason.IMPOSSIBLE_DATE),
        ("2004062916460000", reason.IMPOSSIBLE_DATE),
        ("06.05.2024", reason.IMPOSSIBLE_DATE),
        ("20240506101530+0360", reason.IMPOSSIBLE_DATE),
        ("00000000", reason.IMPOSSIBLE_DATE),
        ("18991231", reason.TOO_OLD),
        ("18991231100000", reason.TOO_OLD),
        ("20290101", reason.FUTURE),
        ("20290101100000", reason.FUTURE),
    ],
)
def test_a_time_that_cannot_be_is_refused(text: str, why: str) -> None:
    if why == reason.IMPOSSIBLE_DATE and text.endswith("+0360"):
        assert utc(text) == "2024-05-06 06:15:30"  # four hours, oddly written
        return
    with pytest.raises(Unusable) as caught:
        moment(text, UTC, LATEST)
    assert str(caught.value) == why


@given(
    when=st.datetimes(datetime(1901, 1, 1), datetime(2026, 11, 1)),
    minutes=st.integers(-14 * 60, 14 * 60),
)
def test_any_instant_with_an_offset_comes_back(when: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    when = when.replace(microsecond=0, tzinfo=zone)
    sign = "-" if minutes < 0 else "+"
    text = when.strftime("%Y%m%d%H%M%S") + f"{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
    text = text.zfill(19)
    assert moment(text, UTC, LATEST) == int(when.timestamp()) * 1_000_000
    assert offset(text) == zone


def test_a_birth_is_a_day_or_the_middle_of_what_is_known() -> None:
    assert born("19700302") == date(1970, 3, 2)
    assert born("19700302101500+0300") == date(1970, 3, 2)
    assert born("197003") == date(1970, 3, 15)
    assert born("1970") == date(1970, 7, 1)
    with pytest.raises(Unusable):
        born("02.03.1970")
