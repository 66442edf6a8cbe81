"""The exports of devices and their clouds: which of them a stream is, and one pool of samples for all."""

from features.ingest import reason
from features.ingest.device.apple import Apple
from features.ingest.device.apple_xml import is_export
from features.ingest.device.garmin import Garmin
from features.ingest.device.ledger import Ledger
from features.ingest.device.mhealth import OpenMHealth
from features.ingest.device.samples import Samples
from features.ingest.device.tables import Tables
from features.ingest.intake import Intake
from features.ingest.quarantine import Place
from features.ingest.source import Trouble
from features.ingest.tape import Tape

HEAD = 1 << 16
CDA, ROUTE = "Apple Health CDA", "GPX route"


def copy_of(head: bytes) -> str | None:
    """What lies beside export.xml in export.zip and holds nothing of its own: a copy, or routes."""
    if b"<ClinicalDocument" in head and b"Health Export CDA" in head:
        return CDA
    return ROUTE if b"<gpx" in head[:4096] else None


class Devices:
    """Every format of devices. One `source` for all of them: a day is one record whichever export tells
    of it, so that the same steps from two of them are counted once."""

    source = "device"
    expected = "an export of Apple Health"

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        kept = intake.options.samples
        self._samples = Samples(intake, ledger=Ledger(kept) if kept else None)
        self._apple = Apple(intake, self._samples)
        self._points = OpenMHealth(intake, self._samples)
        self._garmin = Garmin(intake, self._samples)
        self._tables = Tables(intake, self._samples)

    def recognises(self, head: bytes, name: str) -> bool:
        """See `Format`."""
        return (
            is_export(head)
            or copy_of(head) is not None
            or self._points.recognises(head)
            or self._garmin.recognises(head, name)
            or self._tables.recognises(head, name)
        )

    def read(self, tape: Tape, place: Place) -> Trouble | None:
        """See `Format`."""
        copy = copy_of(tape.buffer)
        if copy:
            self._intake.meet(copy)
            self._intake.skip(copy, reason.EXPORT_COPY if copy == CDA else reason.SAMPLE_OTHER_TYPE)
            return None
        if is_export(tape.buffer):
            return self._apple.read(tape, place)
        if self._points.recognises(tape.buffer[:HEAD]):
            self._points.read(tape, place)
            return None
        if self._garmin.recognises(tape.buffer[:HEAD], place[1] or place[0]):
            return self._garmin.read(tape, place)
        return self._tables.read(tape, place)

    def finish(self) -> None:
        """See `Format`."""
        self._samples.settle()

    def close(self) -> None:
        """See `Format`."""
        self._samples.close()
