"""Open mHealth and IEEE 1752 data points to samples."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl

from features.ingest import reason
from features.ingest.device.body import MEASURED, inner, span, values
from features.ingest.device.clock import NEVER, instant
from features.ingest.device.measure import NUMBER
from features.ingest.device.point import points
from features.ingest.device.priority import Device, device, table
from features.ingest.device.sample import SAMPLE
from features.ingest.device.samples import Samples
from features.ingest.intake import Intake
from features.ingest.quarantine import Place
from features.ingest.tape import Tape

BATCH = 20_000
OTHER = "Open mHealth"
_OURS = re.compile(
    b'"(?:effective_time_frame|schema_id|quantity_type|category_type|%s)"\\s*:' % "|".join(MEASURED).encode()
)
_WORN = {NUMBER["saturation"]: NUMBER["saturation_worn"]}


class OpenMHealth:
    """Reads data points, with or without their header."""

    def __init__(self, intake: Intake, samples: Samples) -> None:
        self._intake, self._samples = intake, samples
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._raw: dict[int, Any] = {}

    def recognises(self, head: bytes) -> bool:
        """Whether JSON that begins with `head` is data points, and no FHIR."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        return start in (b"{", b"[") and b'"resourceType"' not in head and _OURS.search(head) is not None

    def read(self, tape: Tape, place: Place) -> None:
        """See `Format`."""
        for line, entry, value, why in points(tape):
            at = (*place[:2], line, entry)
            if why:
                self._intake.meet(OTHER)
                self._intake.refuse(at, OTHER, None, why, value)
            else:
                self._point(value, line or entry or 0, at)
            if len(self._raw) >= BATCH:
                self._flush(place)
        self._flush(place)

    def _point(self, value: Any, number: int, at: Place) -> None:
        kind = OTHER
        if not isinstance(value, dict):
            self._intake.meet(kind)
            self._intake.refuse(at, kind, None, reason.NOT_AN_OBJECT, value)
            return
        header = value.get("header")
        header = header if isinstance(header, dict) else {}
        body = value.get("body", value)
        body = body if isinstance(body, dict) else {}
        kind = _kind(body)
        self._intake.meet(kind)
        parts = [(part, *found) for part in inner(body) for found in values(part)]
        if not parts:
            self._intake.skip(kind, reason.SAMPLE_OTHER_TYPE)
            return
        if "descriptive_statistic" in body:
            self._intake.skip(kind, reason.SAMPLE_STATISTIC)
            return
        patient = self._intake.options.patient or header.get("user_id")
        if not isinstance(patient, str) or not patient:
            self._intake.refuse(at, kind, None, reason.WHOSE_DATA, value)
            return
        self._samples_of(kind, parts, header, self._intake.subject(patient), number)
        self._raw[number] = value

    def _samples_of(
        self,
        kind: str,
        parts: list[tuple[Mapping[str, Any], int, float]],
        header: Mapping[str, Any],
        subject: int,
        number: int,
    ) -> None:
        made_by = _device(header)
        device_number = self._samples.device(made_by, subject)
        created = header.get("creation_date_time") or header.get("source_creation_date_time")
        stated = instant(created)[0] if isinstance(created, str) else NEVER
        rows = self._rows.setdefault(kind, [])
        for count, (part, measure, value) in enumerate(parts):
            start, end, offset = span(part, measure) or (NEVER, NEVER, 0)
            if made_by.kind in table().worn:
                measure = _WORN.get(measure, measure)
            elif made_by.kind == "cgm" and measure == NUMBER["glucose"]:
                measure = NUMBER["glucose_sensor"]
            known = max(end, stated) if stated <= self._intake.now else end
            rows.append(
                (subject, measure, start, end, offset, value, device_number, known, number, int(not count))
            )

    def _flush(self, place: Place) -> None:
        for kind, rows in self._rows.items():
            samples = pl.DataFrame(rows, schema=SAMPLE, orient="row")
            self._samples.take(kind, place, samples, partial(self._said, samples["item"]))
        self._rows.clear()
        self._raw.clear()

    def _said(self, items: pl.Series, row: int) -> Any:
        return self._raw[items[row]]


def _kind(body: Mapping[str, Any]) -> str:
    """Under which name the account counts a point: words of our own list alone."""
    key = next((key for key in MEASURED if key in body), None)
    return f"{OTHER} {key.replace('_', ' ')}" if key else OTHER


def _device(header: Mapping[str, Any]) -> Device:
    """Who measured: the words of the header that stay the same from point to point."""
    said = header.get("acquisition_provenance")
    said = said if isinstance(said, dict) else {}
    modality = str(said.get("modality") or header.get("modality") or "")
    sheets = header.get("external_datasheets")
    sheets = sheets if isinstance(sheets, list) else []
    names = [str(s.get("datasheet_reference", "")) for s in sheets if isinstance(s, dict)]
    return device(str(said.get("source_name") or ""), *names, about=modality)
