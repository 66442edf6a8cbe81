"""The code of something measured, with the clinic's own table for what has no LOINC."""

from collections.abc import Mapping, Sequence
from typing import Any

from features.ingest import reason
from features.ingest.concept import MEASUREMENT, concept
from features.ingest.local_code import LocalCodes
from features.ingest.reason import Unusable


def measured(
    value: Mapping[str, Any] | None, codes: LocalCodes, sender: str | None, unit: str | None
) -> tuple[str, str | None]:
    """`(event code, name in our dictionary)` of a CodeableConcept. Without LOINC among its codings the
    sender's own code and name are looked up; what the table does not know is noted in its review queue.

    Raises:
        Unusable: it holds no code, and the table does not know its name.
    """
    if not value:
        raise Unusable(reason.NO_CODE)
    try:
        found = concept(value, MEASUREMENT)
    except Unusable:
        local = _local(value, codes, sender, unit)
        if local is None:
            raise
        return local, None
    if found[0].startswith("LOINC//"):
        return found
    local = _local(value, codes, sender, unit)
    return found if local is None else (local, None)


def _local(value: Mapping[str, Any], codes: LocalCodes, sender: str | None, unit: str | None) -> str | None:
    codings: Sequence[Mapping[str, Any]] = value.get("coding") or ({},)
    for coding in codings:
        code, name = coding.get("code"), coding.get("display") or value.get("text")
        if code or name:
            event = codes.find(sender, code, name, unit)
            if event is not None:
                return event
    return None
