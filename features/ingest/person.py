"""Who somebody is and what they agreed to: split off at ingest, kept by the clinic alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any

from features.ingest import reason
from features.ingest.instant import birth_date, instant
from features.ingest.reason import Unusable

PURPOSE_SYSTEM = "https://smartclinic.example/consent-purpose"
PURPOSES = frozenset({"reminder", "research", "marketing"})
SEXES = {"female": "F", "male": "M"}
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - events hold naive UTC, as MEDS asks


@dataclass(frozen=True)
class Person:
    """What letters need; `None`: not said."""

    subject_id: int
    patient_id: str
    family: str | None
    given: str | None
    patronymic: str | None
    sex: str | None  # F, M
    birth_date: date | None
    email: str | None
    phone: str | None
    language: str | None
    organisation: str | None  # id of the managing organisation
    deceased: bool
    updated: datetime | None = None  # UTC, naive: when this version of the record was stored


@dataclass(frozen=True)
class ConsentRecord:
    """From `time` on and before `until` (UTC, naive), one consent permits `purpose` or not; of the
    records of one consent the latest holds. A withdrawal ends as it begins: nothing is said any more."""

    subject_id: int
    purpose: str  # reminder, research, marketing
    permitted: bool
    time: datetime
    consent: str = ""  # which consent: opaque, the same for every version of the record
    until: datetime | None = None  # the end of it; None: it has none


def person(patient: Mapping[str, Any], subject_id: int, patient_id: str, now: datetime) -> Person:
    """The person in a Patient resource. A second given name is the patronymic, as Russian senders
    write it.

    Raises:
        Unusable: the birth date does not exist.
    """
    family, given, patronymic = _name(patient.get("name") or (), now)
    telecom = [t for t in patient.get("telecom") or () if t.get("use") != "old" and not _over(t, now)]
    telecom.sort(key=lambda t: t.get("rank") or 1_000)
    organisation = (patient.get("managingOrganization") or {}).get("reference")
    born = patient.get("birthDate")
    return Person(
        subject_id=subject_id,
        patient_id=patient_id,
        family=family,
        given=given,
        patronymic=patronymic,
        sex=SEXES.get(patient.get("gender") or ""),
        birth_date=birth_date(born) if born else None,
        email=_first(telecom, "email"),
        phone=_first(telecom, "phone", "sms"),
        language=_language(patient.get("communication") or ()),
        organisation=organisation.rsplit("/", 1)[-1] if organisation else None,
        deceased=bool(patient.get("deceasedBoolean")) or "deceasedDateTime" in patient,
        updated=_updated(patient.get("meta") or {}),
    )


def _updated(meta: Mapping[str, Any]) -> datetime | None:
    stamp = meta.get("lastUpdated")
    try:
        return _naive(instant(stamp)) if stamp else None
    except Unusable:
        return None  # a broken stamp is no reason to lose a person


def _name(names: Iterable[Mapping[str, Any]], now: datetime) -> tuple[str | None, str | None, str | None]:
    order = {"official": 0, "usual": 1, None: 2, "nickname": 3, "anonymous": 4, "temp": 5}
    usable = [n for n in names if n.get("use") not in ("old", "maiden") and not _over(n, now)]
    if not usable:
        return None, None, None
    name = min(usable, key=lambda n: order.get(n.get("use"), 6))
    family, given = name.get("family"), [part for part in name.get("given") or () if part]
    if not family and not given and name.get("text"):
        family, *given = name["text"].split()
    return family or None, given[0] if given else None, " ".join(given[1:]) or None


def _over(item: Mapping[str, Any], now: datetime) -> bool:
    end = (item.get("period") or {}).get("end")
    try:
        return bool(end) and EPOCH + timedelta(microseconds=instant(end)) < now
    except Unusable:
        return False  # a broken period is no reason to lose a person's name


def _first(telecom: Iterable[Mapping[str, Any]], *systems: str) -> str | None:
    return next((t["value"] for t in telecom if t.get("system") in systems and t.get("value")), None)


def _language(spoken: Iterable[Mapping[str, Any]]) -> str | None:
    languages = sorted(spoken, key=lambda s: not s.get("preferred"))
    for language in languages:
        for coding in (language.get("language") or {}).get("coding") or ():
            if coding.get("code"):
                return str(coding["code"])
    return None


def consents(consent: Mapping[str, Any], subject_id: int, latest: int) -> list[ConsentRecord]:
    """What a Consent resource says of our purposes; empty if it speaks of none of them.

    An inactive, rejected or erroneous consent says nothing from the time on at which it became so.

    Args:
        latest: microseconds since 1970; a later date is in the future.

    Raises:
        Unusable: no date, or neither permit nor deny.
    """
    provision = consent.get("provision") or {}
    found = list(_decisions(provision, consent.get("category") or ()))
    if not found:
        return []
    off = consent.get("status") in ("inactive", "rejected", "entered-in-error")
    stamped = (consent.get("meta") or {}).get("lastUpdated") if off else None
    said = stamped or consent.get("dateTime")
    if not said:
        raise Unusable(reason.NO_TIME)
    time = _checked(said, latest)
    of = _which(consent.get("id"), subject_id)
    records = []
    for purpose, kind, end in found:
        if kind not in ("permit", "deny") and not off:
            raise Unusable(reason.NO_DECISION)
        permitted = kind == "permit" and not off
        until = time if off else _naive(instant(end)) if end and permitted else None
        records.append(ConsentRecord(subject_id, purpose, permitted, time, of, until))
    return records


def _which(id: str | None, subject_id: int) -> str:
    """64 bits that stand for a consent of a subject; without an id its consents count as one."""
    return blake2b(f"Consent|{id}|{subject_id}".encode(), digest_size=8).hexdigest() if id else ""


def _decisions(
    provision: Mapping[str, Any], categories: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[str, str | None, str | None]]:
    """`(purpose, permit or deny, end)`; a nested provision is an exception and comes last."""
    codings = [c for category in categories for c in category.get("coding") or ()]
    end = (provision.get("period") or {}).get("end")
    for coding in [*(provision.get("purpose") or ()), *codings]:
        if coding.get("system") == PURPOSE_SYSTEM and coding.get("code") in PURPOSES:
            yield coding["code"], provision.get("type"), end
    for exception in provision.get("provision") or ():
        yield from _decisions(exception, ())


def _checked(text: str, latest: int) -> datetime:
    time = instant(text)
    if time > latest:
        raise Unusable(reason.FUTURE)
    return _naive(time)


def _naive(time: int) -> datetime:
    return datetime.fromtimestamp(time / 1_000_000, UTC).replace(tzinfo=None)
