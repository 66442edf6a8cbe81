"""What a wearable device says of days and nights, past a quality gate, and of glucose in tissue.

A day counts for heart rate variability when the device was worn for ten hours (Doherty et al., PLoS One
2017;12:e0169649, take ten to sixteen), a day of a glucose sensor when it has 70 % of its readings
(Battelino et al., Diabetes Care 2019;42:1593), taken at one in a quarter of an hour.
"""

from features import codes, index
from features.declared.series import feature, series
from features.feature import Feature
from features.formula import difference
from features.group import wearable as w
from features.window import Gate

MONTH, QUARTER = 30, 90
WORN = Gate(w.WEAR, 600)
SENSED = Gate(w.SENSOR_READINGS, 67)

_SLEEP = feature(codes.SLEEP, "Сон", "Sleep", "mean_30d")
_IN_BED = feature(w.TIME_IN_BED, "Время в постели", "Time in bed", "mean_30d")
_SPO2_MONTH = feature(w.SPO2_NIGHT, "Кислород ночью", "Oxygen at night", "mean_30d")
_NIGHT_MONTH = feature(w.HEART_RATE_NIGHT, "Пульс ночью", "Heart rate at night", "mean_30d")
_DAY_MONTH = feature(w.HEART_RATE_DAY, "Пульс за сутки", "Heart rate of the day", "mean_30d")


def _share(
    name: str, ru: str, en: str, group: codes.CodeGroup, limits: tuple[float, float], above: bool
) -> Feature:
    return Feature(
        name,
        f"{ru}, доля дней за 30 дней",
        f"{en}, share of days in 30 days",
        group,
        "fraction_above" if above else "fraction_below",
        MONTH,
        limits=limits,
        modifiable=True,
        at_least=5,
    )


FEATURES = (
    *series(codes.RESTING_HEART_RATE, "Пульс в покое", "Resting heart rate", "mean_7d slope_1y"),
    *series(
        codes.RESTING_HEART_RATE,
        "Пульс в покое",
        "Resting heart rate",
        "set_point_z_90d rcv_change_2y",
    ),
    *series(
        codes.RMSSD,
        "Вариабельность пульса (RMSSD)",
        "Heart rate variability (RMSSD)",
        "cv_30d set_point_z_90d",
    ),
    *series(
        codes.RMSSD,
        "RMSSD в дни ношения",
        "RMSSD on days worn",
        "mean_30d median_30d valid_days_30d",
        WORN,
    ),
    *series(w.HEART_RATE_LOW, "Пульс, нижние 5 %", "Heart rate, lowest 5 %", "mean_30d"),
    _DAY_MONTH,
    _NIGHT_MONTH,
    Feature(
        "heart_rate_day_night_30d",
        "Пульс за сутки против ночного",
        "Heart rate of the day against the night",
        unit="/min",
        modifiable=True,
        formula=difference,
        inputs=(_DAY_MONTH, _NIGHT_MONTH),
    ),
    _SPO2_MONTH,
    *series(w.SPO2_NIGHT_MIN, "Кислород ночью, наименьший", "Oxygen at night, lowest", "mean_30d min_30d"),
    _share(
        "spo2_night_low_30d",
        "Кислород ночью ниже 92 %",
        "Oxygen at night below 92 %",
        w.SPO2_NIGHT,
        (92.0, 100.0),
        False,
    ),
    *series(w.WRIST_TEMPERATURE, "Температура запястья", "Wrist temperature", "mean_30d std_30d"),
    *series(codes.STEPS, "Шагов в день", "Steps a day", "mean_90d cv_30d slope_1y"),
    _share(
        "steps_active_30d", "8000 шагов и больше", "8,000 steps and more", codes.STEPS, (0.0, 7999.0), True
    ),
    *series(w.EXERCISE, "Минут нагрузки в день", "Minutes of exercise a day", "mean_7d"),
    *series(w.VO2_MAX, "Максимальное потребление кислорода", "Maximal oxygen uptake", "last_1y"),
    *series(codes.SLEEP, "Сон", "Sleep", "mean_90d std_30d valid_days_30d"),
    _share(
        "sleep_short_30d", "Сон короче 6 часов", "Sleep of less than 6 hours", codes.SLEEP, (6.0, 24.0), False
    ),
    _IN_BED,
    Feature(
        "sleep_efficiency_30d",
        "Эффективность сна",
        "Sleep efficiency",
        unit="%",
        modifiable=True,
        formula=index.percent,
        inputs=(_SLEEP, _IN_BED),
    ),
    *series(w.SLEEP_DEEP, "Глубокий сон", "Deep sleep", "mean_30d"),
    *series(
        w.SLEEP_ONSET,
        "Засыпание, минут от полуночи",
        "Falling asleep, minutes after midnight",
        "std_30d",
    ),
    *series(
        w.SLEEP_OFFSET,
        "Пробуждение, минут от полуночи",
        "Waking up, minutes after midnight",
        "std_30d",
    ),
    *series(w.WEAR, "Минут ношения в день", "Minutes worn a day", "mean_30d valid_days_90d"),
    Feature(
        "worn_coverage_90d",
        "Доля дней с данными о ношении за 90 дней",
        "Share of days with wear time in 90 days",
        w.WEAR,
        "coverage",
        QUARTER,
    ),
    *series(w.SENSOR_GLUCOSE, "Глюкоза по сенсору", "Sensor glucose", "mean_14d", SENSED),
    *series(
        w.SENSOR_GLUCOSE_CV, "Вариация глюкозы по сенсору", "Variation of sensor glucose", "mean_14d", SENSED
    ),
    *series(
        w.SENSOR_GLUCOSE_IN_RANGE,
        "Глюкоза в целевом диапазоне, %",
        "Glucose in range, %",
        "mean_14d mean_90d",
        SENSED,
    ),
    *series(w.SENSOR_READINGS, "Измерений сенсора в день", "Sensor readings a day", "valid_days_30d"),
    *series(w.METER_GLUCOSE, "Глюкоза по глюкометру", "Meter glucose", "mean_30d cv_30d"),
)
