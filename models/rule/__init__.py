"""Calendar rules of check-ups: data, the engine that evaluates them, and the personal day within them.

A rule says who needs an examination and how often; its file says by which order. Pure Python without
training imports, so serving evaluates rules on each request.
"""

from models.rule.dating import WITHIN_DAYS, Curve, Dated, by_calendar, chance, days_until, personal
from models.rule.declaration import DEFAULT_PRIORITY, Condition, Decision, Due, Rule, Sex
from models.rule.engine import ADULT_AGE, add_months, decisions, due, examinations, last_done
from models.rule.reading import DEFAULT, FOLDER, OLDEST, RuleFileError, load, names, rules

__all__ = [
    "ADULT_AGE",
    "DEFAULT",
    "DEFAULT_PRIORITY",
    "FOLDER",
    "OLDEST",
    "WITHIN_DAYS",
    "Condition",
    "Curve",
    "Dated",
    "Decision",
    "Due",
    "Rule",
    "RuleFileError",
    "Sex",
    "add_months",
    "by_calendar",
    "chance",
    "days_until",
    "decisions",
    "due",
    "examinations",
    "last_done",
    "load",
    "names",
    "personal",
    "rules",
]
