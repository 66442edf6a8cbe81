"""Resources in, rows and an exact account out: the hot path of reading FHIR."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

from features import schema
from features.ingest import reason
from features.ingest.concept import DRUG, concept
from features.ingest.fhir import clinical, drug, further
from features.ingest.fhir.clinical import REPORTED, Resource, changed, inherited, moment, observed
from features.ingest.fhir.consent import consents
from features.ingest.fhir.dated import own_time, stated_time
from features.ingest.fhir.person import person
from features.ingest.fhir.reference import identity, last_two, participant, patient_id, server_of
from features.ingest.fhir.release import R4_TYPES, later_element
from features.ingest.fhir.status import Fate, fate
from features.ingest.instant import DAY, instant
from features.ingest.intake import Intake, opaque, record
from features.ingest.measured import measured
from features.ingest.person import EPOCH
from features.ingest.plausible import check
from features.ingest.quarantine import Place
from features.ingest.reason import Unusable
from features.ingest.staging import Row
from features.ingest.version import UNDATED

NO_TYPE = "(no type)"
STRANGE_TYPE = "(not a type of R4)"
NO_RESOURCE = "(no resource)"

Mapper = Callable[[Resource, int, str, int, list[Row]], str | None]
MAPPERS: dict[str, Mapper] = {
    "Encounter": clinical.encounter,
    "Condition": clinical.condition,
    "AllergyIntolerance": clinical.allergy,
    "Procedure": clinical.procedure,
    "Immunization": clinical.immunization,
    "Appointment": further.appointment,
    "FamilyMemberHistory": further.family,
    "ImagingStudy": further.imaging,
}
MEASURING = {
    "Observation": clinical.observation,
    "DiagnosticReport": clinical.report,
    "QuestionnaireResponse": further.answers,
}
DRUGS = {
    "MedicationRequest": drug.request,
    "MedicationStatement": drug.statement,
    "MedicationDispense": drug.dispense,
    "MedicationAdministration": drug.administration,
}
PARTS = {"DiagnosticReport": "result", "Observation": "hasMember"}
LEVELS = 4  # panels within panels within a report
USED = frozenset({"Patient", "Consent", *MAPPERS, *MEASURING, *DRUGS})


class Later(Exception):
    """What the resource points to may still come."""


Whole = tuple[Resource, str | None, str]  # time, issue and subject; the names by which it is pointed to


@dataclass
class Scope:
    """What a reference can point to within one bundle. `open`: more of it is still to be read."""

    patients: dict[str, str] = field(default_factory=dict)  # fullUrl → patient id
    open: bool = False
    later_release: str | None = None
    wholes: dict[str, Whole] = field(default_factory=dict)  # a result → the panel or report that it is of


class Reader:
    """Takes resources one by one, and hands what they say to the `intake`."""

    def __init__(self, intake: Intake) -> None:
        self.final = False  # nothing more will be read: what points to nothing is lost
        self._intake = intake
        self._latest = intake.latest
        self._server: str | None = None  # the one that absolute addresses name; only one in a read
        self._by_reference = lru_cache(maxsize=1 << 16)(self._referred)
        self._medications: dict[str, tuple[str, str | None]] = {}

    def take(self, resource: Any, place: Place, scope: Scope, url: str | None = None) -> None:
        """Map one resource (not a Bundle) that was met, and count what became of it.

        Raises:
            Later: the resource is to be taken again when more was read; it has no outcome yet.
        """
        kind = kind_of(resource)
        rows: list[Row] = []
        try:
            if type(resource) is not dict:
                raise Unusable(reason.NOT_AN_OBJECT)
            if kind in (NO_TYPE, STRANGE_TYPE):
                raise Unusable(reason.UNKNOWN_TYPE if resource.get("resourceType") else reason.NO_TYPE)
            ignored = self._map(resource, kind, scope, url, rows)
            check(rows)
        except Unusable as error:
            self._intake.refuse(place, kind, _id(resource), str(error), resource)
            return
        except (TypeError, AttributeError, KeyError, ValueError, IndexError, OverflowError):
            self._intake.refuse(place, kind, _id(resource), reason.SHAPE, resource)
            return
        self._intake.put(rows, changed(resource, self._latest) if rows else None)
        if ignored:
            self._intake.skip(kind, ignored)
        else:
            self._intake.mapped(kind)

    def learn(self, resource: Any, url: str | None, scope: Scope) -> None:
        """Note what others may point to: a patient by its fullUrl, a medication by its id."""
        if type(resource) is not dict:
            return
        kind = resource.get("resourceType")
        if kind == "Patient" and url:
            scope.patients[url] = resource.get("id") or url.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
        elif kind in PARTS and type(resource.get(PARTS[kind])) is list:
            said = {name: resource[name] for name in REPORTED if name in resource}
            whole = (said, url, f"{kind}/{resource.get('id')}")
            for part in resource[PARTS[kind]]:
                if type(part) is dict and type(part.get("reference")) is str:
                    scope.wholes[part["reference"]] = whole
        elif kind == "Medication":
            try:
                found = concept(resource.get("code"), DRUG)
            except (Unusable, TypeError, AttributeError):
                return
            if resource.get("id"):
                self._medications[f"Medication/{resource['id']}"] = found
            if url:
                self._medications[url] = found

    def _map(self, r: Resource, kind: str, scope: Scope, url: str | None, rows: list[Row]) -> str | None:
        later = scope.later_release or later_element(r, kind)
        if later:
            raise Unusable(reason.r5(later))
        if kind not in USED:
            return reason.OTHER_TYPE
        if url:
            self._of_one_server(url)
        if kind == "Patient":
            self._patient(r, url, rows)
            return None
        if kind == "Consent":
            return self._consent(r, scope)
        if kind == "Observation" and not ("subject" in r and observed(r)):
            r = self._reported(r, scope, url)
        what = fate(r, kind)
        if what is Fate.PENDING:
            return reason.DID_NOT_HAPPEN
        if what is Fate.UNCONFIRMED:
            return reason.NOT_CONFIRMED
        if what is Fate.TAKEN_BACK:
            self._take_back(r, kind, scope, rows)
            return reason.DID_NOT_HAPPEN
        subject = self._subject_of(r, scope)
        source_id = record(kind, identity(r), subject)
        if what is Fate.ERROR:
            rows.append(self._withdrawal(r, subject, source_id))
            return None
        mapper = MAPPERS.get(kind)
        if mapper:
            return mapper(r, subject, source_id, self._latest, rows)
        measuring = MEASURING.get(kind)
        if measuring:
            sender = (r.get("meta") or {}).get("source")
            codes = self._intake.options.codes

            def code_of(value: Resource | None, unit: str | None) -> str:
                return measured(value, codes, sender, unit)[0]

            return measuring(r, subject, source_id, self._latest, rows, code_of)
        DRUGS[kind](r, subject, source_id, self._latest, rows, self._medication)
        return None

    def _patient(self, r: Resource, url: str | None, rows: list[Row]) -> None:
        id = r.get("id") or (url.rsplit(":", 1)[-1].rsplit("/", 1)[-1] if url else None)
        if not id or type(id) is not str:
            raise Unusable(reason.NO_PATIENT_ID)
        subject = self._intake.subject(id)
        now = EPOCH + timedelta(microseconds=self._intake.now)
        who = person(r, subject, self._intake.named(id), now)
        # One record, known from the start; what a later version says otherwise is a correction.
        source_id = record("Patient", id, subject)
        if who.sex:
            sex = schema.FEMALE if who.sex == "F" else schema.MALE
            rows.append((subject, None, sex, None, None, None, None, source_id))
        if who.birth_date:
            born = instant(who.birth_date.isoformat())
            if born > self._latest:
                if len(r["birthDate"]) >= 10:
                    raise Unusable(reason.FUTURE)
                born = (
                    self._intake.now - self._intake.now % DAY
                )  # a part of the date, whose middle is still to come
            rows.append((subject, born, schema.BIRTH, None, None, None, None, source_id))
        if who.deceased:
            died, text = self._death(r)
            rows.append((subject, died, schema.DEATH, None, text, None, None, source_id))
        self._intake.person(who)

    def _death(self, r: Resource) -> tuple[int, str | None]:
        """When somebody died, and whether that is unknown: then they were dead when the record was
        last changed, or else are now. A bad date does not make them alive."""
        try:
            return moment(r.get("deceasedDateTime"), self._latest), None
        except Unusable:
            return changed(r, self._latest) or self._intake.now, UNDATED

    def _consent(self, r: Resource, scope: Scope) -> str | None:
        if r.get("status") in ("draft", "proposed"):
            return reason.DID_NOT_HAPPEN
        if not consents(r, 0, self._latest):
            return reason.OTHER_PURPOSE
        subject = self._subject_of(r, scope)
        name = opaque("Consent", r["id"], subject) if r.get("id") else ""
        for said in consents(r, subject, self._latest, name):
            self._intake.consent(said)
        return None

    def _take_back(self, r: Resource, kind: str, scope: Scope, rows: list[Row]) -> None:
        """Withdraw an earlier version, if this one says when it was written and of whom."""
        if not (r.get("meta") or {}).get("lastUpdated"):
            return
        try:
            subject = self._subject_of(r, scope)
            rows.append(self._withdrawal(r, subject, record(kind, identity(r), subject)))
        except Unusable:
            return

    def _reported(self, r: Resource, scope: Scope, url: str | None) -> Resource:
        """A result without a time or a subject of its own has those of the panel or report of which it is a
        part in the same Bundle."""
        names: tuple[str | None, str] = (url, f"Observation/{r.get('id')}")
        for _ in range(LEVELS):
            found = scope.wholes.get(names[0] or "") or scope.wholes.get(names[1])
            if not found:
                break
            r, names = inherited(r, found[0]), found[1:]
        if scope.open and not ("subject" in r and observed(r)):
            raise Later
        return r

    def _withdrawal(self, r: Resource, subject: int, source_id: str) -> Row:
        own = own_time(r)
        known = moment((r.get("meta") or {}).get("lastUpdated") or stated_time(r) or own, self._latest)
        time = moment(own, self._latest, known) if own else known
        return (subject, time, schema.WITHDRAWN, None, None, None, known, source_id)

    def _subject_of(self, r: Resource, scope: Scope) -> int:
        subject = r.get("subject") or r.get("patient") or participant(r)
        if not subject:
            raise Unusable(reason.NO_SUBJECT)
        reference = subject.get("reference")
        if not reference:
            raise Unusable(reason.NO_SUBJECT_REFERENCE)
        local = scope.patients.get(reference)
        if local is not None:
            return self._intake.subject(local)
        if reference.startswith("urn:"):
            if scope.open:
                raise Later
            raise Unusable(reason.LOST_SUBJECT)
        return self._by_reference(reference)

    def _referred(self, reference: str) -> int:
        self._of_one_server(reference)
        return self._intake.subject(patient_id(reference))

    def _of_one_server(self, address: str) -> None:
        """Equal ids on two servers are two people, so a read takes the records of one server: the first
        that an absolute address names. Relative addresses are of that server too.

        Raises:
            Unusable: the address is of another server.
        """
        server = server_of(address)
        if server is None:
            return
        if self._server is None:
            self._server = server
        elif server != self._server:
            raise Unusable(reason.OTHER_SERVER)

    def _medication(self, r: Resource) -> tuple[str, str | None]:
        own = r.get("medicationCodeableConcept")
        if own:
            return concept(own, DRUG)
        reference = (r.get("medicationReference") or {}).get("reference")
        if not reference:
            raise Unusable(reason.NO_CODE)
        if reference.startswith("#"):
            for inner in r.get("contained") or ():
                if inner.get("id") == reference[1:]:
                    return concept(inner.get("code"), DRUG)
            raise Unusable(reason.LOST_MEDICATION)
        found = self._medications.get(reference) or self._medications.get(last_two(reference))
        if found:
            return found
        if not self.final:
            raise Later
        raise Unusable(reason.LOST_MEDICATION)


def kind_of(resource: Any) -> str:
    """Under which type the account counts `resource`."""
    found = resource.get("resourceType") if type(resource) is dict else None
    if type(found) is str and found in R4_TYPES:
        return found
    return NO_TYPE if found is None else STRANGE_TYPE


def _id(resource: Any) -> str | None:
    id = resource.get("id") if isinstance(resource, dict) else None
    return id if isinstance(id, str) else None
