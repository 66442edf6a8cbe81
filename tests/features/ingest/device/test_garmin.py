"""FIT files: checksums first, running totals once, times made whole."""

from __future__ import annotations

import struct
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from fitdecode.utils import compute_crc  # type: ignore[import-untyped]  # no stubs exist

from features.ingest import NothingReadable, Options, reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.features.ingest.conftest import Bench

ME = Options(patient="p1")
BORN = 631_065_600  # FIT's 0, in seconds since 1970
NOON = 1_772_625_600 - BORN  # 2026-03-04T12:00Z
FORMATS = {2: "B", 0: "B", 0x84: "H", 0x86: "I"}  # base types: uint8, enum, uint16, uint32
Field = tuple[int, int, int]  # number, base type, value

FILE_ID, MONITORING, INFO, SCALE, PRESSURE = 0, 55, 103, 30, 51


def message(number: int, *fields: Field) -> bytes:
    """A definition and one message of it, local type 0."""
    definition = struct.pack("<BBBHB", 0x40, 0, 0, number, len(fields))
    sizes = b"".join(struct.pack("BBB", n, struct.calcsize(FORMATS[base]), base) for n, base, _ in fields)
    values = b"".join(struct.pack("<" + FORMATS[base], value) for _, base, value in fields)
    return definition + sizes + b"\0" + values


def fit(*messages: bytes) -> bytes:
    data = message(FILE_ID, (0, 0, 32), (1, 0x84, 1), (3, 0x86, 4711)) + b"".join(messages)
    head = struct.pack("<BBHI4s", 14, 0x20, 2100, len(data), b".FIT")
    head += struct.pack("<H", compute_crc(head))
    return head + data + struct.pack("<H", compute_crc(head + data))


def info(at: int = NOON, offset: int = 10_800) -> bytes:
    return message(INFO, (253, 0x86, at), (0, 0x86, at + offset))


def walked(cycles: int, at: int, kind: int = 6) -> bytes:
    return message(MONITORING, (253, 0x86, at), (5, 0, kind), (3, 0x86, cycles))


def take(bench: Bench, *files: bytes) -> dict[str, float]:
    for number, data in enumerate(files):
        bench.write(f"{number}.fit", data)
    bench.ingest(options=ME)
    events = bench.events
    return dict(events.select("code", "numeric_value").rows()) if events.height else {}


def test_running_totals_of_several_files_are_counted_once(bench: Bench) -> None:
    found = take(
        bench,
        fit(info(), walked(100, NOON), walked(300, NOON + 600)),
        fit(info(), walked(500, NOON + 3600), walked(40, NOON + 3600, kind=1)),
    )

    assert found == {"LOINC//41950-7": 540}


def test_the_local_day_is_that_of_the_device(bench: Bench) -> None:
    take(bench, fit(info(), walked(100, NOON + 10 * 3600)))  # 01:00 on the next day in its zone

    assert bench.event("LOINC//41950-7")["time"] == datetime(2026, 3, 5, 20, 59, 59)


def test_a_time_of_sixteen_bits_is_made_whole(bench: Bench) -> None:
    pulse = message(MONITORING, (26, 0x84, (NOON + 90) & 0xFFFF), (27, 2, 61))
    take(bench, fit(info(), pulse))

    assert bench.event("WEARABLE//heart_rate_mean")["known_at"] == datetime(2026, 3, 4, 12, 1, 30)


def test_a_pressure_is_one_record(bench: Bench) -> None:
    found = take(bench, fit(message(PRESSURE, (253, 0x86, NOON), (0, 0x84, 128), (1, 0x84, 81))))

    assert found == {"LOINC//8480-6": 128, "LOINC//8462-4": 81}


def test_swapped_pressures_are_kept_aside_once(bench: Bench) -> None:
    assert take(bench, fit(message(PRESSURE, (253, 0x86, NOON), (0, 0x84, 80), (1, 0x84, 120)))) == {}
    assert bench.reasons == [reason.SAMPLE_SWAPPED]


def test_a_clock_that_was_not_set_is_named(bench: Bench) -> None:
    take(
        bench,
        fit(
            message(SCALE, (253, 0x86, 0x10000001), (0, 0x84, 7580)),
            message(SCALE, (253, 0x86, NOON), (0, 0x84, 7600)),
        ),
    )

    assert bench.reasons == [reason.SAMPLE_CLOCK]
    assert bench.event("LOINC//29463-7")["numeric_value"] == 76


WHOLE = fit(info(), walked(100, NOON))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (WHOLE[:-2] + b"\0\1", reason.FIT_CHECKSUM),
        (WHOLE[:30] + bytes([WHOLE[30] ^ 1]) + WHOLE[31:], reason.FIT_CHECKSUM),
        (WHOLE[:-9], reason.FIT_SHORT),
        (WHOLE[:9], reason.FIT_HEADER),
        (WHOLE[:4] + b"\xff" + WHOLE[5:], reason.FIT_HEADER),
        (WHOLE + b"\x0e\x10", reason.FIT_SHORT),
        (struct.pack("<BBHI4s", 12, 0x20, 2100, 0, b".FIT") + b"\0\0", reason.FIT_EMPTY),
    ],
)
def test_a_damaged_file_is_never_read(bench: Bench, data: bytes, why: str) -> None:
    with pytest.raises(NothingReadable):
        take(bench, data)

    assert bench.reasons == [why]


def test_a_file_that_keeps_its_checksum_but_not_the_rules_is_named(bench: Bench) -> None:
    nonsense: Sequence[bytes] = [b"\x05" * 20]  # data of a message that was never defined
    with pytest.raises(NothingReadable):
        take(bench, fit(*nonsense))

    assert bench.reasons == [reason.FIT_BROKEN]


def test_a_scale_of_several_people_says_not_who_it_was(bench: Bench) -> None:
    user = message(3, (1, 0, 1))
    assert take(bench, fit(user, user, message(SCALE, (253, 0x86, NOON), (0, 0x84, 7580)))) == {}
    assert reason.FIT_PEOPLE in bench.reasons
