"""OBR and OBX: results, with their states.

One result is one record: its order (OBR-3, or else OBR-2), its test (OBX-3) and its sub-id (OBX-4) tell
it. A later state is a later version of it: preliminary, final, corrected. `known_at` has whole
milliseconds and beyond them a mark of its state, so that versions of one instant are in the order of
their states and a preliminary one that comes late is told from a final one; see `features.ingest.version`.
"""

from features import schema
from features.ingest import reason
from features.ingest.concept import MEASUREMENT
from features.ingest.hl7v2.coding import codings, event_code, unit_of
from features.ingest.hl7v2.escape import CLEAR
from features.ingest.hl7v2.message import Segment
from features.ingest.hl7v2.reading import Order, Reading
from features.ingest.hl7v2.value import ATTACHED, PLAIN, TEXT, values
from features.ingest.intake import record
from features.ingest.plausible import PRESSURES, crossed
from features.ingest.reason import Unusable
from features.ingest.staging import Row
from features.ingest.value import NOTHING

OBX, OBR = "HL7 v2 OBX", "HL7 v2 OBR"
PRELIMINARY, FINAL, CORRECTED, WITHDRAWN = 0, 1, 2, 3
# HL7 tables 0085 (OBX-11) and 0123 (OBR-25).
STATES = {
    **dict.fromkeys("PRS", PRELIMINARY),
    **dict.fromkeys("FUV", FINAL),
    **dict.fromkeys("CAB", CORRECTED),
    **dict.fromkeys("DWX", WITHDRAWN),
}
NO_RESULT = frozenset("INO")
OF_ORDER = {"A": "P", "P": "P", "R": "R", "C": "C", "F": "F", "X": "X", "I": "I", "O": "O", "S": "I"}
RESULTS = frozenset({"ORU", "OUL", "ORF", "OPU", "ORA"})
MILLI = 1000


def order(segment: Segment, reading: Reading) -> None:
    """Open an order; its results follow."""
    close(reading)
    marks = reading.marks
    # Its number alone: who assigned it is said in one message and left out in the next.
    id = (
        segment.first(3, marks).strip() or reading.filler or segment.first(2, marks).strip() or reading.placer
    )
    reading.order = Order(
        id=id,
        time=segment.field(8) or segment.field(7) or segment.field(14),
        issued=segment.field(22),
        status=segment.first(25, marks).strip().upper(),
        segment=segment,
    )


def close(reading: Reading) -> None:
    """The order is complete: it is an event of its own, an examination that was done, unless one of its
    results has its code."""
    order, reading.order = reading.order, None
    if order is None or order.segment is None:
        return
    if reading.head.type not in RESULTS:
        reading.taken.skipped.append((OBR, reason.ORDER))
        return
    try:
        _examination(order, order.segment, reading)
    except Unusable as error:
        reading.taken.refused.append((OBR, str(error), order.segment))


def _examination(order: Order, segment: Segment, reading: Reading) -> None:
    state = STATES.get(OF_ORDER.get(order.status or "F", ""))
    if state is None:
        reading.taken.skipped.append((OBR, reason.DID_NOT_HAPPEN))
        return
    subject = reading.patient()
    code, _ = event_code(
        segment.field(4), reading.marks, reading.sender, MEASUREMENT, local=reading.setting.local
    )
    if code in order.codes:
        reading.taken.skipped.append((OBR, reason.SAID_BY_RESULTS))
        return
    time, known, changed = _times(order, "", state, reading)
    id = f"{reading.sender}|{order.id or order.time}|{segment.field(4)}"
    said = schema.WITHDRAWN if state == WITHDRAWN else code
    row: Row = (subject, time, said, None, None, None, known, record("OBR", id, subject))
    reading.put(OBR, [row], changed)


def result(segment: Segment, reading: Reading) -> None:
    """One OBX.

    Raises:
        Unusable: no patient, no code, no time, no number where one should be, or an unknown state.
    """
    taken, marks, order = reading.taken, reading.marks, reading.order
    fields = segment.fields
    fields += [""] * (15 - len(fields))
    kind, test, said = fields[2].strip(), fields[3], fields[5]
    status = segment.first(11, marks).strip().upper() or OF_ORDER.get(order.status if order else "", "F")
    if status in NO_RESULT:
        return taken.skipped.append((OBX, reason.DID_NOT_HAPPEN))
    state = STATES.get(status)
    if state is None:
        raise Unusable(reason.RESULT_STATUS)
    if kind in ATTACHED or (kind in TEXT and (reading.head.type == "MDM" or not _coded(test, reading))):
        return taken.skipped.append(
            (OBX, reason.DOCUMENT if reading.head.type == "MDM" else reason.FREE_TEXT)
        )
    subject = reading.patient()
    unit = unit_of(fields[6], marks)
    code, _ = event_code(test, marks, reading.sender, MEASUREMENT, local=reading.setting.local, unit=unit)
    time, known, changed = _times(order, fields[14], state, reading)
    source_id = _record(segment, code, status, subject, reading)
    if state == WITHDRAWN or said == CLEAR:
        known = known - known % MILLI + WITHDRAWN
        gone: Row = (subject, time, schema.WITHDRAWN, None, None, None, known, source_id)
        reading.withdrawn.append((source_id, gone, changed))
        return None
    if not said:
        why = reason.EMPTY_KEEPS if state == CORRECTED or status == "U" else reason.NO_VALUE
        return taken.skipped.append((OBX, why))
    if order is not None and code in order.codes and kind in TEXT:
        return taken.skipped.append((OBX, reason.FURTHER_LINE))
    found = values(said, kind, marks, reading.sender)
    if not found:
        return taken.skipped.append((OBX, reason.NO_VALUE))
    if reading.head.type == "MDM" and kind in PLAIN and not any(value != NOTHING for value in found):
        return taken.skipped.append((OBX, reason.DOCUMENT))
    rows: list[Row] = [
        (subject, time, code, number, text, own or (unit if number is not None else None), known, source_id)
        for number, text, own in found
    ]
    mapped = reading.put(OBX, rows, changed)
    reading.valued.add(source_id)
    if order is not None:
        order.codes.add(code)
    if code in PRESSURES:
        of = f"{order.id if order else ''}|{fields[4]}"
        reading.pressures.setdefault((of, time), []).append((mapped, segment))
    return None


def settle(reading: Reading) -> None:
    """The end of the message: a withdrawal counts where the message has no other value of the record."""
    close(reading)
    for pair in reading.pressures.values():
        if crossed([row for mapped, _ in pair for row in mapped[1]]):
            for mapped, segment in pair:
                reading.taken.mapped.remove(mapped)
                reading.taken.refused.append((OBX, reason.SWAPPED, segment))
    for source_id, row, changed in reading.withdrawn:
        if source_id in reading.valued:
            reading.taken.skipped.append((OBX, reason.REPLACED))
        else:
            reading.taken.mapped.append((OBX, [row], changed))


def _coded(test: str, reading: Reading) -> bool:
    return any(not s.startswith("urn:hl7v2:") for s, _, _ in codings(test, reading.marks, reading.sender))


def _times(order: Order | None, observed: str, state: int, reading: Reading) -> tuple[int, int, int | None]:
    """`(time, known_at, changed)`. A correction or withdrawal may keep the date of the first issue: it is
    known when the message was made."""
    if order is not None and (observed, state) in order.times:
        return order.times[observed, state]
    made = reading.made
    issued = reading.time(order.issued) if order and order.issued else None
    stated = issued if issued is not None else made
    time = reading.time(observed, order.time if order else "", stated=stated)
    if time is None:
        time = stated
    if time is None:
        raise Unusable(reason.NO_TIME)
    known = time if stated is None else stated
    if state >= CORRECTED and made is not None:
        known = max(known, made)
    changed = None if made is None else made - made % MILLI + state
    found = time, known - known % MILLI + state, changed
    if order is not None:
        order.times[observed, state] = found
    return found


def _record(segment: Segment, code: str, status: str, subject: int, reading: Reading) -> str:
    """The `source_id` of a result. Results of one message that nothing tells apart are told by their
    number, unless they are states of one another."""
    order = reading.order
    of = order.id if order else reading.visit
    when = (
        "" if order and order.id else segment.field(14) or (order.time if order else "") or reading.head.time
    )
    test = segment.first(3, reading.marks).strip() or code  # not its name, which is written in many ways
    sub_id = segment.field(4).strip()
    key = "|".join((reading.sender, of, when, test, "" if sub_id == "1" else sub_id))
    number = reading.seen.get(f"{key}|{status}", 0)
    reading.seen[f"{key}|{status}"] = number + 1
    return record("OBX", f"{key}|{number}" if number else key, subject)
