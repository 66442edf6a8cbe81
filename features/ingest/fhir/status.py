"""What the status of a resource means for the event stream.

HAPPENED: an event. UNCONFIRMED: a diagnosis that is only thought of. PENDING: not yet, or never
begun. TAKEN_BACK: it did not happen after all, so that an event of an earlier version must go.
ERROR: it was entered in error. An `unknown` status is taken as happened: the record still carries
its own time and value. An examination that is under way, on hold or was broken off is not done, so
that a calendar of check-ups does not count it; a visit counts from its arrival.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from features.ingest import reason
from features.ingest.reason import Unusable


class Fate(Enum):
    """See the module."""

    HAPPENED = 1
    UNCONFIRMED = 2
    PENDING = 3
    TAKEN_BACK = 4
    ERROR = 5


def _fates(happened: str, pending: str = "", taken_back: str = "", unconfirmed: str = "") -> dict[str, Fate]:
    return {
        **dict.fromkeys(happened.split(), Fate.HAPPENED),
        **dict.fromkeys(pending.split(), Fate.PENDING),
        **dict.fromkeys(taken_back.split(), Fate.TAKEN_BACK),
        **dict.fromkeys(unconfirmed.split(), Fate.UNCONFIRMED),
        "entered-in-error": Fate.ERROR,
    }


_REPORT = "preliminary final amended corrected unknown"
FATES = {
    "Encounter": _fates("arrived triaged in-progress onleave finished unknown", "planned", "cancelled"),
    "Observation": _fates(_REPORT, "registered", "cancelled"),
    "DiagnosticReport": _fates(f"{_REPORT} partial appended", "registered", "cancelled"),
    "MedicationRequest": _fates("active on-hold completed stopped unknown", "draft", "cancelled"),
    "MedicationStatement": _fates("active on-hold completed stopped unknown", "intended", "not-taken"),
    "MedicationDispense": _fates(
        "completed unknown", "preparation in-progress on-hold stopped", "cancelled declined"
    ),
    "MedicationAdministration": _fates("in-progress on-hold completed stopped unknown", "", "not-done"),
    "Appointment": _fates(
        "booked arrived checked-in fulfilled cancelled noshow", "proposed pending waitlist"
    ),
    "FamilyMemberHistory": _fates("partial completed", "health-unknown"),
    "QuestionnaireResponse": _fates("completed amended", "in-progress stopped"),
    "ImagingStudy": _fates("available unknown", "registered", "cancelled"),
    "Procedure": _fates("completed unknown", "preparation in-progress on-hold stopped", "not-done"),
    "Immunization": _fates("completed", taken_back="not-done"),
    "Condition": _fates(
        "confirmed", taken_back="refuted", unconfirmed="unconfirmed provisional differential"
    ),
    # An allergy is mostly what the patient says: it counts until it is refuted.
    "AllergyIntolerance": _fates("confirmed unconfirmed presumed", taken_back="refuted"),
}
VERIFIED = frozenset({"Condition", "AllergyIntolerance"})
WISHES = frozenset({"proposal", "plan", "option"})
# Statuses of FHIR R5 that R4 does not have.
LATER = {
    "Encounter": frozenset({"completed", "discharged", "on-hold", "discontinued"}),
    "MedicationRequest": frozenset({"ended"}),
    "MedicationStatement": frozenset({"recorded", "draft"}),
    "DiagnosticReport": frozenset({"modified"}),
}


def fate(resource: Mapping[str, Any], kind: str) -> Fate:
    """What becomes of `resource`; one without a status happened.

    Raises:
        Unusable: R4 does not have this status.
    """
    status = _verification(resource) if kind in VERIFIED else resource.get("status")
    if status is None:
        return Fate.HAPPENED
    found = FATES[kind].get(status)
    if found is None:
        if status in LATER.get(kind, ()):
            raise Unusable(reason.r5(f"{kind}.status {status}"))
        raise Unusable(reason.UNKNOWN_STATUS)
    if (
        kind == "MedicationRequest"
        and found is Fate.HAPPENED
        and (resource.get("doNotPerform") is True or resource.get("intent") in WISHES)
    ):
        return Fate.PENDING
    return found


def _verification(resource: Mapping[str, Any]) -> str | None:
    """The first code of verificationStatus, which DSTU 2 and STU 3 wrote as a plain string."""
    value = resource.get("verificationStatus")
    if not value or isinstance(value, str):
        return value or None
    return next((str(c["code"]) for c in value.get("coding") or () if c.get("code")), None)
