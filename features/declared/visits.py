"""Visits, appointments, examinations and vaccinations: how often, and how long ago."""

from features import codes, index
from features.codes import CodeGroup
from features.feature import Aggregate, Feature
from features.group import visit

YEAR, TWO_YEARS, FIVE_YEARS = 365, 730, 1826


def _how_many(
    name: str, ru: str, en: str, group: CodeGroup, days: int, aggregate: Aggregate = "count"
) -> Feature:
    return Feature(name, ru, en, group, aggregate, days)


def _ago(group: CodeGroup, ru: str, en: str) -> Feature:
    return Feature(
        f"{group.name}_days_since_last", f"{ru}, дней назад", f"{en}, days ago", group, "days_since_last"
    )


_MISSED = _how_many(
    "missed_appointments_2y",
    "Пропущенных приёмов за 2 года",
    "Missed appointments in 2 years",
    visit.MISSED,
    TWO_YEARS,
)
_KEPT = _how_many(
    "kept_appointments_2y",
    "Состоявшихся приёмов за 2 года",
    "Appointments kept in 2 years",
    visit.KEPT,
    TWO_YEARS,
)

FEATURES = (
    _how_many("visits_90d", "Визитов за 90 дней", "Visits in 90 days", codes.VISIT, 90),
    _how_many("visits_5y", "Визитов за 5 лет", "Visits in 5 years", codes.VISIT, FIVE_YEARS),
    _how_many(
        "visit_longest_gap_5y",
        "Самый долгий перерыв между визитами за 5 лет",
        "Longest gap between visits in 5 years",
        codes.VISIT,
        FIVE_YEARS,
        "longest_gap",
    ),
    _how_many(
        "visit_median_gap_5y",
        "Обычный перерыв между визитами за 5 лет",
        "Usual gap between visits in 5 years",
        codes.VISIT,
        FIVE_YEARS,
        "median_gap",
    ),
    Feature(
        "visit_days_since_first",
        "Дней с первого визита",
        "Days since the first visit",
        codes.VISIT,
        "days_since_first",
    ),
    _how_many(
        "emergency_visits_1y",
        "Экстренных визитов за год",
        "Emergency visits in 1 year",
        visit.EMERGENCY,
        YEAR,
    ),
    _ago(visit.EMERGENCY, "Экстренный визит", "Emergency visit"),
    _how_many(
        "inpatient_stays_1y", "Госпитализаций за год", "Inpatient stays in 1 year", visit.INPATIENT, YEAR
    ),
    _how_many(
        "inpatient_stays_5y",
        "Госпитализаций за 5 лет",
        "Inpatient stays in 5 years",
        visit.INPATIENT,
        FIVE_YEARS,
    ),
    _ago(visit.INPATIENT, "Госпитализация", "Inpatient stay"),
    _how_many(
        "remote_visits_1y", "Телемедицинских визитов за год", "Remote visits in 1 year", visit.REMOTE, YEAR
    ),
    _MISSED,
    _KEPT,
    Feature(
        "missed_appointments_share_2y",
        "Доля пропущенных приёмов за 2 года",
        "Share of missed appointments in 2 years",
        unit="1",
        formula=index.share,
        inputs=(_MISSED, _KEPT),
    ),
    _ago(codes.PREVENTIVE_EXAMINATION, "Профилактический осмотр", "Preventive examination"),
    _ago(codes.FLUOROGRAPHY, "Флюорография", "Chest fluorography"),
    _ago(codes.MAMMOGRAPHY, "Маммография", "Mammography"),
    _ago(codes.CERVICAL_CYTOLOGY, "Цитология шейки матки", "Cervical cytology"),
    _ago(codes.FAECAL_OCCULT_BLOOD, "Кал на скрытую кровь", "Faecal occult blood"),
    _ago(visit.COLONOSCOPY, "Колоноскопия", "Colonoscopy"),
    _how_many(
        "vaccinations_5y", "Прививок за 5 лет", "Vaccinations in 5 years", visit.VACCINATION, FIVE_YEARS
    ),
    Feature(
        "influenza_vaccine_1y",
        "Прививка от гриппа за год",
        "Influenza vaccine in 1 year",
        visit.INFLUENZA_VACCINE,
        "any",
        YEAR,
    ),
    Feature(
        "pneumococcal_vaccine_ever",
        "Прививка от пневмококка, когда-либо",
        "Pneumococcal vaccine, ever",
        visit.PNEUMOCOCCAL_VACCINE,
        "any",
    ),
)
