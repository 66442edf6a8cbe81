"""Diagnoses, problems, allergies, procedures, drugs and immunisations, one function a segment."""

from features import schema
from features.ingest import reason
from features.ingest.concept import ANY, DIAGNOSIS, DRUG
from features.ingest.hl7v2.coding import event_code
from features.ingest.hl7v2.message import Segment
from features.ingest.hl7v2.reading import Reading
from features.ingest.intake import record

DELETES = frozenset({"D", "DE", "DELETE"})
CANCELS, STOPS = frozenset({"CA", "OC", "CR", "OD"}), frozenset({"DC", "DR", "OD", "HD", "HR", "RL", "OH"})
NOT_GIVEN = frozenset({"RE", "NA"})
NO_VACCINE = "CVX//998"
WORKING = frozenset({"W"})


def _put(
    reading: Reading,
    segment: Segment,
    code: str,
    name: str | None,
    id: str,
    times: tuple[int, int],
    gone: bool,
) -> None:
    """One row, or the withdrawal of the record with this id."""
    subject = reading.patient()
    time, known = times
    source_id = record(segment.name, f"{reading.sender}|{id}", subject)
    said, text = (schema.WITHDRAWN, None) if gone else (code, name)
    row = (subject, time, said, None, text, None, known, source_id)
    reading.put(f"HL7 v2 {segment.name}", [row], reading.made)


def diagnosis(segment: Segment, reading: Reading) -> None:
    """DG1: at DG1-5, or else at the begin of the visit, or when it was told. A working diagnosis (DG1-6)
    is not confirmed."""
    kind = segment.first(6, reading.marks).strip().upper()
    gone = segment.first(21, reading.marks).strip().upper() in DELETES
    if kind in WORKING and not gone:
        return reading.taken.skipped.append(("HL7 v2 DG1", reason.NOT_CONFIRMED))
    field = segment.field(3) or segment.field(4)
    code, name = event_code(
        field,
        reading.marks,
        reading.sender,
        DIAGNOSIS,
        table=reading.text(segment.first(2, reading.marks)),
        local=reading.setting.local,
    )
    times = reading.happened(segment.field(5), reading.admitted)
    id = segment.first(20, reading.marks) or f"{reading.visit}|{code}|{times[0]}"
    return _put(reading, segment, code, name, id, times, gone)


def problem(segment: Segment, reading: Reading) -> None:
    """PRB: at its onset (PRB-16, or 7), or else when it was told."""
    gone = segment.first(1, reading.marks).strip().upper() in DELETES
    code, name = event_code(
        segment.field(3), reading.marks, reading.sender, DIAGNOSIS, local=reading.setting.local
    )
    times = reading.happened(segment.field(16), segment.field(7), segment.field(2))
    id = segment.first(4, reading.marks) or code
    return _put(reading, segment, code, name, id, times, gone)


def allergy(segment: Segment, reading: Reading) -> None:
    """AL1, IAM: `ALLERGY//VOCABULARY//CODE`, when it was identified, or else when it was told."""
    newer = segment.name == "IAM"
    gone = newer and segment.first(6, reading.marks).strip().upper() in DELETES
    code, name = event_code(
        segment.field(3), reading.marks, reading.sender, DRUG, local=reading.setting.local
    )
    dates = (segment.field(11), segment.field(13)) if newer else (segment.field(6),)
    times = reading.happened(*dates, reading.admitted)
    id = (segment.first(7, reading.marks) if newer else "") or f"{code}|{times[0]}"
    return _put(reading, segment, f"ALLERGY//{code}", name, id, times, gone)


def procedure(segment: Segment, reading: Reading) -> None:
    """PR1: when it was done."""
    gone = segment.first(20, reading.marks).strip().upper() in DELETES
    code, name = event_code(
        segment.field(3),
        reading.marks,
        reading.sender,
        ANY,
        table=reading.text(segment.first(2, reading.marks)),
        local=reading.setting.local,
    )
    times = reading.happened(segment.field(5), reading.admitted)
    id = segment.first(19, reading.marks) or f"{reading.visit}|{code}|{times[0]}"
    return _put(reading, segment, code, name, id, times, gone)


def administration(segment: Segment, reading: Reading) -> None:
    """RXA: a vaccine or a drug that was given, when it was."""
    kind = "HL7 v2 RXA"
    gone = segment.first(21, reading.marks).strip().upper() in DELETES
    if segment.first(20, reading.marks).strip().upper() in NOT_GIVEN and not gone:
        return reading.taken.skipped.append((kind, reason.DID_NOT_HAPPEN))
    rank = {"CVX": 0} if reading.head.type in ("VXU", "VXR") else DRUG
    code, name = event_code(
        segment.field(5), reading.marks, reading.sender, rank, local=reading.setting.local
    )
    if code == NO_VACCINE:
        return reading.taken.skipped.append((kind, reason.DID_NOT_HAPPEN))
    times = reading.happened(segment.field(3), segment.field(4))
    order = reading.filler or reading.placer
    id = f"{order}|{segment.field(2)}|{'' if order else times[0]}|{'' if order else code}"
    return _put(reading, segment, code, name, id, times, gone)


def prescription(segment: Segment, reading: Reading) -> None:
    """RXO, RXE: a drug that was prescribed, when it was ordered. Both of one order are one record, in
    which RXE, the drug as the pharmacy encoded it, is the later word."""
    kind = f"HL7 v2 {segment.name}"
    if reading.control in STOPS:
        return reading.taken.skipped.append((kind, reason.STOPPED))
    number = 1 if segment.name == "RXO" else 2
    code, name = event_code(
        segment.field(number), reading.marks, reading.sender, DRUG, local=reading.setting.local
    )
    times = reading.happened(reading.ordered)
    order = reading.filler or reading.placer
    id = order or f"{code}|{times[0]}"
    subject = reading.patient()
    source_id = record("RX", f"{reading.sender}|{id}", subject)
    gone = reading.control in CANCELS
    said, text = (schema.WITHDRAWN, None) if gone else (code, name)
    row = (subject, times[0], said, None, text, None, times[1], source_id)
    earlier = next(
        (
            n
            for n in range(len(reading.taken.mapped) - 1, -1, -1)
            if reading.taken.mapped[n][0] == "HL7 v2 RXO" and reading.taken.mapped[n][1][0][7] == source_id
        ),
        None,
    )
    reading.put(kind, [row], reading.made)
    if segment.name == "RXE" and earlier is not None:
        del reading.taken.mapped[earlier]
        reading.taken.skipped.append(("HL7 v2 RXO", reason.REPLACED))
    return None


def dispense(segment: Segment, reading: Reading) -> None:
    """RXD: a drug that was handed out, when it was."""
    code, name = event_code(
        segment.field(2), reading.marks, reading.sender, DRUG, local=reading.setting.local
    )
    times = reading.happened(segment.field(3))
    id = f"{segment.field(7) or reading.filler or reading.placer}|{segment.field(1)}|{code}|{times[0]}"
    return _put(reading, segment, code, name, id, times, reading.control in CANCELS)
