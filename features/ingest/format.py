"""The ways in which records are written, in the order in which a stream is tried against them."""

from collections.abc import Callable
from typing import Protocol

from features.ingest.cda.reader import Cda
from features.ingest.device.devices import Devices
from features.ingest.device.feed import Feed
from features.ingest.fhir.bundle import Fhir
from features.ingest.hl7v2.reader import Hl7v2
from features.ingest.intake import Intake
from features.ingest.quarantine import Place
from features.ingest.source import Trouble
from features.ingest.table.reader import Tables
from features.ingest.tape import Tape


class Format(Protocol):
    """One way in which records are written; made anew for each run, and fills the run's `Intake`."""

    source: str  # the `source` of its events
    expected: str  # how it is named where nothing could be read: "… as …"

    def recognises(self, head: bytes, name: str) -> bool:
        """Whether a stream that begins with `head` (64 KB or all), from a file or member called `name`,
        is written in this way. Content before name: names are often wrong."""
        ...

    def read(self, tape: Tape, place: Place) -> Trouble | None:
        """Read one stream; what of it cannot be read is refused item by item.

        Returns:
            Why the whole stream cannot be read.
        """
        ...

    def finish(self) -> None:
        """Nothing more will be read: take what waited for it."""
        ...

    def close(self) -> None:
        """Let go of what is held, also after a failure."""
        ...


FORMATS: tuple[Callable[[Intake], Format], ...] = (Tables, Hl7v2, Devices, Fhir, Feed, Cda)
