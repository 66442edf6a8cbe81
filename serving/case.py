"""What a case is, who may see it, and how alike two cases are; no engine in here."""

import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]
Purpose = Literal["care", "research"]

# Names of the vectors. Fusion of their rankings by reciprocal rank (Cormack et al. 2009); k and equal
# weights: on dev sets k = 10 beat 60, and codes with laboratory state beat either alone.
TEXT, CODES, STATE = "text", "codes", "state"
VECTORS = (TEXT, CODES, STATE)
WEIGHTS = {TEXT: 1.0, CODES: 1.0, STATE: 1.0}
RRF_K = 10
PREFETCH = 100

# Payload fields. Permission is a keyword, never a bool: the engine reads True as the integer 1, so a
# `must_not` on False would let everything through.
ORGANISATION, RESEARCH, SEX, AGE, CODE, PATIENT = "org", "research", "sex", "age", "code", "patient"
YES, NO = "y", "n"


@dataclass(frozen=True)
class Case:
    """One patient's state at one time. Holds no text and nothing that names the patient.

    `token` (a UUID) and `patient` are random: the map from patient tokens to subjects is not in the index.
    """

    token: str
    patient: str
    organisation: str
    research: bool
    sex: Literal["F", "M"] | None
    age: int | None
    codes: tuple[str, ...]
    text: Vector | None
    state: Vector | None


@dataclass(frozen=True)
class Access:
    """Whose cases the caller may see, and what for.

    `care` inside one organisation sees that organisation's cases. Every other reading, be it for
    research or across organisations (`organisation` empty), sees only cases whose patient permitted it.
    """

    organisation: str
    purpose: Purpose

    def __post_init__(self) -> None:
        if not isinstance(self.organisation, str):
            raise TypeError("Access.organisation is a text")
        if self.purpose not in get_args(Purpose):
            raise TypeError(f"Access.purpose is one of {', '.join(get_args(Purpose))}")


@dataclass(frozen=True)
class Query:
    """What to look for. The narrowing is the caller's wish; rights are in `Access` alone."""

    text: Vector | None
    state: Vector | None
    codes: tuple[str, ...]
    limit: int = 10
    patient: str | None = None  # the subject's own token: never returned
    sex: Literal["F", "M"] | None = None
    ages: tuple[int, int] | None = None  # years, both ends included
    having: tuple[str, ...] = ()  # at least one of these codes


@dataclass(frozen=True)
class OneOf:
    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Between:
    field: str
    low: int
    high: int


Condition = OneOf | Between


def rights(access: Access) -> tuple[Condition, ...]:
    """The one place that turns rights into a filter; every condition must hold."""
    found: list[Condition] = []
    if access.organisation:
        found.append(OneOf(ORGANISATION, (access.organisation,)))
    if access.purpose == "research" or not access.organisation:
        found.append(OneOf(RESEARCH, (YES,)))
    return tuple(found)


def conditions(access: Access, query: Query) -> tuple[Condition, ...]:
    """Rights, then what the query asks for: the filter that goes into every prefetch."""
    found = list(rights(access))
    if query.sex:
        found.append(OneOf(SEX, (query.sex,)))
    if query.ages:
        found.append(Between(AGE, *query.ages))
    if query.having:
        found.append(OneOf(CODE, query.having))
    return tuple(found)


@dataclass(frozen=True)
class Hit:
    """A case as the engine returned it."""

    token: str
    patient: str
    organisation: str
    research: str
    sex: Literal["F", "M"] | None
    age: int | None
    codes: tuple[str, ...]
    text: Vector | None
    state: Vector | None


class IndexGone(Exception):
    """The version that was asked is not there any more: a newer one has taken its place."""


class CaseIndex(Protocol):
    """An index of cases. Every reading names its access; there is no way around it."""

    def add(self, cases: Sequence[Case]) -> None: ...

    def search(self, query: Query, access: Access) -> list[Hit]:
        """At most `query.limit` cases, best first, none of the query's own patient.

        Raises:
            IndexGone: this version was removed meanwhile.
        """
        ...

    def count(self, access: Access, query: Query | None = None) -> int:
        """Exactly how many cases this access (and the query's narrowing) reaches."""
        ...

    def total(self) -> int:
        """All cases: for the owner's own checks, never an answer to a caller."""
        ...

    def remove(self, patients: Sequence[str]) -> None:
        """Remove the cases of these patient tokens, from the files too. Slow: gather them first."""
        ...

    def finish(self) -> None:
        """After the last `add`: write and build what makes searches fast."""
        ...

    def close(self) -> None: ...


def payload(case: Case) -> dict[str, str | int | list[str]]:
    """What the engine keeps beside the vectors."""
    found: dict[str, str | int | list[str]] = {
        ORGANISATION: case.organisation,
        RESEARCH: YES if case.research is True else NO,
        PATIENT: case.patient,
        CODE: list(case.codes),
    }
    if case.sex:
        found[SEX] = case.sex
    if case.age is not None:
        found[AGE] = case.age
    return found


def sparse(codes: Iterable[str]) -> tuple[list[int], list[float]]:
    """Codes as a sparse vector: sorted crc32 ids, each weighing 1 (the engine applies idf)."""
    ids = sorted({zlib.crc32(code.encode()) for code in codes})
    return ids, [1.0] * len(ids)


Permits = Callable[[Sequence[int]], Collection[int]]
"""Of these subjects, those who permit research at this moment: the consent as it is, not as indexed."""


def by_consent(access: Access) -> bool:
    """Whether the caller sees a case only because its patient permitted it."""
    return access.purpose != "care" or not access.organisation


def permitted(access: Access, hit: Hit) -> bool:
    """The same rights as `rights`, asked again of what came back."""
    own = not access.organisation or hit.organisation == access.organisation
    open_to_all = hit.research == YES
    return own and (open_to_all or not by_consent(access))


def similarity(query: Query, hit: Hit) -> float:
    """Weighted mean over what both have: cosines (negative ones count as 0) and shared codes (Jaccard).

    Returns 0 … 1. Reciprocal ranks choose the cases; this number tells the reader how alike they are.
    """
    parts: list[tuple[float, float]] = []
    for name, mine, other in ((TEXT, query.text, hit.text), (STATE, query.state, hit.state)):
        if mine is not None and other is not None:
            parts.append((WEIGHTS[name], max(0.0, float(mine @ other) / (_length(mine) * _length(other)))))
    if query.codes and hit.codes:
        mine_codes, codes = set(query.codes), set(hit.codes)
        parts.append((WEIGHTS[CODES], len(mine_codes & codes) / len(mine_codes | codes)))
    total = sum(weight for weight, _ in parts)
    return min(1.0, sum(weight * value for weight, value in parts) / total) if total else 0.0


def _length(vector: Vector) -> float:
    return float(np.sqrt(vector @ vector)) or 1.0


def age_band(age: int | None) -> str:
    """Five years, such as 50-54; the oldest together, for there are few."""
    if age is None:
        return "?"
    return "90+" if age >= 90 else f"{age // 5 * 5}-{age // 5 * 5 + 4}"
