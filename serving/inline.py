"""A FHIR R4 Bundle that came along with a request → events of one patient, in memory alone.

The same mapping as `ingest`. Nothing is kept: what could not be mapped is told, not stored.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from features import schema
from features.ingest.account import QUARANTINED
from features.ingest.fhir.bundle import Fhir
from features.ingest.fhir.reader import Reader, Scope
from features.ingest.fhir.release import later_element
from features.ingest.intake import Intake
from features.ingest.staging import events_of
from features.ingest.version import settle
from models.manifest import Text
from serving.problem import RecordMalformed, RecordRefused

SUBJECT = 1  # the record is alone in its frame, so any number does


@dataclass(frozen=True)
class Record:
    """Events (features.schema.EVENT) of the one patient, and what was left out."""

    events: pl.DataFrame
    notes: tuple[Text, ...]


def record(body: bytes, now: datetime) -> Record:
    """Read one Bundle.

    Args:
        now: UTC, without a zone mark; later facts are refused as future ones.

    Raises:
        RecordMalformed: no JSON.
        RecordRefused: no R4 Bundle of exactly one patient; the message names the element.
    """
    try:
        bundle = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RecordMalformed(error.lineno, error.colno) from None
    entries = _entries(bundle)
    patients = _patients(entries)
    known: dict[str, int] = {}
    intake = Intake(lambda patient: known.setdefault(patient, len(known) + SUBJECT), now, lambda item: None)
    reader = Reader(intake)
    reader.final = True  # everything is here: a reference to nothing is one
    scope = Scope()
    for entry in entries:
        reader.learn(entry.get("resource"), entry.get("fullUrl"), scope)
    # The patient first, so that it has the first number.
    for number in sorted(range(len(entries)), key=lambda i: i not in patients):
        entry = entries[number]
        if "resource" in entry:
            reader.take(entry["resource"], ("", None, None, number), scope, entry.get("fullUrl"))
        if len(known) > 1:
            raise RecordRefused(
                f"entry[{number}] говорит о другом пациенте, чем entry[{patients[0]}] (Patient). "
                "Пришлите записи одного пациента.",
                f"entry[{number}] is about another patient than entry[{patients[0]}] (Patient). "
                "Send the record of one patient.",
                at=f"entry[{number}].resource",
            )
    refused = {kind: why for why, kind, _ in intake.account.reasons(QUARANTINED)}
    if "Patient" in refused:
        at = f"entry[{patients[0]}].resource"
        raise RecordRefused(
            f"{at} (Patient) не понят: {refused['Patient']}.",
            f"{at} (Patient) was not understood: {refused['Patient']}.",
            at=at,
        )
    staged = events_of(intake.rows, intake.versions, Fhir.source)
    events = settle(schema.EVENT.to_frame(), staged, now)
    return Record(events, _left_out(intake.account.reasons(QUARANTINED)))


def _entries(bundle: Any) -> list[dict[str, Any]]:
    kind = bundle.get("resourceType") if isinstance(bundle, dict) else None
    if kind != "Bundle":
        raise RecordRefused(
            "Ожидается FHIR R4 Bundle: resourceType должен быть «Bundle».",
            "A FHIR R4 Bundle is expected: resourceType must be “Bundle”.",
            at="resourceType",
        )
    entries = bundle.get("entry")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RecordRefused(
            "В Bundle нет списка entry с ресурсами.",
            "The Bundle has no list `entry` of resources.",
            at="entry",
        )
    if (later := later_element(bundle, "Bundle")) is not None:
        raise _later(later, "Bundle")
    for number, entry in enumerate(entries):
        resource = entry.get("resource")
        if not isinstance(resource, dict):
            continue
        found = later_element(resource, str(resource.get("resourceType")))
        if found is not None:
            raise _later(found, f"entry[{number}].resource")
    return entries


def _later(element: str, at: str) -> RecordRefused:
    return RecordRefused(
        f"Это FHIR R5: в R4 нет элемента {element}. Выгрузите запись в R4.",
        f"This is FHIR R5: R4 has no element {element}. Export the record as R4.",
        at=at,
    )


def _patients(entries: list[dict[str, Any]]) -> list[int]:
    """The entry of the patient, as a list of one."""
    found = [
        number
        for number, entry in enumerate(entries)
        if isinstance(entry.get("resource"), dict) and entry["resource"].get("resourceType") == "Patient"
    ]
    if not found:
        raise RecordRefused(
            "В Bundle нет ресурса Patient: неизвестны пол и дата рождения.",
            "The Bundle has no Patient resource: sex and birth date are unknown.",
            at="entry[].resource.resourceType",
        )
    if len(found) > 1:
        places = ", ".join(f"entry[{number}]" for number in found[:5])
        raise RecordRefused(
            f"В Bundle несколько пациентов ({places}). Пришлите записи одного.",
            f"The Bundle has several patients ({places}). Send the record of one.",
            at=f"entry[{found[1]}].resource",
        )
    return found


def _left_out(refused: list[tuple[str, str, int]]) -> tuple[Text, ...]:
    """One note; types and reasons only, for both come from closed lists."""
    if not refused:
        return ()
    kinds: Counter[str] = Counter()
    for _, kind, number in refused:
        kinds[kind] += number
    ru = ", ".join(f"{kind} — {number}" for kind, number in sorted(kinds.items()))
    en = ", ".join(f"{kind}: {why} ({number})" for why, kind, number in refused)
    return (Text(ru=f"Не понято и не учтено ресурсов: {ru}.", en=f"Not understood and not used: {en}."),)
