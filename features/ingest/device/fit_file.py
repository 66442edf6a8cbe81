"""FIT files: whole and unharmed, or why not. Source: Garmin's FIT protocol 2.0, header and CRC."""

import struct

from features.ingest import reason

MAGIC = b".FIT"
SHORT, LONG = 12, 14  # bytes of a header without and with its own checksum


def is_fit(head: bytes) -> bool:
    """Whether a stream that begins with `head` is FIT, or was before it was cut off or its header damaged."""
    return head[8:12] == MAGIC


def fault(data: bytes) -> str | None:
    """Why the file cannot be trusted: a reason; None if every part of it is whole.

    A file may be several FIT files one after the other; each has a header, data and a checksum of both.
    """
    from fitdecode.utils import compute_crc  # type: ignore[import-untyped]  # no stubs exist

    at = 0
    while at < len(data):
        size = data[at]
        if size not in (SHORT, LONG) or len(data) < at + size or data[at + 8 : at + 12] != MAGIC:
            return reason.FIT_HEADER if at == 0 else reason.FIT_SHORT
        (length,) = struct.unpack_from("<I", data, at + 4)
        if size == LONG:
            (stated,) = struct.unpack_from("<H", data, at + SHORT)
            if stated and stated != compute_crc(data[at : at + SHORT]):
                return reason.FIT_HEADER
        if not length:
            return reason.FIT_EMPTY
        end = at + size + length
        if len(data) < end + 2:
            return reason.FIT_SHORT
        (stated,) = struct.unpack_from("<H", data, end)
        if stated != compute_crc(data[at:end]):
            return reason.FIT_CHECKSUM
        at = end + 2
    return None
