"""What a wearable device says from day to day."""

from features import codes
from features.feature import Feature
from features.formula import difference

MONTH = 30
QUARTER = 90
YEAR = 365

_PULSE_MONTH = Feature(
    "resting_heart_rate_mean_30d",
    "Пульс в покое, среднее за 30 дней",
    "Resting heart rate, mean of 30 days",
    codes.RESTING_HEART_RATE,
    "mean",
    MONTH,
    modifiable=True,
)
_PULSE_YEAR = Feature(
    "resting_heart_rate_mean_365d",
    "Пульс в покое, среднее за год",
    "Resting heart rate, mean of 365 days",
    codes.RESTING_HEART_RATE,
    "mean",
    YEAR,
    modifiable=True,
)

FEATURES = (
    _PULSE_MONTH,
    _PULSE_YEAR,
    Feature(
        "resting_heart_rate_change",
        "Пульс в покое, за 30 дней против года",
        "Resting heart rate, 30 days against the year",
        unit="/min",
        modifiable=True,
        formula=difference,
        inputs=(_PULSE_MONTH, _PULSE_YEAR),
    ),
    Feature(
        "rmssd_mean_30d",
        "Вариабельность пульса (RMSSD), среднее за 30 дней",
        "Heart rate variability (RMSSD), mean of 30 days",
        codes.RMSSD,
        "mean",
        MONTH,
        modifiable=True,
    ),
    Feature(
        "steps_mean_30d",
        "Шагов в день, среднее за 30 дней",
        "Steps a day, mean of 30 days",
        codes.STEPS,
        "mean",
        MONTH,
        modifiable=True,
    ),
    Feature(
        "sleep_duration_mean_30d",
        "Сон, среднее за 30 дней",
        "Sleep, mean of 30 days",
        codes.SLEEP,
        "mean",
        MONTH,
        modifiable=True,
    ),
    Feature(
        "days_worn_90d",
        "Дней с браслетом за 90 дней",
        "Days worn in 90 days",
        codes.RESTING_HEART_RATE,
        "days",
        QUARTER,
    ),
)
