"""The event stream and the prediction index: the contract between records and features.

Events follow MEDS 0.4 (`subject_id`, `time`, `code`, `numeric_value`, `text_value`) and add what
a clinic needs: the unit as UCUM, when the fact was learned, and where it came from. Times are UTC
instants without a zone mark, as MEDS asks. Bitemporal: a reader at `prediction_time` T may use an
event only if `time` ≤ T and `known_at` ≤ T. A correction is a new event with the same `source_id`
and a later `known_at`, where null is the earliest; all events of one record with one `known_at` are one
version of it. A withdrawal is such an event with the code `WITHDRAWN`.
"""

import polars as pl

INSTANT = pl.Datetime("us")

EVENT = pl.Schema(
    {
        "subject_id": pl.Int64(),  # a pseudonym; never a record number
        "time": INSTANT,  # when it happened; null: a static fact
        "code": pl.String(),  # VOCABULARY//CODE, such as LOINC//4548-4; OTHER//HASH for an unknown one
        "numeric_value": pl.Float32(),
        "text_value": pl.String(),  # coded answer, word of a closed list or our name of the code
        "unit": pl.String(),  # UCUM, as the source said it; null: not said or not a unit
        "known_at": INSTANT,  # when we learned it; null: known from the start
        "source": pl.String(),  # the kind of feed, such as fhir or wearable
        "source_id": pl.String(),  # the record within the feed, opaque, such as Observation/5f0c…
    }
)

INDEX = pl.Schema({"subject_id": pl.Int64(), "prediction_time": INSTANT})

BIRTH = "MEDS_BIRTH"
DEATH = "MEDS_DEATH"
FEMALE = "SEX//F"
MALE = "SEX//M"
WITHDRAWN = "WITHDRAWN"


class SchemaError(ValueError):
    """A table does not have the columns or types of its contract."""


def check(frame: pl.DataFrame, schema: pl.Schema, what: str) -> pl.DataFrame:
    """Return `frame` with exactly the columns of `schema`, or say what differs.

    Raises:
        SchemaError: a column is missing, or has another type.
    """
    wrong = [
        f"{name} should be {dtype}, is {frame.schema.get(name, 'missing')}"
        for name, dtype in schema.items()
        if frame.schema.get(name) != dtype
    ]
    if wrong:
        raise SchemaError(f"{what}: {'; '.join(wrong)}")
    return frame if frame.columns == schema.names() else frame.select(schema.names())
