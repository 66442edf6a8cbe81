"""Blood pressure and pulse over many measurements, those at home too: variability, night, morning surge.

Morning surge: mean systolic pressure from 6 to 10 less that from 0 to 6, of the person's own clock
(Kario et al., Circulation 2003;107:1401, who take the two hours after waking). Variability: average real
variability (Mena et al., J Hypertens 2005;23:505).
"""

from features import codes, index
from features.declared.series import series
from features.feature import Feature
from features.formula import difference
from features.window import Hours

MONTH, YEAR = 30, 365
NIGHT, MORNING, DAYTIME = Hours(0, 6), Hours(6, 10), Hours(10, 22)


def _at(hours: Hours, name: str, ru: str, en: str) -> Feature:
    return Feature(
        f"systolic_bp_{name}_30d",
        f"Систолическое давление {ru}, среднее за 30 дней",
        f"Systolic blood pressure {en}, mean of 30 days",
        codes.SYSTOLIC,
        "mean",
        MONTH,
        hours=hours,
        modifiable=True,
        at_least=2,
    )


_NIGHT = _at(NIGHT, "night", "ночью", "at night")
_MORNING = _at(MORNING, "morning", "утром", "in the morning")
_DAY = _at(DAYTIME, "day", "днём", "by day")

FEATURES = (
    *series(
        codes.SYSTOLIC,
        "Систолическое давление",
        "Systolic blood pressure",
        "max_1y cv_1y mean_30d cv_30d",
    ),
    *series(
        codes.SYSTOLIC, "Систолическое давление", "Systolic blood pressure", "set_point_z_5y rcv_change_2y"
    ),
    *series(
        codes.DIASTOLIC,
        "Диастолическое давление",
        "Diastolic blood pressure",
        "mean_1y mean_30d slope_5y",
    ),
    Feature(
        "systolic_bp_arv_30d",
        "Систолическое давление, средняя реальная вариабельность за 30 дней",
        "Systolic blood pressure, average real variability of 30 days",
        codes.SYSTOLIC,
        "arv",
        MONTH,
        modifiable=True,
        at_least=5,
    ),
    Feature(
        "systolic_bp_raised_1y",
        "Систолическое давление 140 и выше, доля измерений за год",
        "Systolic blood pressure of 140 and more, share of measurements in 1 year",
        codes.SYSTOLIC,
        "fraction_above",
        YEAR,
        limits=(0.0, 139.0),
        modifiable=True,
        at_least=2,
    ),
    Feature(
        "systolic_bp_count_30d",
        "Давление, измерений за 30 дней",
        "Blood pressure, measurements in 30 days",
        codes.SYSTOLIC,
        "value_count",
        MONTH,
    ),
    _NIGHT,
    _MORNING,
    _DAY,
    Feature(
        "morning_surge_30d",
        "Утренний подъём систолического давления",
        "Morning surge of systolic blood pressure",
        unit="mm[Hg]",
        modifiable=True,
        formula=difference,
        inputs=(_MORNING, _NIGHT),
    ),
    Feature(
        "night_dip_30d",
        "Ночное изменение систолического давления, % от дневного",
        "Change of systolic blood pressure at night, % of the day's",
        unit="%",
        modifiable=True,
        formula=index.change,
        inputs=(_NIGHT, _DAY),
    ),
)
