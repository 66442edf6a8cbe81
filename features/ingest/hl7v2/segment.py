"""A message to what becomes of its segments: which function reads which."""

from collections.abc import Callable

from features.ingest import reason
from features.ingest.hl7v2 import clinical, patient, result, visit
from features.ingest.hl7v2.message import Message, Segment
from features.ingest.hl7v2.reading import Reading, Setting, Taken
from features.ingest.reason import Unusable

# Message types about no patient of ours: answers, queries, master files, schedules, equipment.
_NO_PATIENT = """
ACK MFN MFK MFD QRY QBP RSP DSR EDR EQQ ERP NMD NMQ NMR QSB QVR RTB SPQ SQM SQR SRM SRR ESR ESU EAC EAN EAR INR
INU LSU SSR SSU STC TCR TCU MCF UDM VQQ TBR SUR PMU QCK QCN QSX RQI RQC RQP NMX
"""
NO_PATIENT = frozenset(_NO_PATIENT.split())
TRAINING = frozenset({"T", "D"})
# Merges of accounts and visits, which leave patients as they are.
OF_ACCOUNTS = frozenset({"A35", "A41", "A42", "A44", "A45", "A48", "A49", "A50", "A51"})
CONTEXT = frozenset({"EVN", "ORC", "MSH"})  # part of the message, not counted apart
# Segments that begin something of their own, so that an order is over.
ENDS_ORDER = frozenset({"PID", "ORC", "PV1", "SCH", "TXA"})
STARTS = {"TQ1": 7, "AIS": 4, "AIG": 8, "AIL": 6, "AIP": 6}
# The segments of HL7 v2.8, as far as the account may name them.
_NAMES = """
ABS ACC ADD ADJ AFF AIG AIL AIP AIS AL1 ARV AUT BLC BLG BPO BPX BTX BUI CDM CDO CER CM0 CM1 CM2 CNS CON CSP CSR
CSS CTD CTI DB1 DEV DG1 DMI DON DRG DSC DSP ECD ECR EDU EQP EQU ERR FAC FT1 GOL GP1 GP2 GT1 IAM IAR IIM ILT IN1
IN2 IN3 INV IPC IPR ISD ITM IVC IVT LAN LCC LCH LDP LOC LRL MCP MFA MFE MFI MRG MSA NCK NDS NK1 NPU NSC NST NTE
OBR OBX ODS ODT OH1 OH2 OH3 OH4 OM1 OM2 OM3 OM4 OM5 OM6 OM7 OMC ORG OVR PAC PCE PCR PD1 PDA PDC PEO PES PID PKG
PMT PR1 PRA PRB PRC PRD PRT PSG PSH PSL PSS PTH PV1 PV2 PYE QAK QID QPD QRD QRF QRI RCP RDF RDT REL RF1 RFI RGS
RMI ROL RQ1 RQD RXA RXC RXD RXE RXG RXO RXR RXV SAC SCD SCH SCP SDD SFT SGH SGT SHP SID SLT SPM STF STZ TCC TCD
TQ1 TQ2 TXA UAC URD URS VAR VND
"""
NAMES = frozenset(_NAMES.split())


def kind_of(segment: Segment) -> str:
    """How the account names a segment."""
    if segment.name in NAMES:
        return f"HL7 v2 {segment.name}"
    return "HL7 v2 Z segment" if segment.name[0] == "Z" else "HL7 v2 other segment"


def taken(message: Message, setting: Setting) -> Taken:
    """What becomes of each segment of a message.

    Raises:
        Unusable: nothing of it can be read, for its only patient cannot be told, or it says that it was
            made in the future.
    """
    reading = Reading(message, setting)
    patients = sum(segment.name == "PID" for segment in message.segments)
    if not patients:
        raise Unusable(reason.NO_PID)
    for segment in message.segments:
        if segment.name in CONTEXT:
            _context(segment, reading)
        elif segment.name == "PID" and patients == 1:
            _patient(segment, reading)  # without it nothing of the message has a patient
        else:
            _one(segment, reading)
    ends = [(visit.SCH, reading.appointment, visit.appointment), ("", None, result.settle)]
    for kind, at, end in ends:
        try:
            end(reading)
        except Unusable as error:
            if at is not None:
                reading.taken.refused.append((kind, str(error), at))
    return reading.taken


def _one(segment: Segment, reading: Reading) -> None:
    name, out = segment.name, reading.taken
    if name in ENDS_ORDER:
        result.close(reading)
    if name in STARTS and not reading.start:
        reading.start = segment.first(STARTS[name], reading.marks)
    mapper = MAPPERS.get(name)
    if mapper is None:
        out.skipped.append((kind_of(segment), reason.SEGMENT_UNUSED))
        return
    if segment.broken:
        out.refused.append((kind_of(segment), reason.BROKEN_SEGMENT, segment))
        return
    try:
        mapper(segment, reading)
    except Unusable as error:
        out.refused.append((kind_of(segment), str(error), segment))
    except (ValueError, IndexError, TypeError, OverflowError):
        out.refused.append((kind_of(segment), reason.HL7_SHAPE, segment))


def _context(segment: Segment, reading: Reading) -> None:
    if segment.name == "EVN":
        reading.recorded = segment.field(2)
    elif segment.name == "ORC":
        result.close(reading)
        reading.control = segment.first(1, reading.marks).strip().upper()
        reading.placer, reading.filler = (segment.first(number, reading.marks).strip() for number in (2, 3))
        reading.ordered = segment.field(9) or segment.field(15)


def _appointment(segment: Segment, reading: Reading) -> None:
    reading.appointment = segment


def _document(segment: Segment, reading: Reading) -> None:
    reading.taken.skipped.append(("HL7 v2 TXA", reason.DOCUMENT))


def _merge(segment: Segment, reading: Reading) -> None:
    if reading.head.event in OF_ACCOUNTS or not segment.first(1, reading.marks):
        reading.taken.skipped.append(("HL7 v2 MRG", reason.ACCOUNTS_MERGED))
    else:
        raise Unusable(reason.MERGE)


def _patient(segment: Segment, reading: Reading) -> None:
    if reading.head.type == "ADT" and reading.head.event == "A29":
        raise Unusable(reason.DELETED_PATIENT)
    patient.patient(segment, reading)


MAPPERS: dict[str, Callable[[Segment, Reading], None]] = {
    "PID": _patient,
    "MRG": _merge,
    "PV1": visit.visit,
    "SCH": _appointment,
    "TXA": _document,
    "OBR": result.order,
    "OBX": result.result,
    "DG1": clinical.diagnosis,
    "PRB": clinical.problem,
    "AL1": clinical.allergy,
    "IAM": clinical.allergy,
    "PR1": clinical.procedure,
    "RXA": clinical.administration,
    "RXO": clinical.prescription,
    "RXE": clinical.prescription,
    "RXD": clinical.dispense,
}
