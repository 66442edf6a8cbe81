"""Whether a model may speak of a person, and if not, why not, in words."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import numpy as np

from features.catalogue import by_name as CATALOGUE
from models.manifest import Manifest, Text
from serving.person import Person

DAYS_A_YEAR = 365.25


def silence(manifest: Manifest, person: Person, values: Mapping[str, float], today: date) -> Text | None:
    """Why the model gives no answer; None: it may be asked.

    Args:
        values: the person's features by name, NaN where missing; `essential` and `excluded` are there.
    """
    if person.dead(today):
        return Text(ru="Пациент умер.", en="The patient has died.")
    if person.birth_date is None:
        return Text(ru="Недостаточно данных: не указана дата рождения.", en="Not enough data: no birth date.")
    years = (today - person.birth_date).days / DAYS_A_YEAR
    if not manifest.minimum_age <= years <= manifest.maximum_age:
        return Text(
            ru=f"Модель не для этого возраста. Для кого она: {manifest.applies.ru}.",
            en=f"The model is not for this age. Whom it is for: {manifest.applies.en}.",
        )
    for name in manifest.excluded:
        if values[name] > 0:
            return Text(
                ru=f"Модель неприменима: {CATALOGUE[name].ru}. Для кого она: {manifest.applies.ru}.",
                en=f"The model does not apply: {CATALOGUE[name].en}. Whom it is for: {manifest.applies.en}.",
            )
    return unmeasured(manifest, values)


def unmeasured(manifest: Manifest, values: Mapping[str, float]) -> Text | None:
    """What to measure before the model can be asked; None: enough is known."""
    if manifest.essential and all(np.isnan(values[name]) for name in manifest.essential):
        return Text(
            ru=f"Недостаточно данных: измерьте хотя бы одно — {_named(manifest.essential, 'ru')}.",
            en=f"Not enough data: measure at least one of {_named(manifest.essential, 'en')}.",
        )
    return None


def _named(names: Sequence[str], language: Literal["ru", "en"]) -> str:
    """What is measured, without over which time, such as «холестерин ЛПНП, гликированный гемоглобин»."""
    words = (CATALOGUE[name].ru if language == "ru" else CATALOGUE[name].en for name in names)
    return ", ".join(dict.fromkeys(_inside(word.split(",")[0]) for word in words))


def _inside(word: str) -> str:
    """As it stands inside a sentence: abbreviations keep their capitals."""
    abbreviation = any(letter.isupper() for letter in word.split(" ")[0][1:])
    return word if abbreviation else word[:1].lower() + word[1:]
