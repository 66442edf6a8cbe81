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
NO_MODELS = Text(
    ru="Моделей сроков пока нет: даты стоят по календарю, без личного риска.",
    en="There is no timing model yet: dates follow the calendar, without personal risk.",
)


def on(person: Person, today: date, *, models: bool) -> list[Text]:
    """What the reader must know before trusting a list of examinations to be complete."""
    if person.dead(today):
        return [DEAD]
    if person.data_as_of is None and person.birth_date is None and person.sex is None:
        return [NO_DATA]
    if person.birth_date is None:
        return [NO_BIRTH_DATE]
    if not person.adult(today):
        return [MINOR]
    return [*([] if person.sex else [NO_SEX]), *([] if models else [NO_MODELS])]
