"""When an examination is due, by the calendar and by a timing model: one function for the API and for
the evaluation of policies, which lives with the rules."""

from models.rule import WITHIN_DAYS, Dated, by_calendar, chance, days_until, personal

__all__ = ["WITHIN_DAYS", "Dated", "by_calendar", "chance", "days_until", "personal"]
