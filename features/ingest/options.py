"""What the user says about the files that are read, because the files do not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo


@dataclass(frozen=True)
class Options:
    """Said once a read, for all of its files.

    `patient`: whose records these are, for what does not say so itself, such as the export of a phone.
    `zone`: where a time without an offset was written down. `charsets`: by the name of a sender the
    encoding of its messages, where they do not tell it themselves.
    """

    patient: str | None = None
    zone: tzinfo = UTC
    charsets: Mapping[str, str] = field(default_factory=dict)
