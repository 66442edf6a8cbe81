"""PID: which patient the message is about, the facts of them, and for the clinic who they are.

Sex, birth and death are records of their own, so that a message that leaves one of them empty keeps it,
and one that says `""` takes back that one alone.
"""

from datetime import timedelta
from functools import lru_cache

from features import schema
from features.ingest import reason
from features.ingest.hl7v2.contact import contacts, name, said
from features.ingest.hl7v2.escape import CLEAR
from features.ingest.hl7v2.identifier import patient_id
from features.ingest.hl7v2.message import Segment
from features.ingest.hl7v2.reading import Reading
from features.ingest.hl7v2.stamp import born
from features.ingest.instant import instant
from features.ingest.intake import record
from features.ingest.person import EPOCH, Person
from features.ingest.reason import Unusable
from features.ingest.staging import Row
from features.ingest.version import UNDATED

PID = "HL7 v2 PID"
SEXES = {"F": "F", "M": "M", "Ж": "F", "М": "M"}  # the last with a Cyrillic letter
HUMAN = frozenset({"337915000", "HUMAN", "H"})
source_id_of = lru_cache(maxsize=1 << 15)(record)


def patient(segment: Segment, reading: Reading) -> None:
    """Take one PID: what follows is of this patient.

    Raises:
        Unusable: no patient is named, or a date does not exist.
    """
    reading.subject, reading.order, reading.met = None, None, True
    species = segment.first(35, reading.marks).upper()
    if species and species not in HUMAN:
        raise Unusable(reason.ANIMAL)
    id = patient_id(segment.field(3) or segment.field(2), reading.marks, reading.setting.authority)
    subject = reading.setting.subject(id)
    person = _person(segment, reading, subject, id)
    facts = _facts(segment, reading, person)
    out = reading.taken
    out.persons.append(person)
    kind = PID
    for what, code, time, text in facts:
        gone = code == schema.WITHDRAWN
        told = reading.told() if gone else None
        row: Row = (subject, time, code, None, text, None, told, source_id_of(f"PID-{what}", id, subject))
        out.mapped.append((kind, [row], reading.made))
        kind = ""  # one item, however many records
    if kind:
        out.mapped.append((kind, [], None))
    reading.subject = subject


Fact = tuple[str, str, int | None, str | None]  # which, code, time, text


def _facts(segment: Segment, reading: Reading, person: Person) -> list[Fact]:
    marks, told, found = reading.marks, reading.told(), list[Fact]()
    cleared = schema.WITHDRAWN if told is not None else ""  # a withdrawal that nobody can date says nothing
    if person.sex:
        found.append(("sex", schema.FEMALE if person.sex == "F" else schema.MALE, None, None))
    elif segment.first(8, marks).strip() == CLEAR and cleared:
        found.append(("sex", cleared, told, None))
    if person.birth_date:
        at = instant(person.birth_date.isoformat())
        if at > reading.setting.latest:
            raise Unusable(reason.FUTURE)
        found.append(("birth", schema.BIRTH, at, None))
    elif segment.first(7, marks).strip() == CLEAR and cleared:
        found.append(("birth", cleared, told, None))
    if person.deceased:
        found.append(("death", schema.DEATH, *_death(segment.field(29), reading)))
    elif cleared and (segment.first(30, marks).strip().upper() in ("N", CLEAR) or CLEAR in segment.field(29)):
        found.append(("death", cleared, told, None))
    return found


def _death(field: str, reading: Reading) -> tuple[int, str | None]:
    """When somebody died, or else when that was told. A bad date does not make them alive."""
    try:
        found = reading.time(field, stated=reading.told())
    except Unusable:
        found = None
    return (found, None) if found is not None else (reading.told() or reading.setting.now, UNDATED)


def _person(segment: Segment, reading: Reading, subject: int, id: str) -> Person:
    marks, codec = reading.marks, reading.codec
    family, given, patronymic = name(segment.field(5), marks, codec)
    numbers = (segment.field(13), segment.field(14), segment.field(40))
    email, phone = contacts(numbers, marks, codec)
    birth, death = said(segment.first(7, marks)), said(segment.first(29, marks))
    dead = segment.first(30, marks).strip().upper()
    return Person(
        subject_id=subject,
        patient_id=reading.setting.named(id),
        family=family,
        given=given,
        patronymic=patronymic,
        sex=SEXES.get(segment.first(8, marks).strip().upper()),
        birth_date=born(birth) if birth else None,
        email=email,
        phone=phone,
        language=said(segment.first(15, marks)),
        organisation=None,
        deceased=dead == "Y" or (death is not None and dead != "N"),
        updated=None if reading.made is None else EPOCH + timedelta(microseconds=reading.made),
    )
