"""What is measured and asked at a visit, and how often there is a visit."""

from features import codes
from features.feature import Feature
from features.formula import bmi, difference

YEAR = 365
TWO_YEARS = 730
FIVE_YEARS = 1826

SYSTOLIC_LAST = Feature(
    "systolic_bp_last_2y",
    "Систолическое давление, последнее за 2 года",
    "Systolic blood pressure, last in 2 years",
    codes.SYSTOLIC,
    "last",
    TWO_YEARS,
    modifiable=True,
)
DIASTOLIC_LAST = Feature(
    "diastolic_bp_last_2y",
    "Диастолическое давление, последнее за 2 года",
    "Diastolic blood pressure, last in 2 years",
    codes.DIASTOLIC,
    "last",
    TWO_YEARS,
    modifiable=True,
)
_BMI_RECORDED = Feature("bmi_recorded", "ИМТ по записи", "BMI as recorded", codes.BMI, "last", TWO_YEARS)
_WEIGHT = Feature("weight_last_2y", "Масса тела", "Body weight", codes.WEIGHT, "last", TWO_YEARS)
_HEIGHT = Feature("height_last", "Рост", "Body height", codes.HEIGHT, "last")

FEATURES = (
    SYSTOLIC_LAST,
    Feature(
        "systolic_bp_mean_1y",
        "Систолическое давление, среднее за год",
        "Systolic blood pressure, mean of 1 year",
        codes.SYSTOLIC,
        "mean",
        YEAR,
        modifiable=True,
    ),
    Feature(
        "systolic_bp_std_2y",
        "Систолическое давление, разброс за 2 года",
        "Systolic blood pressure, spread over 2 years",
        codes.SYSTOLIC,
        "std",
        TWO_YEARS,
        modifiable=True,
    ),
    Feature(
        "systolic_bp_slope_5y",
        "Систолическое давление, изменение в год за 5 лет",
        "Systolic blood pressure, change per year over 5 years",
        codes.SYSTOLIC,
        "slope",
        FIVE_YEARS,
        modifiable=True,
    ),
    Feature(
        "systolic_bp_days_since_last",
        "Давление, дней с последнего измерения",
        "Blood pressure, days since the last measurement",
        codes.SYSTOLIC,
        "days_since_last",
    ),
    DIASTOLIC_LAST,
    Feature(
        "pulse_pressure_last_2y",
        "Пульсовое давление, последнее за 2 года",
        "Pulse pressure, last in 2 years",
        unit="mm[Hg]",
        modifiable=True,
        formula=difference,
        inputs=(SYSTOLIC_LAST, DIASTOLIC_LAST),
    ),
    Feature(
        "heart_rate_last_2y",
        "Пульс на приёме, последний за 2 года",
        "Heart rate at a visit, last in 2 years",
        codes.HEART_RATE,
        "last",
        TWO_YEARS,
    ),
    Feature(
        "bmi_last_2y",
        "Индекс массы тела, последний за 2 года",
        "Body mass index, last in 2 years",
        unit="kg/m2",
        modifiable=True,
        formula=bmi,
        inputs=(_BMI_RECORDED, _WEIGHT, _HEIGHT),
    ),
    Feature(
        "weight_slope_5y",
        "Масса тела, изменение в год за 5 лет",
        "Body weight, change per year over 5 years",
        codes.WEIGHT,
        "slope",
        FIVE_YEARS,
        modifiable=True,
    ),
    Feature(
        "waist_last_2y",
        "Окружность талии, последняя за 2 года",
        "Waist, last in 2 years",
        codes.WAIST,
        "last",
        TWO_YEARS,
        modifiable=True,
    ),
    Feature(
        "current_smoker_5y",
        "Курит, по последнему ответу за 5 лет",
        "Smokes, by the last answer in 5 years",
        codes.SMOKING,
        "last",
        FIVE_YEARS,
        modifiable=True,
    ),
    Feature("visits_1y", "Визитов за год", "Visits in 1 year", codes.VISIT, "count", YEAR),
    Feature(
        "visit_days_since_last",
        "Дней с последнего визита",
        "Days since the last visit",
        codes.VISIT,
        "days_since_last",
    ),
)
