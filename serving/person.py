"""What a recommendation must know of people beside features: birth, sex, death, what was done and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

import polars as pl

from features import schema, visible
from models import rule
from models.rule import Rule


@dataclass(frozen=True)
class Person:
    """One subject as known at the prediction time. `done`: latest day of each examination."""

    birth_date: date | None = None
    sex: Literal["F", "M"] | None = None
    death_date: date | None = None
    data_as_of: datetime | None = None
    done: Mapping[str, date] = field(default_factory=dict)

    def dead(self, on: date) -> bool:
        return self.death_date is not None and self.death_date <= on

    def adult(self, on: date) -> bool:
        """Whether the calendar for adults is for this person: of age, alive, and the age is known."""
        if self.birth_date is None or self.dead(on):
            return False
        return age(self.birth_date, on) >= rule.ADULT_AGE


def age(birth_date: date, on: date) -> int:
    """Whole years."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def visible_events(events: pl.DataFrame, prediction_time: datetime) -> pl.DataFrame:
    """The events that this prediction time may see: known by then, and their latest version.

    `prediction_time` is a UTC instant without a zone mark, like all times of events.
    """
    code = events["code"]
    withdrawn = (code == schema.WITHDRAWN).to_numpy()
    since, until = visible.seen(
        events["subject_id"].to_numpy(),
        visible.instants(events["time"]),
        visible.instants(events["known_at"]),
        events["source_id"],
        withdrawn,
    )
    now = int(pl.Series([prediction_time], dtype=schema.INSTANT).to_physical()[0])
    return events.filter((since <= now) & (now < until) & ~withdrawn)


def people(seen: pl.DataFrame, rules: Sequence[Rule]) -> dict[int, Person]:
    """Everybody who has a visible event, by subject."""
    latest = dict(seen.group_by("subject_id").agg(pl.col("time").max()).iter_rows())
    births = _days(seen, schema.BIRTH)
    deaths = _days(seen, schema.DEATH)
    sexes = dict(
        seen.filter(pl.col("code").is_in([schema.FEMALE, schema.MALE]))
        .select("subject_id", "code")
        .iter_rows()
    )
    done = _done(seen, tuple(rules))
    return {
        subject: Person(
            birth_date=births.get(subject),
            sex=_sex(sexes.get(subject)),
            death_date=deaths.get(subject),
            data_as_of=as_of,
            done=rule.last_done(rules, done.get(subject, ())),
        )
        for subject, as_of in latest.items()
    }


def _sex(code: str | None) -> Literal["F", "M"] | None:
    return None if code is None else "F" if code == schema.FEMALE else "M"


def _days(seen: pl.DataFrame, code: str) -> dict[int, date]:
    found = seen.filter(pl.col("code") == code).select("subject_id", pl.col("time").dt.date())
    return {subject: day for subject, day in found.iter_rows() if day is not None}


def _done(seen: pl.DataFrame, rules: tuple[Rule, ...]) -> dict[int, list[tuple[str, date]]]:
    """Latest day of each code that counts as an examination: few, so Python may go over them."""
    exact, starts = _patterns(rules)
    code = pl.col("code")
    counts = pl.any_horizontal(code.is_in(exact), *(code.str.starts_with(start) for start in starts))
    latest = (
        seen.filter(counts & pl.col("time").is_not_null())
        .group_by("subject_id", "code")
        .agg(pl.col("time").max().dt.date())
    )
    found: dict[int, list[tuple[str, date]]] = {}
    for subject, name, day in latest.iter_rows():
        found.setdefault(subject, []).append((name, day))
    return found


@lru_cache(maxsize=8)
def _patterns(rules: tuple[Rule, ...]) -> tuple[list[str], list[str]]:
    patterns = {p for wanted in rule.examinations(rules).values() for p in wanted}
    exact = sorted(p for p in patterns if not p.endswith("*"))
    return exact, sorted(p[:-1] for p in patterns if p.endswith("*"))
