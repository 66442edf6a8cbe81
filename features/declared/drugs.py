"""What has been prescribed in the last year."""

from features import codes
from features.feature import Feature

YEAR = 365

FEATURES = (
    Feature("statins_1y", "Статины за год", "Statins in 1 year", codes.STATINS, "any", YEAR),
    Feature(
        "antihypertensives_1y",
        "Препараты от давления за год",
        "Blood pressure drugs in 1 year",
        codes.ANTIHYPERTENSIVES,
        "any",
        YEAR,
    ),
    Feature(
        "glucose_lowering_drugs_1y",
        "Сахароснижающие препараты за год",
        "Glucose-lowering drugs in 1 year",
        codes.GLUCOSE_LOWERING,
        "any",
        YEAR,
    ),
    Feature(
        "glucocorticoids_1y",
        "Глюкокортикоиды за год",
        "Glucocorticoids in 1 year",
        codes.GLUCOCORTICOIDS,
        "any",
        YEAR,
    ),
)
