"""Types of FHIR R4 beside the usual ones that say something of the patient: appointments, answers to
questionnaires, illnesses in the family, images."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from features.ingest import reason
from features.ingest.concept import ANY, DIAGNOSIS, concept
from features.ingest.fhir.clinical import Measured, Resource, changed, moment
from features.ingest.fhir.value import value_of
from features.ingest.instant import DAY
from features.ingest.reason import Unusable
from features.ingest.staging import Row

LOINC = "http://loinc.org"
ARRIVED = {"checked-in": "arrived"}  # as HL7 v2 has it
# A LOINC code in the place of a link: "8302-2", "/8302-2", "http://loinc.org/vs/8302-2".
_LINK = re.compile(r"(?:.*/)?(\d{1,7}-\d)")
_DEPTH = 30  # questions within questions


def appointment(r: Resource, subject: int, source_id: str, latest: int, rows: list[Row]) -> str | None:
    """`APPOINTMENT//STATUS` at its start, or a cancelled one when that was told; one that is booked for
    later is no event yet."""
    status = ARRIVED.get(r["status"], r["status"])
    told = changed(r, latest)
    if status == "cancelled" and told is not None:
        time = told
    else:
        try:
            time = moment(r.get("start"), latest)
        except Unusable as error:
            if str(error) != reason.FUTURE:
                raise
            return reason.STILL_TO_COME
        if status == "booked" and time > latest - DAY:
            return reason.STILL_TO_COME
    known = time if told is None else told
    rows.append((subject, time, f"APPOINTMENT//{status}", None, None, None, known, source_id))
    return None


def family(r: Resource, subject: int, source_id: str, latest: int, rows: list[Row]) -> str | None:
    """`FAMILY//VOCABULARY//CODE` for each illness of a relative, when it was told: none of the patient's."""
    conditions = r.get("condition") or ()
    if not conditions:
        return reason.NOTHING_CODED
    told = r.get("date") or (r.get("meta") or {}).get("lastUpdated")
    time = moment(told, latest)
    for condition in conditions:
        code, display = concept(condition.get("code"), DIAGNOSIS)
        rows.append((subject, time, f"FAMILY//{code}", None, display, None, time, source_id))
    return None


def imaging(r: Resource, subject: int, source_id: str, latest: int, rows: list[Row]) -> str | None:
    """One row for the images, by the code of the procedure or else of the modality. Where a Procedure is
    pointed to, that one says it."""
    if r.get("procedureReference"):
        return reason.SAID_BY_PROCEDURE
    time = moment(r.get("started"), latest)
    series = r.get("series") or ()
    modality = [*(r.get("modality") or ()), *(s["modality"] for s in series if s.get("modality"))]
    for said in (*(r.get("procedureCode") or ()), {"coding": modality}):
        if said.get("coding"):
            code, display = concept(said, ANY)
            rows.append((subject, time, code, None, display, None, time, source_id))
            return None
    raise Unusable(reason.NO_CODE)


def answers(
    r: Resource, subject: int, source_id: str, latest: int, rows: list[Row], measured: Measured
) -> str | None:
    """One row for each answer to a question that LOINC has, when the answers were written down."""
    time = moment(r.get("authored"), latest)
    for item in _items(r.get("item") or (), 0):
        loinc = _question(item)
        if loinc is None:
            continue
        code = {"coding": [{"system": LOINC, "code": loinc}]}
        for said in item.get("answer") or ():
            value = value_of(_as_observed(said))
            if value is not None:
                rows.append((subject, time, measured(code, value[2]), *value, time, source_id))
    return None if rows else reason.NOTHING_CODED


def _as_observed(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The value of an answer under the name that an Observation gives it."""
    if "valueDecimal" in answer:
        return {"valueQuantity": {"value": answer["valueDecimal"]}}
    if "valueCoding" in answer:
        return {"valueCodeableConcept": {"coding": [answer["valueCoding"]]}}
    return answer


def _items(items: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > _DEPTH:
        raise Unusable(reason.SHAPE)
    for item in items:
        yield item
        yield from _items(item.get("item") or (), depth + 1)
        for answer in item.get("answer") or ():
            yield from _items(answer.get("item") or (), depth + 1)


def _question(item: Mapping[str, Any]) -> str | None:
    """The LOINC code of a question, by its definition or its link; a number that only looks like one has
    another check digit."""
    for text in (item.get("definition"), item.get("linkId")):
        found = _LINK.fullmatch(text) if text else None
        if found and checked(found[1]):
            return found[1]
    return None


def checked(code: str) -> bool:
    """Whether the last digit of a LOINC code is its check digit (Luhn, as LOINC has it)."""
    digits, check = code.split("-")
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return (10 - total % 10) % 10 == int(check)
