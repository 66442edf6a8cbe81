"""What points to what in FHIR, and what a resource is called."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson

from features.ingest import reason
from features.ingest.fhir.release import R4_TYPES
from features.ingest.reason import Unusable

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def participant(r: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The patient of an appointment."""
    actors = [each.get("actor") or {} for each in r.get("participant") or ()]
    return next((a for a in actors if "Patient/" in (a.get("reference") or "")), None)


def patient_id(reference: str) -> str:
    """The id in `Patient/x`, `https://server/fhir/Patient/x` or `Patient/x/_history/2`.

    Raises:
        Unusable: the reference is of another kind.
    """
    if reference.startswith("#"):
        raise Unusable(reason.CONTAINED_SUBJECT)
    parts = reference.split("/_history/", 1)[0].rsplit("/", 2)
    if len(parts) < 2 or parts[-2] != "Patient" or not parts[-1]:
        raise Unusable(reason.OTHER_SUBJECT)
    return parts[-1]


def server_of(address: str) -> str | None:
    """`server/fhir` of `https://server/fhir/Patient/x`; None for a relative address or another form."""
    if not address.startswith(("http://", "https://")):
        return None
    base, kind, _ = address.split("/_history/", 1)[0].rsplit("/", 2)
    return base.split("://", 1)[1].casefold() if kind in R4_TYPES else None


def last_two(reference: str) -> str:
    return "/".join(reference.split("/_history/", 1)[0].rsplit("/", 2)[-2:])


def identity(r: Mapping[str, Any]) -> str:
    """The id of a resource; without a usable one, a hash of its content that stays the same."""
    id = r.get("id")
    if type(id) is str and ID.fullmatch(id):
        return id
    return blake2b(orjson.dumps(r, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
