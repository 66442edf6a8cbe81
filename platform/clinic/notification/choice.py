"""What of the recommendations goes into a letter, in which order."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from clinic.notification.address import one_line
from clinic.notification.schemas import Item
from clinic.notification.wording import Language
from serving.schemas import Recommendation, Recommendations


def due_items(
    answer: Recommendations, *, today: date, within_days: int, language: Language
) -> tuple[Item, ...]:
    """What is overdue or due within `within_days`, most important first: the overdue, then by serving's
    priority, then what a model dated for this person, then in serving's order.

    Only a rule's own reason is quoted, and only if it holds no value of the patient's; a reason in
    another language than the letter's is not.
    """
    horizon = today + timedelta(days=within_days)
    found: dict[str, Item] = {}
    for recommendation in sorted(answer.recommendations, key=_importance):
        if recommendation.due <= horizon and recommendation.examination not in found:
            found[recommendation.examination] = Item(
                examination=recommendation.examination,
                title=one_line(recommendation.title),
                due=recommendation.due,
                overdue=recommendation.overdue,
                why=next(_quotable(recommendation), None) if answer.language == language else None,
                personal=recommendation.basis == "model",
            )
    return tuple(found.values())


def _importance(recommendation: Recommendation) -> tuple[bool, int, bool]:
    return not recommendation.overdue, recommendation.priority, recommendation.basis != "model"


def arranged(items: tuple[Item, ...], named_on: Mapping[str, str], places: int) -> tuple[Item, ...]:
    """The same items, first those that a letter with so many places names.

    They are the ones that no letter has named yet, then those named longest ago, so that everything
    has its turn; among equals the more important. Both parts keep their order.

    Args:
        items: most important first.
        named_on: by examination, the day on which a letter last named it (ISO).
    """
    turn = sorted(items, key=lambda item: named_on.get(item.examination, ""))[:places]
    chosen = {item.examination for item in turn}
    return tuple(sorted(items, key=lambda item: item.examination not in chosen))


def _quotable(recommendation: Recommendation) -> Iterator[str]:
    if recommendation.basis == "rule":
        for reason in recommendation.reasons:
            if reason.feature is None and reason.value is None and reason.contribution is None:
                yield one_line(reason.text)
