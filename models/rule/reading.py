"""Rule files: YAML to rules, or a plain word about what is wrong with the file."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features import codes
from models.manifest import Text
from models.rule.declaration import DEFAULT_PRIORITY, Condition, Rule

FOLDER = Path(__file__).parents[1] / "rules"
DEFAULT = "order_404n"
OLDEST = 200


class RuleFileError(ValueError):
    """A rule file cannot be used; the message names the file, the rule and the fault."""


class _Ages(BaseModel):
    model_config = ConfigDict(extra="forbid")

    from_: int = Field(alias="from", ge=0, le=OLDEST)
    to: int = Field(default=OLDEST, ge=0, le=OLDEST)


class _Every(BaseModel):
    model_config = ConfigDict(extra="forbid")

    years: int = Field(default=0, ge=0)
    months: int = Field(default=0, ge=0)


class _Condition(BaseModel):
    model_config = ConfigDict(extra="forbid")

    any_of: list[str] = Field(min_length=1)
    at_least: float | None = None
    below: float | None = None
    unknown: Literal["holds", "silent"] = "silent"

    @model_validator(mode="after")
    def _says_a_limit(self) -> Self:
        if self.at_least is None and self.below is None:
            raise ValueError("a condition says `at_least` or `below`")
        return self


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
    when: list[_Condition] = []
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
    ages_by: Literal["calendar_year", "birthday"] = "calendar_year"
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


def _rule(entry: _RuleEntry, by_birthday: bool) -> Rule:
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
        when=tuple(Condition(tuple(c.any_of), c.at_least, c.below, c.unknown == "holds") for c in entry.when),
        by_birthday=by_birthday,
    )


def load(path: Path) -> tuple[Rule, ...]:
    """Rules of one YAML file, in its order.

    Raises:
        RuleFileError: the file is not YAML, or a rule in it is not valid.
    """
    try:
        content = _RuleFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        found = tuple(_rule(entry, content.ages_by == "birthday") for entry in content.rules)
    except (yaml.YAMLError, ValidationError, ValueError) as error:
        raise RuleFileError(f"rule file {path.name}: {error}") from error
    ids = [rule.id for rule in found]
    if repeated := sorted({i for i in ids if ids.count(i) > 1}):
        raise RuleFileError(f"rule file {path.name}: id used twice: {', '.join(repeated)}")
    examinations = {rule.examination for rule in found}
    for rule in found:
        if unknown := [name for name in rule.includes if name not in examinations]:
            raise RuleFileError(f"rule file {path.name}: {rule.id} includes unknown {', '.join(unknown)}")
    return found


def names() -> tuple[str, ...]:
    """Every rule set of models/rules, in order of the alphabet."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def rules(name: str = DEFAULT) -> tuple[Rule, ...]:
    """The rule set `models/rules/<name>.yaml`; read once a process."""
    path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise RuleFileError(f"no rule set {name!r}; there are: {', '.join(names())}")
    return load(path)
