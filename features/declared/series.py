"""The usual features of one measured thing, by kind: the last value, how old it is, how it changes."""

from dataclasses import dataclass

from features.codes import CodeGroup
from features.feature import Aggregate, Feature
from features.window import Gate

YEAR, TWO_YEARS, FIVE_YEARS = 365, 730, 1826


@dataclass(frozen=True)
class Kind:
    """How values become one number, and in which words; `modifiable`: a person can change it."""

    aggregate: Aggregate
    days: int | None
    ru: str
    en: str
    modifiable: bool = True
    at_least: int = 0


# By what is put behind the name of the group.
KINDS = {
    "last_30d": Kind("last", 30, "последнее значение за 30 дней", "last in 30 days"),
    "last_1y": Kind("last", YEAR, "последнее значение за год", "last in 1 year"),
    "last_2y": Kind("last", TWO_YEARS, "последнее значение за 2 года", "last in 2 years"),
    "last_5y": Kind("last", FIVE_YEARS, "последнее значение за 5 лет", "last in 5 years"),
    "mean_7d": Kind("mean", 7, "среднее за 7 дней", "mean of 7 days"),
    "mean_14d": Kind("mean", 14, "среднее за 14 дней", "mean of 14 days"),
    "mean_30d": Kind("mean", 30, "среднее за 30 дней", "mean of 30 days"),
    "mean_90d": Kind("mean", 90, "среднее за 90 дней", "mean of 90 days"),
    "mean_1y": Kind("mean", YEAR, "среднее за год", "mean of 1 year"),
    "mean_5y": Kind("mean", FIVE_YEARS, "среднее за 5 лет", "mean of 5 years"),
    "median_30d": Kind("median", 30, "медиана за 30 дней", "median of 30 days"),
    "min_30d": Kind("min", 30, "наименьшее значение за 30 дней", "lowest of 30 days"),
    "min_1y": Kind("min", YEAR, "наименьшее значение за год", "lowest of 1 year"),
    "max_1y": Kind("max", YEAR, "наибольшее значение за год", "highest of 1 year"),
    "min_2y": Kind("min", TWO_YEARS, "наименьшее значение за 2 года", "lowest of 2 years"),
    "max_2y": Kind("max", TWO_YEARS, "наибольшее значение за 2 года", "highest of 2 years"),
    "max_5y": Kind("max", FIVE_YEARS, "наибольшее значение за 5 лет", "highest of 5 years"),
    "std_30d": Kind("std", 30, "разброс за 30 дней", "spread over 30 days", at_least=5),
    "cv_30d": Kind("cv", 30, "вариация за 30 дней, %", "variation over 30 days, %", at_least=5),
    "cv_1y": Kind("cv", YEAR, "вариация за год, %", "variation over 1 year, %", at_least=3),
    "slope_1y": Kind("slope", YEAR, "изменение в год за год", "change per year over 1 year"),
    "slope_5y": Kind("slope", FIVE_YEARS, "изменение в год за 5 лет", "change per year over 5 years"),
    "rcv_change_2y": Kind(
        "rcv_change",
        TWO_YEARS,
        "последнее изменение в долях критической разницы",
        "last change in reference change values",
    ),
    "set_point_z_5y": Kind(
        "set_point_z",
        FIVE_YEARS,
        "последнее против личной нормы за 5 лет",
        "last against the personal set point of 5 years",
    ),
    "set_point_z_90d": Kind(
        "set_point_z",
        90,
        "последнее против личной нормы за 90 дней",
        "last against the personal set point of 90 days",
    ),
    "count_2y": Kind("value_count", TWO_YEARS, "измерений за 2 года", "values in 2 years", False),
    "present_2y": Kind("present", TWO_YEARS, "есть значение за 2 года", "there is a value in 2 years", False),
    "days_since_value": Kind(
        "days_since_value", None, "дней с последнего значения", "days since the last value", False
    ),
    "valid_days_30d": Kind("value_days", 30, "дней с данными за 30 дней", "days with data in 30 days", False),
    "valid_days_90d": Kind("value_days", 90, "дней с данными за 90 дней", "days with data in 90 days", False),
}


def feature(group: CodeGroup, ru: str, en: str, kind: str, gate: Gate | None = None) -> Feature:
    """The feature `<group>_<kind>`, over days that pass the gate."""
    how = KINDS[kind]
    return Feature(
        f"{group.name}_{kind}" + ("_gated" if gate else ""),
        f"{ru}, {how.ru}",
        f"{en}, {how.en}",
        group,
        how.aggregate,
        how.days,
        modifiable=how.modifiable,
        gate=gate,
        at_least=how.at_least,
    )


def series(group: CodeGroup, ru: str, en: str, kinds: str, gate: Gate | None = None) -> tuple[Feature, ...]:
    """Several kinds, by their names."""
    return tuple(feature(group, ru, en, kind, gate) for kind in kinds.split())
