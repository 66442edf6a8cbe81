"""Clinical resources of FHIR R4 to event rows, one function a type."""

from collections.abc import Callable, Mapping
from typing import Any

from features.ingest import reason
from features.ingest.absence import NONE_KNOWN
from features.ingest.concept import ANY, DIAGNOSIS, DRUG, coded, concept
from features.ingest.fhir.value import value_of
from features.ingest.instant import clinical, instant
from features.ingest.reason import Unusable
from features.ingest.staging import Row
from features.ingest.value import NOTHING

VISIT_CLASS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

Resource = Mapping[str, Any]
Measured = Callable[[Resource | None, str | None], str]  # a concept and a unit → an event code
CORRECTED = frozenset({"corrected", "amended", "appended"})
UNDONE = frozenset({"registered", "cancelled", "entered-in-error"})
# What the results of a report have in common with it.
REPORTED = ("subject", "effectiveDateTime", "effectivePeriod", "issued")


def moment(text: str | None, latest: int, stated: int | None = None) -> int:
    """A required time; see `instant.clinical`.

    Raises:
        Unusable: missing, impossible, before 1900 or in the future.
    """
    if not text:
        raise Unusable(reason.NO_TIME)
    return clinical(text, latest, stated)


def changed(r: Resource, latest: int) -> int | None:
    """When the source last changed the record (`meta.lastUpdated`); None if it does not say so well."""
    text = (r.get("meta") or {}).get("lastUpdated")
    try:
        found = instant(text) if text else None
    except Unusable:
        return None
    return None if found is None or found > latest else found


def times_of(own: str | None, stated: str | None, latest: int) -> tuple[int, int]:
    """`(time, known_at)`: its own time, or else when it was stated; known when stated, or else then."""
    known = moment(stated, latest) if stated else None
    time = moment(own or stated, latest, known)
    return time, time if known is None else known


def _issued(r: Resource, latest: int) -> tuple[int, int]:
    """`(time, known_at)` of what is issued. A correction may keep the date of the first issue: it is
    known when the source changed the record."""
    time, known = times_of(observed(r), r.get("issued"), latest)
    if r.get("status") in CORRECTED:
        known = max(known, changed(r, latest) or known)
    return time, known


def start_of(period: Mapping[str, Any] | None) -> str | None:
    return (period.get("start") or period.get("end")) if period else None


def end_of(period: Mapping[str, Any] | None) -> str | None:
    return (period.get("end") or period.get("start")) if period else None


def observation(
    r: Resource, subject: int, source_id: str, latest: int, rows: list[Row], measured: Measured
) -> str | None:
    """One row for the value and one for each component that has a value.

    A value over a period counts at its end, for before that it was not whole. An examination
    without any value (a panel, an image, free text) is a row without a value: it was done. Absent
    on the source's own word, it is no row. A component without a code is left out if another has one.
    """
    time, known = _issued(r, latest)
    value = value_of(r)
    components = r.get("component") or ()
    if value is None and not components:
        if "dataAbsentReason" in r or "valueQuantity" in r:
            return reason.NO_VALUE
        value = NOTHING
    if value is not None:
        code = measured(r.get("code"), value[2])
        rows.append((subject, time, code, *value, known, source_id))
    uncoded: Unusable | None = None
    found = value is not None
    for component in components:
        value = value_of(component)
        if value is None:
            continue
        try:
            code = measured(component.get("code"), value[2])
        except Unusable as error:
            uncoded = error
            continue
        rows.append((subject, time, code, *value, known, source_id))
        found = True
    if found:
        return None
    if uncoded:
        raise uncoded
    return reason.NO_VALUE


def observed(r: Resource) -> str | None:
    """When an Observation or a DiagnosticReport was true of the patient."""
    text: str | None = (
        r.get("effectiveDateTime") or r.get("effectiveInstant") or end_of(r.get("effectivePeriod"))
    )
    if text is None and "effectiveTiming" in r:
        return max((r["effectiveTiming"] or {}).get("event") or (), default=None)
    return text


def encounter(r: Resource, subject: int, source_id: str, latest: int, rows: list[Row]) -> None:
    """One row at the start of the visit."""
    time = moment(start_of(r.get("period")), latest)
    kind = (r.get("class") or {}).get("code")
    if not kind:
        raise Unusable(reason.NO_CODE)
    _, code = coded(VISIT_CLASS, str(kind))
    rows.append((subject, time, code, None, None, None, time, source_id))


def condition(r: Resource, subject: int, source_id: str, latest: int, rows: list[Row]) -> str | None:
    """One row at the onset, or else when it was recorded."""
    onset = r.get("onsetDateTime") or start_of(r.get("onsetPeriod"))
    time, known = times_of(onset, r.get("recordedDate"), latest)
    code, display = concept(r.get("code"), DIAGNOSIS)
    if code in NONE_KNOWN:
        return reason.DENIED
    rows.append((subject, time, code, None, display, None, known, source_id))
    return None


def allergy(r: Resource, subject: int, source_id: str, latest: int, rows: list[Row]) -> str | None:
    """One row with the code `ALLERGY//VOCABULARY//CODE`: an allergy to a drug is no prescription."""
    recorded = r.get("recordedDate")
    begun = r.get("onsetDateTime") or start_of(r.get("onsetPeriod")) or recorded or r.get("lastOccurrence")
    time, known = times_of(begun, recorded, latest)
    code, display = concept(r.get("code"), DRUG)
    if code in NONE_KNOWN:
        return reason.DENIED
    rows.append((subject, time, f"ALLERGY//{code}", None, display, None, known, source_id))
    return None


def procedure(r: Resource, subject: int, source_id: str, latest: int, rows: list[Row]) -> None:
    """One row at its end: only then it was done."""
    time = moment(r.get("performedDateTime") or end_of(r.get("performedPeriod")), latest)
    code, display = concept(r.get("code"), ANY)
    rows.append((subject, time, code, None, display, None, time, source_id))


def immunization(r: Resource, subject: int, source_id: str, latest: int, rows: list[Row]) -> None:
    """One row at the injection, or else when it was recorded."""
    time, known = times_of(r.get("occurrenceDateTime"), r.get("recorded"), latest)
    code, display = concept(r.get("vaccineCode"), ANY)
    rows.append((subject, time, code, None, display, None, known, source_id))


def report(
    r: Resource, subject: int, source_id: str, latest: int, rows: list[Row], measured: Measured
) -> None:
    """One row: the report exists. Its results are Observations of their own, but for those that it
    contains: these are rows of the report, at its time where they have none."""
    time, known = _issued(r, latest)
    code = measured(r.get("code"), None)
    rows.append((subject, time, code, None, None, None, known, source_id))
    for inner in r.get("contained") or ():
        if inner.get("resourceType") == "Observation" and inner.get("status") not in UNDONE:
            observation(inherited(inner, r), subject, source_id, latest, rows, measured)


def inherited(r: Resource, report: Resource) -> Resource:
    """A result with the time, the issue and the subject of its report, as far as it has none."""
    found = {name: report[name] for name in REPORTED if name in report and name not in r}
    if observed(r) is not None:
        found = {name: value for name, value in found.items() if not name.startswith("effective")}
    return {**r, **found} if found else r
