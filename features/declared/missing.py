"""Missingness made explicit: whether something was measured at all, and how much is known of a person."""

from features import codes
from features.declared.series import series
from features.feature import Feature
from features.group import diagnosis, lab

TESTED = (
    (codes.HBA1C, "Гликированный гемоглобин", "HbA1c"),
    (codes.LDL, "Холестерин ЛПНП", "LDL cholesterol"),
    (codes.CREATININE, "Креатинин", "Creatinine"),
    (codes.HEMOGLOBIN, "Гемоглобин", "Haemoglobin"),
    (lab.TSH, "ТТГ", "Thyrotropin"),
    (lab.URINE_ACR, "Альбумин/креатинин мочи", "Urine albumin/creatinine"),
    (codes.SYSTOLIC, "Систолическое давление", "Systolic blood pressure"),
)

FEATURES = (
    *(feature for tested in TESTED for feature in series(*tested, "present_2y")),
    Feature("lab_results_1y", "Результатов анализов за год", "Results in 1 year", lab.ANY_LAB, "count", 365),
    Feature(
        "lab_tests_distinct_2y",
        "Разных анализов за 2 года",
        "Different tests in 2 years",
        lab.ANY_LAB,
        "distinct",
        730,
    ),
    Feature(
        "lab_days_1y",
        "Дней с анализами за год",
        "Days with results in 1 year",
        lab.ANY_LAB,
        "calendar_days",
        365,
    ),
    Feature(
        "diagnoses_days_since_first",
        "Дней с первой записи о диагнозе",
        "Days since a diagnosis was first recorded",
        diagnosis.ANY_DIAGNOSIS,
        "days_since_first",
    ),
)
