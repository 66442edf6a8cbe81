"""Who somebody is and what they agreed to: split off at ingest, kept by the clinic alone."""

from dataclasses import dataclass
from datetime import date, datetime

PURPOSES = frozenset({"reminder", "research", "marketing"})
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
