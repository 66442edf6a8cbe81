"""What a Consent resource says of the purposes that are ours."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.ingest import reason
from features.ingest.instant import instant, naive
from features.ingest.person import PURPOSES, ConsentRecord
from features.ingest.reason import Unusable

PURPOSE_SYSTEM = "https://smartclinic.example/consent-purpose"
OPTED_OUT = frozenset({"OPTOUT", "OPTOUTE"})  # of v3-ActCode
# What narrows a provision to some people, acts or data: nothing here can keep to that.
RESTRICTIONS = ("actor", "action", "data", "class", "code", "securityLabel", "dataPeriod")


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
    until = None if end is None else naive(max(end, time))
    return ConsentRecord(subject_id, decision.purpose, permitted, naive(time), name, until)


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
