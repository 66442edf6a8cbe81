"""Sentences on what cannot be said of a person, and why."""

from datetime import date

from models.manifest import Text
from serving.person import Person

NOT_INDEXED = Text(
    ru="Похожие случаи ещё не проиндексированы: выполните команду smartclinic index.",
    en="Similar cases are not indexed yet: run `smartclinic index`.",
)
NO_CASES = Text(
    ru="Похожих случаев, которые можно показать, нет: нет согласий или нет общих данных.",
    en="There are no similar cases that may be shown: no permission, or nothing in common.",
)
DEAD = Text(ru="Пациент умер: рекомендаций нет.", en="The patient has died: there are no recommendations.")
MINOR = Text(
    ru="Пациенту нет 18 лет: календарь осмотров взрослых к нему не применяется.",
    en="The patient is under 18: the calendar for adults does not apply.",
)
NO_DATA = Text(
    ru="На эту дату о пациенте ничего не известно.", en="Nothing is known of the patient at this date."
)
NO_BIRTH_DATE = Text(
    ru="Недостаточно данных: не указана дата рождения, без неё календарь не применить.",
    en="Not enough data: there is no birth date, and the calendar needs it.",
)
NO_SEX = Text(
    ru="Недостаточно данных: не указан пол, осмотры только для женщин или только для мужчин не показаны.",
    en="Not enough data: there is no sex, so examinations for one sex only are not shown.",
)
TWO_SEXES = Text(
    ru="В записях указаны оба пола: осмотры только для женщин или только для мужчин не показаны. "
    "Исправьте запись о пациенте.",
    en="The records name both sexes, so examinations for one sex only are not shown. "
    "Correct the patient's record.",
)
TWO_BIRTHS = Text(
    ru="В записях несколько дат рождения: взята самая поздняя. Исправьте запись о пациенте.",
    en="The records name several birth dates: the latest is used. Correct the patient's record.",
)
NO_MODELS = Text(
    ru="Моделей сроков пока нет: даты стоят по календарю, без личного риска.",
    en="There is no timing model yet: dates follow the calendar, without personal risk.",
)


def later_cases(as_of: date) -> Text:
    """Of an answer about the past: the cases were described after it."""
    return Text(
        ru=f"Случаи описаны на {as_of:%d.%m.%Y}, позже запрошенной даты: они знают больше, чем было известно.",
        en=f"The cases were described on {as_of.isoformat()}, later than the time asked about: they know more "
        "than was known then.",
    )


def on(person: Person, today: date, *, models: bool) -> list[Text]:
    """What the reader must know before trusting a list of examinations to be complete."""
    if person.dead(today):
        return [DEAD]
    if person.data_as_of is None and person.birth_date is None and person.sex is None:
        return [NO_DATA]
    if person.birth_date is None:
        return [NO_BIRTH_DATE]
    births = [TWO_BIRTHS] if person.two_births else []
    if not person.adult(today):
        return [*births, MINOR]
    sex = [TWO_SEXES] if person.two_sexes else [] if person.sex else [NO_SEX]
    return [*births, *sex, *([] if models else [NO_MODELS])]
