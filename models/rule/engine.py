"""The rule engine: one person, one day, every rule; what is due, from when, and by which rule."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from models.rule.declaration import Decision, Due, Rule, Sex

ADULT_AGE = 18  # before this birthday the children's order applies (514н), whatever the calendar year

Facts = Mapping[str, float | None]
NO_FACTS: Facts = {}


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
    facts: Facts = NO_FACTS,
) -> list[Due]:
    """Examinations that are due, or will be within `within_days`; soonest first, one each.

    Where several rules date one examination the soonest wins; an examination that is part of
    another one due no later is left out. A rule for one sex is not applied where `sex` is unknown,
    nor one with a condition that `facts` (features by name) leave open.
    Nobody dead, and nobody before the 18th birthday, is called.
    """
    found: dict[str, Due] = {}
    for decision in decisions(
        rules,
        birth_date=birth_date,
        sex=sex,
        done=done,
        today=today,
        death_date=death_date,
        within_days=within_days,
        facts=facts,
    ):
        item = decision.due
        if decision.outcome != "due" or item is None:
            continue
        if item.examination not in found or item.due < found[item.examination].due:
            found[item.examination] = item
    covered = {
        part
        for item in found.values()
        for part in item.rule.includes
        if part in found and item.due <= found[part].due
    }
    return sorted((d for d in found.values() if d.examination not in covered), key=lambda d: d.due)


def decisions(
    rules: Sequence[Rule],
    *,
    birth_date: date,
    sex: Sex | None,
    done: Mapping[str, date],
    today: date,
    death_date: date | None = None,
    within_days: int = 366,
    facts: Facts = NO_FACTS,
) -> list[Decision]:
    """What every rule says, in the order of the rules: nothing is left out without its reason.

    Of the dead nothing is said. Arguments as of `due`.
    """
    if death_date is not None and death_date <= today:
        return []
    horizon = today + timedelta(days=within_days)
    return [
        _decide(rule, birth_date, sex, done.get(rule.examination), today, horizon, facts) for rule in rules
    ]


def _decide(
    rule: Rule,
    birth_date: date,
    sex: Sex | None,
    last: date | None,
    today: date,
    horizon: date,
    facts: Facts,
) -> Decision:
    if rule.sex is not None and rule.sex != sex:
        return Decision(rule, "sex_unknown" if sex is None else "other_sex")
    held = [(condition, condition.holds(facts)) for condition in rule.when]
    if any(answer is False for _, answer in held):
        return Decision(rule, "condition")
    if unknown := tuple(n for condition, answer in held if answer is None for n in condition.any_of):
        return Decision(rule, "condition_unknown", missing=unknown)
    if last is not None and rule.every_months is None and not rule.ages:
        return Decision(rule, "done")
    day = _once_at(rule, birth_date, last, today) if rule.ages else _periodic(rule, birth_date, last, today)
    if day is None:
        return Decision(rule, "out_of_range")
    overdue = last is not None and day < today and not rule.ages
    if not overdue:
        day = max(day, today)  # never done here, perhaps elsewhere: due now, and nobody is late
    item = Due(rule.examination, day, overdue, last, rule)
    return Decision(rule, "due" if day <= horizon else "later", item)


def _periodic(rule: Rule, birth_date: date, last: date | None, today: date) -> date | None:
    wait = date(today.year, 1, 1) if last is None else add_months(last, rule.every_months or 0)
    day = max(wait, _reaches(rule, birth_date, rule.from_age), _adult(birth_date), rule.valid_from)
    acted = max(day, today)  # an overdue examination is only useful if it still is today
    too_old = acted >= _reaches(rule, birth_date, rule.to_age + 1)
    return None if too_old or _expired(rule, acted) else day


def _once_at(rule: Rule, birth_date: date, last: date | None, today: date) -> date | None:
    for age in rule.ages:
        start, end = _reaches(rule, birth_date, age), _reaches(rule, birth_date, age + 1)
        if end <= today or (last is not None and last >= start):
            continue
        day = max(start, _adult(birth_date), rule.valid_from)
        if last is not None:
            day = max(day, add_months(last, 12))  # done late last year: later in this one, not again at once
        if day < end and not _expired(rule, max(day, today)):
            return day
    return None


def _reaches(rule: Rule, birth_date: date, age: int) -> date:
    """The first day on which the rule takes a person to be `age`."""
    year = birth_date.year + age
    if year > date.max.year:
        return date.max
    return _birthday(birth_date, year) if rule.by_birthday else date(year, 1, 1)


def _expired(rule: Rule, day: date) -> bool:
    return rule.valid_to is not None and day > rule.valid_to


def _adult(birth_date: date) -> date:
    return _birthday(birth_date, birth_date.year + ADULT_AGE)


def _birthday(birth_date: date, year: int) -> date:
    try:
        return birth_date.replace(year=year)
    except ValueError:  # born on 29 February: a year older when the day is over, on 1 March
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
