"""Drugs of FHIR R4: prescribed, said to be taken, handed over, given."""

from collections.abc import Callable

from features.ingest.fhir.clinical import Resource, end_of, moment, start_of, times_of
from features.ingest.staging import Row

Medication = Callable[[Resource], tuple[str, str | None]]


def request(
    r: Resource, subject: int, source_id: str, latest: int, rows: list[Row], medication: Medication
) -> None:
    """One row when the drug was prescribed."""
    time = moment(r.get("authoredOn"), latest)
    code, display = medication(r)
    rows.append((subject, time, code, None, display, None, time, source_id))


def statement(
    r: Resource, subject: int, source_id: str, latest: int, rows: list[Row], medication: Medication
) -> None:
    """One row when the patient began to take the drug, or else when they said so."""
    begun = r.get("effectiveDateTime") or start_of(r.get("effectivePeriod"))
    time, known = times_of(begun, r.get("dateAsserted"), latest)
    code, display = medication(r)
    rows.append((subject, time, code, None, display, None, known, source_id))


def dispense(
    r: Resource, subject: int, source_id: str, latest: int, rows: list[Row], medication: Medication
) -> None:
    """One row when the drug was handed over, or else when it was made ready."""
    time = moment(r.get("whenHandedOver") or r.get("whenPrepared"), latest)
    code, display = medication(r)
    rows.append((subject, time, code, None, display, None, time, source_id))


def administration(
    r: Resource, subject: int, source_id: str, latest: int, rows: list[Row], medication: Medication
) -> None:
    """One row when it was begun to give the drug; it is known by then or when it was over."""
    period = r.get("effectivePeriod")
    time = moment(r.get("effectiveDateTime") or start_of(period), latest)
    known = max(time, moment(end_of(period), latest)) if period else time
    code, display = medication(r)
    rows.append((subject, time, code, None, display, None, known, source_id))
