"""PV1 and SCH: visits and appointments."""

from features import schema
from features.ingest import reason
from features.ingest.concept import coded
from features.ingest.hl7v2.escape import CLEAR
from features.ingest.hl7v2.message import Segment
from features.ingest.hl7v2.reading import Reading
from features.ingest.intake import record
from features.ingest.reason import Unusable
from features.ingest.staging import Row

PV1, SCH = "HL7 v2 PV1", "HL7 v2 SCH"
VISIT_CLASS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CLASSES = {"E": "EMER", "I": "IMP", "O": "AMB", "P": "PRENC", "R": "AMB", "B": "IMP"}  # HL7 table 0004
BEGIN = frozenset({"A01", "A04"})  # of which the event itself is the begin
PLANNED = frozenset({"A05", "A14", "A27", "A38"})
CANCELLED = frozenset({"A11", "A23"})
# By the trigger event, HL7 chapter 10; the filler's own status (SCH-25, table 0278) is more exact.
EVENTS = {
    **dict.fromkeys(("S12", "S13", "S14", "S18", "S19", "S20", "S21", "S22", "S24"), "booked"),
    **dict.fromkeys(("S15", "S16"), "cancelled"),
    "S17": schema.WITHDRAWN,
    "S26": "noshow",
}
STATUSES = {
    **dict.fromkeys(("BOOKED", "OVERBOOK"), "booked"),
    **dict.fromkeys(("CANCELLED", "CANCELED", "DC"), "cancelled"),
    **dict.fromkeys(("COMPLETE", "COMPLETED", "FULFILLED"), "fulfilled"),
    **dict.fromkeys(("STARTED", "ARRIVED", "CHECKEDIN"), "arrived"),
    **dict.fromkeys(("NOSHOW", "NO SHOW", "NO-SHOW"), "noshow"),
    **dict.fromkeys(("PENDING", "WAITLIST", "BLOCKED", "PROPOSED"), ""),
    "DELETED": schema.WITHDRAWN,
}


def visit(segment: Segment, reading: Reading) -> None:
    """One row at the begin of the visit, which is known from then on."""
    marks, event = reading.marks, reading.head.event
    reading.visit = segment.first(19, marks) or segment.first(50, marks)
    reading.admitted = segment.field(44) if segment.field(44) != CLEAR else ""
    kind = segment.first(2, marks).strip().upper()
    if reading.head.type == "SIU" or (reading.head.type == "ADT" and event in PLANNED):
        return reading.taken.skipped.append((PV1, reason.DID_NOT_HAPPEN))
    start = reading.time(reading.admitted)
    if start is None and reading.head.type == "ADT" and event in BEGIN:
        start = reading.told()
    if kind == "N" or start is None:
        return reading.taken.skipped.append((PV1, reason.NO_VISIT))
    if not kind or kind == CLEAR:
        raise Unusable(reason.NO_CODE)
    subject = reading.patient()
    id = reading.visit or f"{kind}|{start}"
    source_id = record("PV1", f"{reading.sender}|{id}", subject)
    if reading.head.type == "ADT" and event in CANCELLED:
        told = reading.told() or start
        row: Row = (subject, start, schema.WITHDRAWN, None, None, None, max(told, start), source_id)
    else:
        _, code = coded(VISIT_CLASS, CLASSES.get(kind, kind))
        row = (subject, start, code, None, None, None, start, source_id)
    reading.put(PV1, [row], reading.made)
    return None


def appointment(reading: Reading) -> None:
    """`APPOINTMENT//STATUS` with the words of FHIR: at its start, or a cancelled one when that was told.
    One that is booked for later is no event yet.

    Raises:
        Unusable: no patient, no number, no time, or a status that HL7 does not have.
    """
    segment = reading.appointment
    if segment is None:
        return None
    reading.appointment = None
    parts = reading.parts(segment.field(25))
    said = next((part.strip().upper() for part in parts[:2] if part.strip().upper() in STATUSES), "")
    status = STATUSES[said] if said else EVENTS.get(reading.head.event, "")
    if not status:
        return reading.taken.skipped.append((SCH, reason.NOT_BOOKED))
    number = segment.first(2, reading.marks) or segment.first(1, reading.marks)
    if not number:
        raise Unusable(reason.NO_CODE)
    subject, told = reading.patient(), reading.told()
    timing = segment.field(11).split(reading.marks.component)
    planned = reading.start or (timing[3] if len(timing) > 3 else "")
    if status in ("booked", "arrived", "fulfilled", "noshow"):
        try:
            time = reading.time(planned, stated=None)
        except Unusable as error:
            if str(error) != reason.FUTURE:
                raise
            return reading.taken.skipped.append((SCH, reason.STILL_TO_COME))
        if status == "booked" and time is not None and time > reading.setting.now:
            return reading.taken.skipped.append((SCH, reason.STILL_TO_COME))
    else:
        time = told
    time = told if time is None else time
    if time is None:
        raise Unusable(reason.NO_TIME)
    known = time if told is None else told
    code = status if status == schema.WITHDRAWN else f"APPOINTMENT//{status}"
    source_id = record("SCH", f"{reading.sender}|{number}", subject)
    row: Row = (subject, time, code, None, None, None, known, source_id)
    reading.put(SCH, [row], reading.made)
    return None
