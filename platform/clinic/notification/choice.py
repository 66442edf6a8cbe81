"""What of the recommendations goes into a letter, in which order."""

from collections.abc import Iterator
from datetime import date, timedelta

from clinic.notification.address import one_line
from clinic.notification.schemas import Item
from clinic.notification.wording import Language
from serving.schemas import Recommendation, Recommendations


def due_items(
    answer: Recommendations, *, today: date, within_days: int, language: Language
) -> tuple[Item, ...]:
    """What is overdue or due within `within_days`, most important first: the overdue, then what a
    model dated for this person, each in serving's order (soonest first).

    Only a rule's own reason is quoted, and only if it holds no value of the patient's; a reason in
    another language than the letter's is not.
    """
    horizon = today + timedelta(days=within_days)
    found: dict[str, Item] = {}
    for recommendation in answer.recommendations:
        if recommendation.due <= horizon and recommendation.examination not in found:
            found[recommendation.examination] = Item(
                examination=recommendation.examination,
                title=one_line(recommendation.title),
                due=recommendation.due,
                overdue=recommendation.overdue,
                why=next(_quotable(recommendation), None) if answer.language == language else None,
                personal=recommendation.basis == "model",
            )
    return tuple(sorted(found.values(), key=lambda item: (not item.overdue, not item.personal)))


def _quotable(recommendation: Recommendation) -> Iterator[str]:
    if recommendation.basis == "rule":
        for reason in recommendation.reasons:
            if reason.feature is None and reason.value is None and reason.contribution is None:
                yield one_line(reason.text)
