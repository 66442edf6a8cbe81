"""The strongest contributions of a model as plain sentences with the subject's own values."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from features.answer import ANSWERS
from features.catalogue import by_name as CATALOGUE
from features.feature import Feature
from features.formula import male
from features.index import anaemic, five_or_more
from serving.schemas import Language, Reason

SHOWN = 4
SMALL = 0.05  # log-odds: a factor of 1.05, not worth a sentence

Direction = Mapping[Language, tuple[str, str]]  # words for (raises, lowers)
RISK: Direction = {"ru": ("повышает риск", "снижает риск"), "en": ("raises the risk", "lowers the risk")}
TIMING: Direction = {
    "ru": ("повышает вероятность отклонения", "снижает вероятность отклонения"),
    "en": ("raises the chance of an abnormal result", "lowers the chance of an abnormal result"),
}
DIRECTIONS: Mapping[Literal["risk", "timing"], Direction] = {"risk": RISK, "timing": TIMING}

# UCUM as a Russian reader writes it; English readers get UCUM with its brackets taken off.
_RU = {
    "mmol/L": "ммоль/л",
    "umol/L": "мкмоль/л",
    "g/L": "г/л",
    "U/L": "Ед/л",
    "mm[Hg]": "мм рт. ст.",
    "/min": "в минуту",
    "cm": "см",
    "kg": "кг",
    "kg/m2": "кг/м²",
    "ms": "мс",
    "/d": "в день",
    "h": "ч",
    "d": "дн.",
    "a": "лет",
    "mL/min/{1.73_m2}": "мл/мин/1,73 м²",
    "mL/min/1.73m2": "мл/мин/1,73 м²",
    "mL/min/kg": "мл/мин/кг",
    "nmol/L": "нмоль/л",
    "pmol/L": "пмоль/л",
    "mg/L": "мг/л",
    "mg/L{FEU}": "мг/л",
    "ug/L": "мкг/л",
    "ng/L": "нг/л",
    "m[iU]/L": "мМЕ/л",
    "mg/g": "мг/г",
    "mm/h": "мм/ч",
    "10*9/L": "10⁹/л",
    "10*12/L": "10¹²/л",
    "fL": "фл",
    "Cel": "°C",
    "min": "мин",
    "{score}": "балл.",
}
_EN = {
    "mm[Hg]": "mmHg",
    "/min": "per minute",
    "kg/m2": "kg/m²",
    "umol/L": "µmol/L",
    "/d": "a day",
    "d": "days",
    "a": "years",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
    "mL/min/1.73m2": "mL/min/1.73 m²",
    "mg/L{FEU}": "mg/L",
    "ug/L": "µg/L",
    "m[iU]/L": "mIU/L",
    "10*9/L": "10⁹/L",
    "10*12/L": "10¹²/L",
    "Cel": "°C",
    "{score}": "points",
}
# Formulas that say yes (1) or no (0).
_ANSWERS = (male, anaemic, five_or_more)


def reasons(
    kind: Literal["risk", "timing"],
    names: Sequence[str],
    values: npt.NDArray[np.float32],
    contributions: npt.NDArray[np.float64],
    language: Language,
) -> list[Reason]:
    """At most `SHOWN` sentences, strongest first.

    What is known comes before what is missing: that a value is absent may move a score, yet it is
    a reason only if nothing known is.

    Args:
        names: features of the model, in order; names outside the catalogue are skipped.
        values: [features], NaN where missing.
        contributions: [features], log-odds; positive raises.
    """
    order = sorted(
        (i for i, name in enumerate(names) if name in CATALOGUE and abs(contributions[i]) >= SMALL),
        key=lambda i: (bool(np.isnan(values[i])), -abs(contributions[i])),
    )
    known = [i for i in order if not np.isnan(values[i])]
    raises, lowers = DIRECTIONS[kind][language]
    found = []
    for i in (known or order)[:SHOWN]:
        feature = CATALOGUE[names[i]]
        value = None if np.isnan(values[i]) else float(values[i])
        direction = raises if contributions[i] > 0 else lowers
        found.append(
            Reason(
                feature=feature.name,
                text=f"{fact(feature, value, language)} — {direction}",
                value=value,
                unit=feature.unit,
                contribution=float(contributions[i]),
            )
        )
    return found


def dated_by_model(probability: float, due: date, language: Language) -> str:
    """One sentence on why the day is what it is."""
    chance = f"{number(100 * probability, language)} %"
    if language == "ru":
        return (
            f"К {due:%d.%m.%Y} вероятность отклонения в результате, если считать от прошлого анализа, "
            f"достигает {chance}: поэтому срок личный."
        )
    return (
        f"By {due.isoformat()} the chance of an abnormal result, reckoned from the last examination, "
        f"reaches {chance}: so the date is personal."
    )


def word(feature: Feature, language: Language) -> str:
    return feature.ru if language == "ru" else feature.en


def fact(feature: Feature, value: float | None, language: Language) -> str:
    """The feature's words with its value, such as «ЛПНП, последний: 4,1 ммоль/л»."""
    russian = language == "ru"
    if value is None:
        said = "нет данных" if russian else "no data"
    elif _yes_or_no(feature, value):
        said = ("да" if value else "нет") if russian else ("yes" if value else "no")
    else:
        said = quantity(value, feature.unit, language)
    return f"{word(feature, language)}: {said}"


def _yes_or_no(feature: Feature, value: float) -> bool:
    coded = feature.codes is not None and feature.codes.name in ANSWERS and feature.aggregate == "last"
    return value in (0, 1) and (
        feature.aggregate in ("any", "present") or coded or feature.formula in _ANSWERS
    )


def quantity(value: float, ucum: str, language: Language) -> str:
    """A value with its unit, such as «4,1 ммоль/л» or «61 год»; years and days are whole ones."""
    if ucum == "a":
        return f"{int(value)} {_years(int(value)) if language == 'ru' else 'years'}"
    if ucum == "d":
        return f"{int(value)} {unit(ucum, language)}"
    return f"{number(value, language)} {unit(ucum, language)}".strip()


def _years(count: int) -> str:
    if 11 <= count % 100 <= 14 or count % 10 not in (1, 2, 3, 4):
        return "лет"
    return "год" if count % 10 == 1 else "года"


def number(value: float, language: Language) -> str:
    """Three significant digits at most after the whole part, with the reader's decimal mark."""
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = "0" if text == "-0" else text
    return text.replace(".", ",").replace("-", "−") if language == "ru" else text


def unit(ucum: str, language: Language) -> str:
    """A UCUM unit in the reader's words; dimensionless ones say nothing."""
    if ucum in ("1", ""):
        return ""
    table = _RU if language == "ru" else _EN
    if ucum in table:
        return table[ucum]
    if ucum.endswith("/a"):
        return f"{unit(ucum.removesuffix('/a'), language)} {'в год' if language == 'ru' else 'a year'}"
    return ucum
