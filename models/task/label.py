"""The rows of a cohort in the label schema of MEDS."""

import polars as pl

from features.schema import INSTANT

# As MEDS 0.4 declares it.
LABEL = pl.Schema(
    {
        "subject_id": pl.Int64(),
        "prediction_time": INSTANT,
        "boolean_value": pl.Boolean(),
        "integer_value": pl.Int64(),
        "float_value": pl.Float32(),
        "categorical_value": pl.String(),
    }
)


def labels(rows: pl.DataFrame, integer: bool = False) -> pl.DataFrame:
    """Rows with subject_id, prediction_time and label (a count; null: none) as MEDS labels.

    `integer`: the count itself in `integer_value` and not whether there is any in `boolean_value`.
    """
    told = pl.col("label").alias("integer_value") if integer else (pl.col("label") > 0).alias("boolean_value")
    frame = rows.select("subject_id", "prediction_time", told)
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in LABEL.items() if name not in frame.columns]
    return frame.with_columns(absent).select(LABEL.names())
