from datetime import date

import pytest

from clinic.notification import wording
from clinic.notification.schemas import Item

TODAY = date(2026, 11, 25)


def test_months_stand_in_the_genitive() -> None:
    assert [wording.spelled(date(2026, month, 2), "ru") for month in range(1, 13)] == [
        "2 января 2026 г.",
        "2 февраля 2026 г.",
        "2 марта 2026 г.",
        "2 апреля 2026 г.",
        "2 мая 2026 г.",
        "2 июня 2026 г.",
        "2 июля 2026 г.",
        "2 августа 2026 г.",
        "2 сентября 2026 г.",
        "2 октября 2026 г.",
        "2 ноября 2026 г.",
        "2 декабря 2026 г.",
    ]
    assert wording.spelled(date(2026, 12, 14), "en") == "14 December 2026"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "и ещё 1 обследование"),
        (2, "и ещё 2 обследования"),
        (4, "и ещё 4 обследования"),
        (5, "и ещё 5 обследований"),
        (11, "и ещё 11 обследований"),
        (12, "и ещё 12 обследований"),
        (21, "и ещё 21 обследование"),
        (22, "и ещё 22 обследования"),
        (111, "и ещё 111 обследований"),
    ],
)
def test_the_noun_goes_with_the_number(number: int, text: str) -> None:
    assert wording.more(number, "ru") == text


def test_english_has_two_numbers() -> None:
    assert wording.more(1, "en") == "and 1 more examination"
    assert wording.more(2, "en") == "and 2 more examinations"


@pytest.mark.parametrize(
    ("due", "overdue", "ru", "en"),
    [
        (date(2026, 12, 14), False, "до 14 декабря 2026 г.", "by 14 December 2026"),
        (date(2025, 3, 3), True, "как можно скорее", "as soon as possible"),
        (
            date(2026, 3, 3),
            True,
            "как можно скорее, срок был 3 марта 2026 г.",
            "as soon as possible, it was due by 3 March 2026",
        ),
        (date(2026, 1, 1), False, "в ближайшее время", "some time soon"),
        (TODAY, False, "в ближайшее время", "some time soon"),
    ],
)
def test_the_time_is_said_in_words(due: date, overdue: bool, ru: str, en: str) -> None:
    item = Item("ecg", "ЭКГ", due, overdue, None, False)

    assert wording.when(item, TODAY, "ru") == ru
    assert wording.when(item, TODAY, "en") == en


def test_a_sentence_has_one_full_stop() -> None:
    assert wording.ended("до 14 декабря 2026 г.") == "до 14 декабря 2026 г."
    assert wording.ended("в ближайшее время") == "в ближайшее время."


@pytest.mark.parametrize(
    ("code", "language"),
    [("en", "en"), ("en-US", "en"), ("EN_gb", "en"), ("ru", "ru"), ("tt", "ru"), (None, "ru"), ("", "ru")],
)
def test_the_letter_is_in_english_only_where_that_was_asked(code: str | None, language: str) -> None:
    assert wording.language(code) == language
