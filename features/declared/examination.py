"""Measurements and questionnaires of a visit beyond those of vitals.py."""

from features import codes, index
from features.declared.series import feature, series
from features.feature import Feature
from features.group import vital
from features.window import Back

_WEIGHT = feature(codes.WEIGHT, "Масса тела", "Body weight", "last_1y")
_WEIGHT_BEFORE = Feature(
    "weight_median_before",
    "Масса тела, медиана 1–3 года назад",
    "Body weight, median of 1 to 3 years ago",
    codes.WEIGHT,
    "median",
    window=Back(1096, 365),
)

FEATURES = (
    _WEIGHT,
    _WEIGHT_BEFORE,
    Feature(
        "weight_change_1y",
        "Масса тела, изменение за год, %",
        "Body weight, change in 1 year, %",
        unit="%",
        modifiable=True,
        formula=index.change,
        inputs=(_WEIGHT, _WEIGHT_BEFORE),
    ),
    *series(codes.HEART_RATE, "Пульс на приёме", "Heart rate at a visit", "mean_1y"),
    *series(vital.TEMPERATURE, "Температура тела", "Body temperature", "last_1y"),
    *series(vital.RESPIRATION, "Частота дыхания", "Respiratory rate", "last_1y"),
    *series(vital.OXYGEN, "Насыщение кислородом", "Oxygen saturation", "last_1y"),
    *series(vital.FEV1_FVC, "ОФВ1/ФЖЕЛ", "FEV1/FVC", "last_5y"),
    *series(vital.EJECTION_FRACTION, "Фракция выброса", "Ejection fraction", "last_5y"),
    *series(vital.PHQ_9, "PHQ-9 (депрессия)", "PHQ-9 (depression)", "last_1y"),
    *series(vital.GAD_7, "GAD-7 (тревога)", "GAD-7 (anxiety)", "last_1y"),
    *series(vital.AUDIT_C, "AUDIT-C (алкоголь)", "AUDIT-C (alcohol)", "last_2y"),
    *series(vital.MMSE, "MMSE (память и мышление)", "MMSE (cognition)", "last_2y"),
    *series(vital.PAIN, "Боль, 0–10", "Pain, 0–10", "last_1y"),
)
