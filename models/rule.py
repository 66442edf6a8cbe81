"""Calendar rules of check-ups: read from YAML, evaluated for one person on one day.

A rule says who needs an examination and how often; its file says by which order. Age is the age
reached in the calendar year, as order 404н counts it. Pure Python without training imports, so
serving evaluates rules on each request.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features import codes
from models.manifest import Text

Sex = Literal["F", "M"]

FOLDER = Path(__file__).parent / "rules"
DEFAULT = "order_404n"

ADULT_AGE = 18  # before this birthday the children's order applies (514н), whatever the calendar year
OLDEST = 200
DEFAULT_PRIORITY = 100


class RuleFileError(ValueError):
    """A rule file cannot be used; the message names the file, the rule and the fault."""


@dataclass(frozen=True)
class Rule:
    """One row of the calendar. Ages are whole years, both ends inclusive."""

    id: str
    examination: str
    title: Text
    why: Text
    source: str
    codes: tuple[str, ...]
    sex: Sex | None
    from_age: int
    to_age: int
    ages: tuple[int, ...]  # once at each of these ages; empty: from_age to to_age
    every_months: int | None  # None: once
    includes: tuple[str, ...]  # examinations that are part of this one
    valid_from: date
    valid_to: date | None
    priority: int = DEFAULT_PRIORITY  # lower first: what finds the most dangerous treatable disease


@dataclass(frozen=True)
class Due:
    """An examination and the day from which it is due.

    Never done: due from the start of this calendar year (or of the first year in which the rule
    applies), and not overdue, because nothing says that it was missed.
    """

    examination: str
    due: date
    overdue: bool
    last_done: date | None
    rule: Rule


class _Ages(BaseModel):
    model_config = ConfigDict(extra="forbid")

    from_: int = Field(alias="from", ge=0, le=OLDEST)
    to: int = Field(default=OLDEST, ge=0, le=OLDEST)


class _Every(BaseModel):
    model_config = ConfigDict(extra="forbid")

    years: int = Field(default=0, ge=0)
    months: int = Field(default=0, ge=0)


class _RuleEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    examination: str = Field(pattern=r"^[a-z0-9_]+$")
    title: Text
    why: Text
    done_by: list[str] = Field(min_length=1)
    sex: Literal["female", "male"] | None = None
    ages: _Ages | list[int]
    every: _Every | None = None
    once: bool = False
    includes: list[str] = []
    priority: int = Field(default=DEFAULT_PRIORITY, ge=1)
    source: str = Field(min_length=1)
    valid_from: date
    valid_to: date | None = None

    @model_validator(mode="after")
    def _says_how_often_and_to_whom(self) -> Self:
        if (self.every is None) == (not self.once):
            raise ValueError("say either `every` or `once: true`")
        if self.every is not None and self.every.years * 12 + self.every.months == 0:
            raise ValueError("`every` must be longer than nothing")
        if isinstance(self.ages, list):
            if not self.once or not self.ages or self.ages != sorted(set(self.ages)):
                raise ValueError("a list of ages is ascending, not empty, and goes with `once: true`")
        elif self.ages.to < self.ages.from_:
            raise ValueError("`ages.to` is below `ages.from`")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("`valid_to` is before `valid_from`")
        return self


class _RuleFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Text
    rules: list[_RuleEntry] = Field(min_length=1)


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    return {g.name: g.codes for g in vars(codes).values() if isinstance(g, codes.CodeGroup)}


def _patterns(done_by: Iterable[str]) -> tuple[str, ...]:
    """Code patterns of group names and of codes given as VOCABULARY//CODE."""
    found: list[str] = []
    for name in done_by:
        if "//" in name:
            found.append(name)
        elif name in _groups():
            found.extend(_groups()[name])
        else:
            raise ValueError(f"done_by names {name!r}, which is neither a code group nor VOCABULARY//CODE")
    return tuple(found)


def _rule(entry: _RuleEntry) -> Rule:
    listed = tuple(entry.ages) if isinstance(entry.ages, list) else ()
    return Rule(
        id=entry.id,
        examination=entry.examination,
        title=entry.title,
        why=entry.why,
        source=entry.source,
        codes=_patterns(entry.done_by),
        sex={"female": "F", "male": "M", None: None}[entry.sex],
        from_age=listed[0] if isinstance(entry.ages, list) else entry.ages.from_,
        to_age=listed[-1] if isinstance(entry.ages, list) else entry.ages.to,
        ages=listed,
        every_months=None if entry.every is None else entry.every.years * 12 + entry.every.months,
        includes=tuple(entry.includes),
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        priority=entry.priority,
    )


def load(path: Path) -> tuple[Rule, ...]:
    """Rules of one YAML file, in its order.

    Raises:
        RuleFileError: the file is not YAML, or a rule in it is not valid.
    """
    try:
        content = _RuleFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        rules = tuple(_rule(entry) for entry in content.rules)
    except (yaml.YAMLError, ValidationError, ValueError) as error:
        raise RuleFileError(f"rule file {path.name}: {error}") from error
    ids = [rule.id for rule in rules]
    if repeated := sorted({i for i in ids if ids.count(i) > 1}):
        raise RuleFileError(f"rule file {path.name}: id used twice: {', '.join(repeated)}")
    names = {rule.examination for rule in rules}
    for rule in rules:
        if unknown := [name for name in rule.includes if name not in names]:
            raise RuleFileError(f"rule file {path.name}: {rule.id} includes unknown {', '.join(unknown)}")
    return rules


@cache
def rules(name: str = DEFAULT) -> tuple[Rule, ...]:
    """The rule set `models/rules/<name>.yaml`; read once a process."""
    path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.yaml")))
        raise RuleFileError(f"no rule set {name!r}; there are: {known}")
    return load(path)


def examinations(rules: Sequence[Rule]) -> dict[str, tuple[str, ...]]:
    """Code patterns that count as each examination; `*` at the end stands for any continuation."""
    found: dict[str, dict[str, None]] = {}
    for rule in rules:
        found.setdefault(rule.examination, {}).update(dict.fromkeys(rule.codes))
    return {name: tuple(patterns) for name, patterns in found.items()}


def last_done(rules: Sequence[Rule], events: Iterable[tuple[str, date]]) -> dict[str, date]:
    """The latest day of each examination, from (code, day) pairs in any order."""
    patterns = examinations(rules)
    seen: dict[str, list[str]] = {}
    last: dict[str, date] = {}
    for code, day in events:
        if code not in seen:
            seen[code] = [name for name, wanted in patterns.items() if _matches(code, wanted)]
        for name in seen[code]:
            if name not in last or day > last[name]:
                last[name] = day
    return last


def _matches(code: str, patterns: tuple[str, ...]) -> bool:
    return any(code.startswith(p[:-1]) if p.endswith("*") else code == p for p in patterns)


def due(
    rules: Sequence[Rule],
    *,
    birth_date: date,
    sex: Sex | None,
    done: Mapping[str, date],
    today: date,
    death_date: date | None = None,
    within_days: int = 366,
) -> list[Due]:
    """Examinations that are due, or will be within `within_days`; soonest first, one each.

    Where several rules date one examination the soonest wins; an examination that is part of
    another one due no later is left out. A rule for one sex is not applied where `sex` is unknown.
    Nobody dead, and nobody before the 18th birthday, is called.
    """
    if death_date is not None and death_date <= today:
        return []
    horizon = today + timedelta(days=within_days)
    found: dict[str, Due] = {}
    for rule in rules:
        if rule.sex is not None and rule.sex != sex:
            continue
        last = done.get(rule.examination)
        day = (
            _once_at(rule, birth_date, last, today) if rule.ages else _periodic(rule, birth_date, last, today)
        )
        if day is None or day > horizon:
            continue
        overdue = last is not None and day < today and not rule.ages
        if not overdue:
            day = max(day, today)  # never done here, perhaps elsewhere: due now, and nobody is late
        if rule.examination not in found or day < found[rule.examination].due:
            found[rule.examination] = Due(rule.examination, day, overdue, last, rule)
    covered = {
        part
        for item in found.values()
        for part in item.rule.includes
        if part in found and item.due <= found[part].due
    }
    return sorted((d for d in found.values() if d.examination not in covered), key=lambda d: d.due)


def _periodic(rule: Rule, birth_date: date, last: date | None, today: date) -> date | None:
    if last is not None and rule.every_months is None:
        return None  # once, and it was done
    wait = date(today.year, 1, 1) if last is None else add_months(last, rule.every_months or 0)
    day = max(wait, date(birth_date.year + rule.from_age, 1, 1), _adult(birth_date), rule.valid_from)
    acted = max(day, today)  # an overdue examination is only useful if it still is today
    too_old = acted.year - birth_date.year > rule.to_age
    return None if too_old or _expired(rule, acted) else day


def _once_at(rule: Rule, birth_date: date, last: date | None, today: date) -> date | None:
    for age in rule.ages:
        year = birth_date.year + age
        if year < today.year or (last is not None and last.year >= year):
            continue
        day = max(date(year, 1, 1), _adult(birth_date), rule.valid_from)
        if last is not None:
            day = max(day, add_months(last, 12))  # done late last year: later in this year, not again at once
        if day.year == year and not _expired(rule, max(day, today)):
            return day
    return None


def _expired(rule: Rule, day: date) -> bool:
    return rule.valid_to is not None and day > rule.valid_to


def _adult(birth_date: date) -> date:
    year = birth_date.year + ADULT_AGE
    try:
        return birth_date.replace(year=year)
    except ValueError:  # born on 29 February: of age when the day is over, on 1 March
        return date(year, 3, 1)


def add_months(day: date, months: int) -> date:
    """The same day `months` later; the last day of a month that is too short, as the Civil Code
    (ГК РФ, ст. 192 п. 3) ends a term: a year after 29 February is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for back in range(4):
        try:
            return date(year, month + 1, day.day - back)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
