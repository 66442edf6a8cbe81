"""Who somebody is and what they agreed to: split off at ingest, kept by the clinic alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from features.ingest import reason
from features.ingest.instant import birth_date, instant
from features.ingest.reason import Unusable

PURPOSE_SYSTEM = "https://smartclinic.example/consent-purpose"
PURPOSES = frozenset({"reminder", "research", "marketing"})
OPTED_OUT = frozenset({"OPTOUT", "OPTOUTE"})  # of v3-ActCode
# What narrows a provision to some people, acts or data: nothing here can keep to that.
RESTRICTIONS = ("actor", "action", "data", "class", "code", "securityLabel", "dataPeriod")
SEXES = {"female": "F", "male": "M"}
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - events hold naive UTC, as MEDS asks


@dataclass(frozen=True)
class Person:
    """What letters need; `None`: not said."""

    subject_id: int
    patient_id: str  # with the name of its source in front, where there is one
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


def consents(consent: Mapping[str, Any], subject_id: int, latest: int, name: str = "") -> list[ConsentRecord]:
    """What a Consent resource says of our purposes; empty if it speaks of none of them.

    An inactive, rejected or erroneous consent says nothing from the time on at which it became so. A
    permission counts from the later of its date and the begin of its period, and until the end of the
    period; a refusal has no end. A policy of opting out refuses whatever is permitted beside it.

    Args:
        latest: microseconds since 1970; a later date of the consent is in the future.
        name: the opaque id that all versions of this consent have; those without an id count as one.

    Raises:
        Unusable: no date, neither permit nor deny, or a permission that holds in part only.
    """
    off = consent.get("status") in ("inactive", "rejected", "entered-in-error")
    found = list(_decisions(consent.get("provision") or {}, _ours(consent.get("category") or ()), _Span()))
    if not found:
        return []
    stamped = (consent.get("meta") or {}).get("lastUpdated") if off else None
    said = stamped or consent.get("dateTime")
    if not said:
        raise Unusable(reason.NO_TIME)
    time = instant(said)
    if time > latest:
        raise Unusable(reason.FUTURE)
    out = off or _opted_out(consent.get("policyRule") or {})
    return [_record(decision, subject_id, time, out, off, name) for decision in found]


@dataclass(frozen=True)
class _Span:
    start: int | None = None
    end: int | None = None

    def within(self, period: Mapping[str, Any]) -> "_Span":
        """The part of this span that lies in `period`."""
        starts = [self.start, instant(period["start"]) if period.get("start") else None]
        ends = [self.end, instant(period["end"]) if period.get("end") else None]
        return _Span(
            max((t for t in starts if t is not None), default=None),
            min((t for t in ends if t is not None), default=None),
        )


@dataclass(frozen=True)
class _Decision:
    purpose: str
    kind: str | None  # permit, deny
    span: _Span
    partial: bool  # for some people, acts or data only


def _record(
    decision: _Decision, subject_id: int, time: int, out: bool, off: bool, name: str
) -> ConsentRecord:
    if decision.kind not in ("permit", "deny") and not out:
        raise Unusable(reason.NO_DECISION)
    permitted = decision.kind == "permit" and not out
    if permitted and decision.partial:
        raise Unusable(reason.PARTIAL_CONSENT)
    if not off:
        time = max(time, decision.span.start or time)
    end = time if off else decision.span.end if permitted else None
    until = None if end is None else _naive(max(end, time))
    return ConsentRecord(subject_id, decision.purpose, permitted, _naive(time), name, until)


def _decisions(provision: Mapping[str, Any], inherited: Sequence[str], span: _Span) -> Iterator[_Decision]:
    """A nested provision is an exception and comes last; without purposes of its own it is about those of
    the provision around it."""
    own = _ours([{"coding": provision.get("purpose") or ()}])
    purposes = list(dict.fromkeys([*own, *inherited]))
    span = span.within(provision.get("period") or {})
    partial = any(provision.get(element) for element in RESTRICTIONS)
    for purpose in purposes:
        yield _Decision(purpose, provision.get("type"), span, partial)
    for exception in provision.get("provision") or ():
        yield from _decisions(exception, () if exception.get("purpose") else purposes, span)


def _ours(concepts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Our purposes among these concepts."""
    codings = [coding for concept in concepts for coding in concept.get("coding") or ()]
    return [c["code"] for c in codings if c.get("system") == PURPOSE_SYSTEM and c.get("code") in PURPOSES]


def _opted_out(policy: Mapping[str, Any]) -> bool:
    return any(coding.get("code") in OPTED_OUT for coding in policy.get("coding") or ())


def _naive(time: int) -> datetime:
    return datetime.fromtimestamp(time / 1_000_000, UTC).replace(tzinfo=None)
