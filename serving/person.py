"""What a recommendation must know of people beside features: birth, sex, death, what was done and when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal

import polars as pl

from features import schema, visible
from models import rule
from models.rule import Rule

SEXES = {schema.FEMALE: "F", schema.MALE: "M"}


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
    latest = seen.group_by("subject_id", "code").agg(pl.col("time").max())
    counts_as = _counts_as(tuple(rules))
    found: dict[int, dict[str, Any]] = {}
    for subject, code, time in latest.iter_rows():
        facts = found.setdefault(subject, {"done": {}})
        if time is None:
            if code in SEXES:
                facts["sex"] = SEXES[code]
            continue
        if code == schema.BIRTH:
            facts["birth_date"] = time.date()
        elif code == schema.DEATH:
            facts["death_date"] = time.date()
        if facts.get("data_as_of") is None or time > facts["data_as_of"]:
            facts["data_as_of"] = time
        for examination in counts_as(code):
            done, day = facts["done"], time.date()
            if examination not in done or day > done[examination]:
                done[examination] = day
    return {subject: Person(**facts) for subject, facts in found.items()}


@lru_cache(maxsize=8)
def _counts_as(rules: tuple[Rule, ...]) -> Callable[[str], tuple[str, ...]]:
    """Code → the examinations that it counts as; each code is looked at once."""

    @lru_cache(maxsize=1 << 16)
    def names(code: str) -> tuple[str, ...]:
        # `last_done` is the rules' own matching; any day will do to learn what a code counts as.
        return tuple(rule.last_done(rules, [(code, date.min)]))

    return names
