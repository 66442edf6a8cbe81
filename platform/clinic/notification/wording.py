"""Dates, numbers and sentences in Russian and English."""

from datetime import date, timedelta
from typing import Literal

from clinic.notification.schemas import Item

Language = Literal["ru", "en"]

_MONTHS: dict[Language, str] = {
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "en": "January February March April May June July August September October November December",
}

LONG_AGO = timedelta(days=365)


def language(code: str | None) -> Language:
    """The letter's language for a BCP 47 code: English where it says so, Russian otherwise."""
    return "en" if code is not None and code.replace("_", "-").split("-")[0].lower() == "en" else "ru"


def spelled(day: date, language: Language) -> str:
    """14 декабря 2026 г. / 14 December 2026."""
    month = _MONTHS[language].split()[day.month - 1]
    return f"{day.day} {month} {day.year}{' г.' if language == 'ru' else ''}"


def plural(number: int, one: str, few: str, many: str) -> str:
    """The Russian form that goes with a whole number: 1 обследование, 2 обследования, 5 обследований."""
    if number % 10 == 1 and number % 100 != 11:
        return one
    return few if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else many


def more(number: int, language: Language) -> str:
    """и ещё 2 обследования / and 2 more examinations."""
    if language == "ru":
        return f"и ещё {number} {plural(number, 'обследование', 'обследования', 'обследований')}"
    return f"and {number} more {'examination' if number == 1 else 'examinations'}"


def ended(sentence: str) -> str:
    """The sentence with its full stop; one that ends in «г.» has it already."""
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."


def when(item: Item, today: date, language: Language) -> str:
    """By when. Never done before is due without being late: no date in the past is held against it."""
    day = spelled(item.due, language)
    if item.overdue and today - item.due > LONG_AGO:  # an old date would only reproach
        return "как можно скорее" if language == "ru" else "as soon as possible"
    if item.overdue:
        return (
            f"как можно скорее, срок был {day}"
            if language == "ru"
            else f"as soon as possible, it was due by {day}"
        )
    if item.due <= today:
        return "в ближайшее время" if language == "ru" else "some time soon"
    return f"до {day}" if language == "ru" else f"by {day}"


def why(item: Item, language: Language) -> str:
    """One sentence, without a probability or a value of the patient's own."""
    if item.why is not None:
        return ended(item.why)
    if item.personal:
        return (
            "Срок подобран для вас по данным медицинской карты."
            if language == "ru"
            else "The time was chosen for you from your medical record."
        )
    return (
        "Это обследование входит в календарь профилактических осмотров."
        if language == "ru"
        else "This examination is part of the calendar of preventive check-ups."
    )
