"""One statement of a document to the event that it is."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from features.ingest import reason
from features.ingest.cda import kind as s
from features.ingest.cda.coding import concept_of, said_of, says_none
from features.ingest.cda.setting import Ignored, Setting
from features.ingest.cda.statement import Statement
from features.ingest.cda.timing import begin_of, end_of, interval, told_at
from features.ingest.cda.tree import TYPE
from features.ingest.cda.value import value_of
from features.ingest.concept import ANY, DIAGNOSIS, DRUG, coded, concept
from features.ingest.hl7v2.stamp import moment
from features.ingest.measured import measured
from features.ingest.reason import Unusable
from features.ingest.staging import Row
from features.ingest.value import NOTHING, Value

VISIT_CLASS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACT_CODE = "2.16.840.1.113883.5.4"
# ActStatus of HL7 v3. What is under way, on hold or was broken off is not done; a drug or an illness is there.
STATUSES = frozenset(
    [
        "normal",
        "aborted",
        "active",
        "cancelled",
        "completed",
        "held",
        "new",
        "suspended",
        "nullified",
        "obsolete",
    ]
)
_ENDED = frozenset(["normal", "completed"])
_THERE = _ENDED | {"active"}
_EVER = _THERE | {"aborted", "suspended", "held"}
HAPPENED = {
    s.PROBLEM: _EVER,
    s.ALLERGY: _EVER,
    s.FAMILY: _EVER,
    s.DRUG: _EVER,
    s.VACCINE: _THERE,
    s.RESULT: _THERE,
    s.ENCOUNTER: _THERE,
    s.PROCEDURE: _ENDED,
}
# Of what kind an allergy is, which says not to what.
ALLERGY_TYPES = frozenset(
    [
        "419199007",
        "416098002",
        "59037007",
        "414285001",
        "235719002",
        "420134006",
        "418038007",
        "418471000",
        "419511003",
        "426232007",
        "232347008",
        "419263009",
        "281647001",
    ]
)
LOINC, SMOKING, TOBACCO = "2.16.840.1.113883.6.1", "LOINC//72166-2", "LOINC//11367-0"


def row(said: Statement, setting: Setting) -> Row:
    """The event of a statement.

    Raises:
        Ignored: it says that something did not happen, is planned, or is of no use here.
        Unusable: it has no code or no time.
    """
    maker = _MAKERS.get(said.kind)
    if maker is None:
        raise Ignored(reason.NARRATIVE if said.kind == s.SECTION else reason.OTHER_TYPE)
    _happened(said)
    time, code, value = maker(said, setting)
    return (setting.subject, time, code, *value, setting.known, setting.source_id)


def _happened(said: Statement) -> None:
    element = said.element
    mood = element.get("moodCode") or "EVN"
    prescribed = said.kind == s.DRUG and mood == "INT" and said.section not in s.PLAN
    if mood != "EVN" and not prescribed:
        raise Ignored(reason.PLANNED)
    if element.get("nullFlavor"):
        raise Ignored(reason.NO_VALUE)
    if element.get("negationInd") == "true" or element.get("actionNegationInd") == "true":
        raise Ignored(reason.DENIED)
    for act in (element, *(a for a in said.around if a.tag == "act")):
        code = act.find("statusCode")
        status = code.get("code") if code is not None else None
        if status is None:
            continue
        if status not in STATUSES:
            raise Unusable(reason.ACT_STATUS)
        if status not in (HAPPENED[said.kind] if act is element else STATUSES - {"nullified", "obsolete"}):
            raise Ignored(reason.DID_NOT_HAPPEN)


Made = tuple[int, str, Value]


def _result(said: Statement, setting: Setting) -> Made:
    value_element = said.element.find("value")
    if value_element is not None and value_element.get(TYPE) == "ED":
        raise Ignored(reason.FREE_TEXT)
    value = NOTHING if value_element is None else value_of(value_element)
    if value is None:
        raise Ignored(reason.NO_VALUE)
    code = said.element.find("code")
    own = s.templates(said.element)
    if s.SMOKING in own:
        event = SMOKING
    elif s.TOBACCO in own and "ASSERTION" in {c for _, c in said_of(code)}:
        event = TOBACCO
    else:
        event, _ = measured(concept_of(code), setting.codes, setting.sender, value[2])
    # A habit is true when told, whenever it began.
    social = event in (SMOKING, TOBACCO) or s.SOCIAL in own
    time = told_at(said, setting) if social else end_of(said, setting)
    return time, event, value


def _problem(said: Statement, setting: Setting) -> Made:
    found = concept_of(*said.element.findall("value"))
    _not_none(*said.element.findall("value"))
    if not found:
        flavors = {value.get("nullFlavor") for value in said.element.findall("value")}
        # Other and unknown: there is a problem, which only the text names.
        raise Unusable(reason.ONLY_TEXT) if flavors & {"OTH", "UNK"} else Ignored(reason.NO_VALUE)
    code, name = concept(found, DIAGNOSIS)
    return begin_of(said, setting), code, (None, name, None)


def _allergy(said: Statement, setting: Setting) -> Made:
    substances = said.element.findall("participant/participantRole/playingEntity/code")
    values = said.element.findall("value")
    _not_none(*substances, *values)
    found = concept_of(*substances)
    if not found.get("coding"):
        meant = [v for v in values if not {c for _, c in said_of(v)} & ALLERGY_TYPES]
        found = concept_of(*meant) if meant and not found else found
    code, name = concept(found, DRUG)
    return begin_of(said, setting), f"ALLERGY//{code}", (None, name, None)


def _family(said: Statement, setting: Setting) -> Made:
    values = said.element.findall("value")
    _not_none(*values)
    code, name = concept(concept_of(*values), DIAGNOSIS)
    return setting.known, f"FAMILY//{code}", (None, name, None)


def _drug(said: Statement, setting: Setting) -> Made:
    code = s.substance(said.element)
    _not_none(code, said.element.find("code"))
    event, name = concept(concept_of(code), DRUG)
    return begin_of(said, setting), event, (None, name, None)


def _vaccine(said: Statement, setting: Setting) -> Made:
    event, name = concept(concept_of(s.substance(said.element)), ANY)
    return end_of(said, setting), event, (None, name, None)


def _procedure(said: Statement, setting: Setting) -> Made:
    _not_none(said.element.find("code"))
    event, name = concept(concept_of(said.element.find("code")), ANY)
    return end_of(said, setting), event, (None, name, None)


def _encounter(said: Statement, setting: Setting) -> Made:
    time_element, code = said.element.find("effectiveTime"), said.element.find("code")
    if time_element is None and code is None:
        raise Ignored(reason.ENTRY_REFERENCE)
    begin, end = interval(time_element)
    if not (begin or end):
        raise Unusable(reason.NO_TIME)
    time = moment(begin or end, setting.zone, setting.latest, setting.known)
    return time, visit(code), NOTHING


def visit(code: Element | None) -> str:
    """`ENCOUNTER//AMB` and the like; a visit of any kind is a visit.

    Raises:
        Unusable: it has no code.
    """
    said = [(system, value) for system, value in said_of(code) if value]
    for system, value in said:
        if system == ACT_CODE and value:
            return coded(VISIT_CLASS, value)[1]
    if not said:
        raise Unusable(reason.NO_CODE)
    return coded(VISIT_CLASS, "|".join(min((str(system), str(value)) for system, value in said)))[1]


_MAKERS: dict[str, Callable[[Statement, Setting], Made]] = {
    s.RESULT: _result,
    s.PROBLEM: _problem,
    s.ALLERGY: _allergy,
    s.FAMILY: _family,
    s.DRUG: _drug,
    s.VACCINE: _vaccine,
    s.PROCEDURE: _procedure,
    s.ENCOUNTER: _encounter,
}


def _not_none(*codes: Element | None) -> None:
    if says_none(*codes):
        raise Ignored(reason.DENIED)
