"""Laboratory values: the last ones, how old they are, and how they change."""

from features import codes
from features.codes import CodeGroup
from features.declared.demographics import AGE, MALE
from features.feature import Aggregate, Feature
from features.formula import difference, egfr

TWO_YEARS = 730
FIVE_YEARS = 1826


def _lab(
    name: str,
    ru: str,
    en: str,
    group: CodeGroup,
    aggregate: Aggregate,
    window_days: int | None = TWO_YEARS,
) -> Feature:
    # How long ago one was examined is not a state of health that a person can change.
    modifiable = aggregate not in ("days_since_last", "value_count")
    return Feature(name, ru, en, group, aggregate, window_days, modifiable=modifiable)


TOTAL_CHOLESTEROL_LAST = _lab(
    "total_cholesterol_last_2y",
    "Общий холестерин, последний за 2 года",
    "Total cholesterol, last in 2 years",
    codes.TOTAL_CHOLESTEROL,
    "last",
)
HDL_LAST = _lab(
    "hdl_cholesterol_last_2y",
    "Холестерин ЛПВП, последний за 2 года",
    "HDL cholesterol, last in 2 years",
    codes.HDL,
    "last",
)
CREATININE_LAST = _lab(
    "creatinine_last_2y",
    "Креатинин, последний за 2 года",
    "Creatinine, last in 2 years",
    codes.CREATININE,
    "last",
)

FEATURES = (
    _lab(
        "hba1c_last_2y",
        "Гликированный гемоглобин, последний за 2 года",
        "HbA1c, last in 2 years",
        codes.HBA1C,
        "last",
    ),
    _lab(
        "hba1c_mean_5y",
        "Гликированный гемоглобин, среднее за 5 лет",
        "HbA1c, mean of 5 years",
        codes.HBA1C,
        "mean",
        FIVE_YEARS,
    ),
    _lab(
        "hba1c_slope_5y",
        "Гликированный гемоглобин, изменение в год за 5 лет",
        "HbA1c, change per year over 5 years",
        codes.HBA1C,
        "slope",
        FIVE_YEARS,
    ),
    _lab(
        "hba1c_change_5y",
        "Гликированный гемоглобин, последний против обычного за 5 лет",
        "HbA1c, last against the usual of 5 years",
        codes.HBA1C,
        "last_minus_median",
        FIVE_YEARS,
    ),
    _lab(
        "hba1c_count_2y",
        "Гликированный гемоглобин, анализов за 2 года",
        "HbA1c, tests in 2 years",
        codes.HBA1C,
        "value_count",  # a report has the code of its result: counting values counts a test once
    ),
    _lab(
        "hba1c_days_since_last",
        "Гликированный гемоглобин, дней с последнего анализа",
        "HbA1c, days since the last test",
        codes.HBA1C,
        "days_since_last",
        None,
    ),
    _lab(
        "glucose_last_2y",
        "Глюкоза крови, последняя за 2 года",
        "Blood glucose, last in 2 years",
        codes.GLUCOSE,
        "last",
    ),
    _lab(
        "glucose_mean_5y",
        "Глюкоза крови, среднее за 5 лет",
        "Blood glucose, mean of 5 years",
        codes.GLUCOSE,
        "mean",
        FIVE_YEARS,
    ),
    _lab(
        "glucose_max_5y",
        "Глюкоза крови, наибольшая за 5 лет",
        "Blood glucose, highest of 5 years",
        codes.GLUCOSE,
        "max",
        FIVE_YEARS,
    ),
    _lab(
        "glucose_slope_5y",
        "Глюкоза крови, изменение в год за 5 лет",
        "Blood glucose, change per year over 5 years",
        codes.GLUCOSE,
        "slope",
        FIVE_YEARS,
    ),
    _lab(
        "glucose_count_2y",
        "Глюкоза крови, анализов за 2 года",
        "Blood glucose, tests in 2 years",
        codes.GLUCOSE,
        "value_count",
    ),
    _lab(
        "glucose_days_since_last",
        "Глюкоза крови, дней с последнего анализа",
        "Blood glucose, days since the last test",
        codes.GLUCOSE,
        "days_since_last",
        None,
    ),
    _lab(
        "fasting_glucose_last_2y",
        "Глюкоза натощак, последняя за 2 года",
        "Fasting glucose, last in 2 years",
        codes.FASTING_GLUCOSE,
        "last",
    ),
    TOTAL_CHOLESTEROL_LAST,
    _lab(
        "total_cholesterol_days_since_last",
        "Общий холестерин, дней с последнего анализа",
        "Total cholesterol, days since the last test",
        codes.TOTAL_CHOLESTEROL,
        "days_since_last",
        None,
    ),
    _lab(
        "ldl_cholesterol_last_2y",
        "Холестерин ЛПНП, последний за 2 года",
        "LDL cholesterol, last in 2 years",
        codes.LDL,
        "last",
    ),
    _lab(
        "ldl_cholesterol_mean_5y",
        "Холестерин ЛПНП, среднее за 5 лет",
        "LDL cholesterol, mean of 5 years",
        codes.LDL,
        "mean",
        FIVE_YEARS,
    ),
    _lab(
        "ldl_cholesterol_slope_5y",
        "Холестерин ЛПНП, изменение в год за 5 лет",
        "LDL cholesterol, change per year over 5 years",
        codes.LDL,
        "slope",
        FIVE_YEARS,
    ),
    _lab(
        "ldl_cholesterol_count_5y",
        "Холестерин ЛПНП, анализов за 5 лет",
        "LDL cholesterol, tests in 5 years",
        codes.LDL,
        "value_count",
        FIVE_YEARS,
    ),
    _lab(
        "ldl_cholesterol_days_since_last",
        "Холестерин ЛПНП, дней с последнего анализа",
        "LDL cholesterol, days since the last test",
        codes.LDL,
        "days_since_last",
        None,
    ),
    HDL_LAST,
    Feature(
        "non_hdl_cholesterol_last_2y",
        "Холестерин не-ЛПВП, последний за 2 года",
        "Non-HDL cholesterol, last in 2 years",
        unit="mmol/L",
        modifiable=True,
        formula=difference,
        inputs=(TOTAL_CHOLESTEROL_LAST, HDL_LAST),
    ),
    _lab(
        "triglycerides_last_2y",
        "Триглицериды, последние за 2 года",
        "Triglycerides, last in 2 years",
        codes.TRIGLYCERIDES,
        "last",
    ),
    CREATININE_LAST,
    Feature(
        "egfr_last_2y",
        "Скорость клубочковой фильтрации, последняя за 2 года",
        "Kidney filtration rate (eGFR), last in 2 years",
        unit="mL/min/{1.73_m2}",
        formula=egfr,
        inputs=(CREATININE_LAST, AGE, MALE),
    ),
    _lab("alt_last_2y", "АЛТ, последняя за 2 года", "ALT, last in 2 years", codes.ALT, "last"),
    _lab(
        "hemoglobin_last_2y",
        "Гемоглобин, последний за 2 года",
        "Haemoglobin, last in 2 years",
        codes.HEMOGLOBIN,
        "last",
    ),
)
