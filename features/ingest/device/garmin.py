"""Garmin FIT files to samples; a file that fails its checksum is never read."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import polars as pl

from features.ingest import reason
from features.ingest.device.fit_file import fault, is_fit
from features.ingest.device.fit_message import FIELDS, Clock, Sample, measured, slept
from features.ingest.device.priority import Device, device
from features.ingest.device.sample import SAMPLE
from features.ingest.device.samples import Samples
from features.ingest.intake import Intake
from features.ingest.quarantine import Place
from features.ingest.source import Trouble
from features.ingest.tape import LIMIT, Tape

OTHER = "Garmin FIT other"
KEPT = 1 << 16
_PEOPLE = frozenset({"weight_scale", "blood_pressure"})  # measured by what a whole family uses
Message = tuple[str, dict[str, Any]]


class Garmin:
    """Reads FIT files."""

    def __init__(self, intake: Intake, samples: Samples) -> None:
        self._intake, self._samples = intake, samples

    def recognises(self, head: bytes, name: str) -> bool:
        """By its mark, or by its name where the header is damaged."""
        return is_fit(head) or name.casefold().endswith(".fit")

    def read(self, tape: Tape, place: Place) -> Trouble | None:
        """See `Format`."""
        data = tape.fill(LIMIT + 1)
        if len(data) > LIMIT:
            return Trouble(reason.EXPORT_LONG, data[:KEPT])
        why = fault(data)
        if why:
            return Trouble(why, data[:KEPT])
        patient = self._intake.options.patient
        if not patient:
            return Trouble(reason.WHOSE_DATA)
        messages: list[Message] = []
        for message in _messages(data):
            if isinstance(message, str):
                return Trouble(message, data[:KEPT])
            messages.append(message)
        self._take(messages, place, self._intake.subject(patient))
        return None

    def _take(self, messages: list[Message], place: Place, subject: int) -> None:
        clock, device_number = (
            Clock(self._intake.options.zone),
            self._samples.device(_device(messages), subject),
        )
        several = sum(name == "user_profile" for name, _ in messages) > 1
        for _, values in messages:  # how the local clock is set, it may say at its end
            clock.learn(values)
        clock.last = 0
        rows: dict[str, list[tuple[Any, ...]]] = {}
        levels: list[tuple[int, int, str]] = []
        items: list[int] = []
        for item, (name, values) in enumerate(messages, 1):
            clock.learn(values)
            kind = f"Garmin FIT {name.replace('_', ' ')}" if name in FIELDS else OTHER
            self._intake.meet(kind)
            if name not in FIELDS:
                self._intake.skip(kind, reason.SAMPLE_OTHER_TYPE)
                continue
            when = clock.moment(values)
            if several and name in _PEOPLE:
                self._refuse(place, item, kind, reason.FIT_PEOPLE, values)
            elif when is None:
                self._refuse(place, item, kind, reason.SAMPLE_NO_TIME, values)
            elif name == "sleep_level":
                levels.append((*when, str(values.get("sleep_level"))))
                items.append(item)
            else:
                found = list(measured(name, values, clock))
                if not found:
                    self._intake.skip(kind, reason.NOTHING_MEASURED)
                for place_in, sample in enumerate(found):
                    row = (subject, *_row(sample, device_number, item, not place_in))
                    rows.setdefault(kind, []).append(row)
        for at, segment in slept(levels):
            kind = "Garmin FIT sleep level"
            if segment is None:
                self._intake.skip(kind, reason.NOTHING_MEASURED)
            else:
                rows.setdefault(kind, []).append((subject, *_row(segment, device_number, items[at], True)))
        for kind, found_rows in rows.items():
            samples = pl.DataFrame(found_rows, schema=SAMPLE, orient="row")
            self._samples.take(kind, place, samples, partial(_said, messages, samples["item"]))

    def _refuse(self, place: Place, item: int, kind: str, why: str, values: dict[str, Any]) -> None:
        self._intake.refuse((*place[:3], item), kind, None, why, _raw(values))


def _row(sample: Sample, device_number: int, item: int, first: bool) -> tuple[Any, ...]:
    measure, start, end, offset, value, known = sample
    return (measure, start, end, offset, value, device_number, known, item, int(first))


def _messages(data: bytes) -> Iterator[Message | str]:
    """Data messages of a file whose checksums hold; at the end a reason, if it breaks off."""
    import fitdecode  # type: ignore[import-untyped]  # no stubs exist

    try:
        with fitdecode.FitReader(
            data,
            check_crc=fitdecode.CrcCheck.DISABLED,
            error_handling=fitdecode.ErrorHandling.IGNORE,
        ) as reader:
            for frame in reader:
                if frame.frame_type == fitdecode.FIT_FRAME_DATA:
                    yield frame.name, {f.name: f.value for f in frame.fields if f.value is not None}
    except (fitdecode.FitError, ValueError, KeyError, IndexError, OverflowError):
        yield reason.FIT_BROKEN


def _device(messages: list[Message]) -> Device:
    """The device that wrote the file, by what does not change: maker, product, serial number."""
    said = next((values for name, values in messages if name == "file_id"), {})
    parts = [str(said.get(key, "")) for key in ("manufacturer", "garmin_product", "product", "serial_number")]
    return device(*parts, about="scale" if said.get("type") == "weight" else "")


def _said(messages: list[Message], items: pl.Series, row: int) -> dict[str, str]:
    return _raw(messages[items[row] - 1][1])


def _raw(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
