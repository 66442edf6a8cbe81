"""What a recommendation must know of people beside features: birth, sex, death, what was done and when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Literal

import polars as pl

from features import schema, visible
from models import rule
from models.rule import Rule

SEXES: Mapping[str, Literal["F", "M"]] = {schema.FEMALE: "F", schema.MALE: "M"}


@dataclass(frozen=True)
class Person:
    """One subject as known at the prediction time.

    `done`: latest day of each examination; `learned`: when that one became known. `two_sexes`,
    `two_births`: the records contradict one another.
    """

    birth_date: date | None = None
    sex: Literal["F", "M"] | None = None
    death_date: date | None = None
    data_as_of: datetime | None = None
    done: Mapping[str, date] = field(default_factory=dict)
    learned: Mapping[str, datetime] = field(default_factory=dict)
    two_sexes: bool = False
    two_births: bool = False

    def dead(self, on: date) -> bool:
        return self.death_date is not None and self.death_date <= on

    def adult(self, on: date) -> bool:
        """Whether the calendar for adults is for this person: of age, alive, and the age is known."""
        if self.birth_date is None or self.dead(on):
            return False
        return age(self.birth_date, on) >= rule.ADULT_AGE

    def after(self, examination: str, now: datetime) -> datetime | None:
        """The end of the day on which the last such examination was known, `now` at the latest; None:
        there was none."""
        learned = self.learned.get(examination)
        return None if learned is None else min(datetime.combine(learned, time.max), now)


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
    """Everybody who has a visible event, by subject.

    Where both sexes are on record there is none; of several birth dates the latest counts, as it does
    for the feature `age`.
    """
    when = pl.col("time")
    latest = seen.group_by("subject_id", "code").agg(
        when.max(),
        pl.max_horizontal("time", "known_at").filter(when == when.max()).max().alias("learned"),
        (when.n_unique() > 1).alias("several"),
    )
    counts_as = _counts_as(tuple(rules))
    found: dict[int, _Facts] = {}
    for subject, code, moment, learned, several in latest.iter_rows():
        facts = found.setdefault(subject, _Facts())
        if moment is None:
            if code in SEXES:
                facts.sexes.add(SEXES[code])
            continue
        if code == schema.BIRTH:
            facts.birth_date, facts.two_births = moment.date(), several
        elif code == schema.DEATH:
            facts.death_date = moment.date()
        if facts.data_as_of is None or moment > facts.data_as_of:
            facts.data_as_of = moment
        for examination in counts_as(code):
            last = facts.last.get(examination)
            # Several codes of one day are one examination, known when the last of them was.
            if last is None or moment.date() > last[0]:
                facts.last[examination] = (moment.date(), learned)
            elif moment.date() == last[0]:
                facts.last[examination] = (last[0], max(last[1], learned))
    return {subject: facts.person() for subject, facts in found.items()}


@dataclass
class _Facts:
    """What the events say of one subject while they are gone through, in any order."""

    sexes: set[Literal["F", "M"]] = field(default_factory=set)
    birth_date: date | None = None
    two_births: bool = False
    death_date: date | None = None
    data_as_of: datetime | None = None
    last: dict[str, tuple[date, datetime]] = field(default_factory=dict)

    def person(self) -> Person:
        return Person(
            birth_date=self.birth_date,
            sex=next(iter(self.sexes)) if len(self.sexes) == 1 else None,
            death_date=self.death_date,
            data_as_of=self.data_as_of,
            done={examination: day for examination, (day, _) in self.last.items()},
            learned={examination: learned for examination, (_, learned) in self.last.items()},
            two_sexes=len(self.sexes) > 1,
            two_births=self.two_births,
        )


@lru_cache(maxsize=8)
def _counts_as(rules: tuple[Rule, ...]) -> Callable[[str], tuple[str, ...]]:
    """Code → the examinations that it counts as; each code is looked at once."""

    @lru_cache(maxsize=1 << 16)
    def names(code: str) -> tuple[str, ...]:
        # `last_done` is the rules' own matching; any day will do to learn what a code counts as.
        return tuple(rule.last_done(rules, [(code, date.min)]))

    return names
