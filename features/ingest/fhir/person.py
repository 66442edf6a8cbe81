"""The person in a Patient resource."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from features.ingest.instant import birth_date, instant, naive
from features.ingest.person import EPOCH, Person
from features.ingest.reason import Unusable

SEXES = {"female": "F", "male": "M"}


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
        return naive(instant(stamp)) if stamp else None
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
