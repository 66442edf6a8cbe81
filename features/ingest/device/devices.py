"""The exports of devices and their clouds: which of them a stream is, and one pool of samples for all."""

from features.ingest import reason
from features.ingest.device.apple import Apple
from features.ingest.device.apple_xml import is_export
from features.ingest.device.samples import Samples
from features.ingest.intake import Intake
from features.ingest.quarantine import Place
from features.ingest.source import Trouble
from features.ingest.tape import Tape

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
        self._samples = Samples(intake)
        self._apple = Apple(intake, self._samples)

    def recognises(self, head: bytes, name: str) -> bool:
        """See `Format`."""
        return is_export(head) or copy_of(head) is not None

    def read(self, tape: Tape, place: Place) -> Trouble | None:
        """See `Format`."""
        copy = copy_of(tape.buffer)
        if copy:
            self._intake.meet(copy)
            self._intake.skip(copy, reason.EXPORT_COPY if copy == CDA else reason.SAMPLE_OTHER_TYPE)
            return None
        return self._apple.read(tape, place)

    def finish(self) -> None:
        """See `Format`."""
        self._samples.settle()

    def close(self) -> None:
        """See `Format`."""
        self._samples.close()
