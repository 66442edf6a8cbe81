"""What holds for all statements of a document."""

from dataclasses import dataclass
from datetime import tzinfo

from features.ingest.local_code import LocalCodes


@dataclass(frozen=True)
class Setting:
    """What holds for a whole document: of whom, as which record, since when known."""

    subject: int
    source_id: str
    known: int
    zone: tzinfo
    latest: int
    codes: LocalCodes
    sender: str


class Ignored(Exception):
    """A statement was understood and is no event; the message is the reason."""
