"""The times that a resource of any mapped type gives of itself, for its withdrawal."""

from features.ingest.fhir.clinical import Resource, end_of, observed, start_of

_STATED = ("issued", "recordedDate", "recorded", "dateAsserted", "authored", "date", "created")
_OWN = (
    "onsetDateTime",
    "performedDateTime",
    "occurrenceDateTime",
    "authoredOn",
    "whenHandedOver",
    "whenPrepared",
    "started",
    "start",
)
_LAST = ("recordedDate", "dateAsserted", "recorded", "issued", "authored", "date", "created")


def stated_time(r: Resource) -> str | None:
    """When a resource says that it was written down."""
    return _first(r, _STATED)


def own_time(r: Resource) -> str | None:
    """When a resource was true of the patient, or else when it was written down."""
    return (
        observed(r)
        or _first(r, _OWN)
        or start_of(r.get("period"))
        or start_of(r.get("onsetPeriod"))
        or end_of(r.get("performedPeriod"))
        or _first(r, _LAST)
    )


def _first(r: Resource, names: tuple[str, ...]) -> str | None:
    return next((str(r[name]) for name in names if r.get(name)), None)
