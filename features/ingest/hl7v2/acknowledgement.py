"""How a listener would answer one message (MSA-1, HL7 table 0008), without keeping anything of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from features.ingest import reason
from features.ingest.hl7v2.framing import messages
from features.ingest.hl7v2.message import header, message
from features.ingest.hl7v2.reader import unused
from features.ingest.hl7v2.reading import Setting
from features.ingest.hl7v2.segment import taken
from features.ingest.instant import DAY
from features.ingest.options import Options
from features.ingest.reason import Unusable
from features.ingest.tape import Source, Tape

ACCEPTED, ERROR, REJECTED = "AA", "AE", "AR"


@dataclass(frozen=True)
class Outcome:
    """`code`: AA, it was understood; AE, something in it was not; AR, its header or type cannot be used.
    `reasons`: of `features.ingest.reason`, without anything of the message. `control`: MSH-10."""

    code: str
    reasons: tuple[str, ...] = ()
    control: str = ""


def outcome(source: Source, options: Options | None = None, now: datetime | None = None) -> Outcome:
    """The answer to the one message that `source` gives, framed or not.

    Args:
        options: as for a read.
        now: what is later lies in the future; default the clock.
    """
    said = options or Options()
    found = list(messages(Tape(source)))
    if len(found) != 1:
        return Outcome(REJECTED, (reason.NO_MSH,))
    raw = found[0]
    try:
        head = header(raw.lines[0])
    except Unusable as error:
        return Outcome(REJECTED, (str(error),))
    why = reason.LONG_MESSAGE if raw.cut else unused(head)
    if why:
        return Outcome(REJECTED, (why,), head.control)
    instant = int((now or datetime.now(UTC)).replace(tzinfo=UTC).timestamp()) * 1_000_000
    setting = Setting(_nobody, str, instant, instant + DAY, said.zone, said.authority, said.codes)
    try:
        result = taken(message(head, raw.lines, said.charsets), setting)
    except Unusable as error:
        return Outcome(ERROR, (str(error),), head.control)
    reasons = tuple(dict.fromkeys(why for _, why, _ in result.refused))
    return Outcome(ERROR if reasons else ACCEPTED, reasons, head.control)


def _nobody(patient_id: str) -> int:
    return 0
