"""Feature tables as the float32 rows that models and vectors are made of."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from features import schema
from features.build import build
from features.catalogue import FEATURES


def table(
    events: pl.DataFrame, subject_ids: Sequence[int], prediction_time: datetime, names: Iterable[str]
) -> pl.DataFrame:
    """One row per subject, in order, with the named features in the catalogue's order."""
    wanted = set(names)
    index = pl.DataFrame({"subject_id": subject_ids}, schema={"subject_id": pl.Int64}).with_columns(
        pl.lit(prediction_time).cast(schema.INSTANT).alias("prediction_time")
    )
    return build(events, index, [feature for feature in FEATURES if feature.name in wanted])


def tables(
    events: pl.DataFrame,
    subject_ids: Sequence[int],
    prediction_time: datetime,
    earlier: Sequence[Sequence[datetime]],
    names: Iterable[str],
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The table at `prediction_time`, and one for each list of earlier moments, a moment a subject.

    All of them in one pass over the events.
    """
    wanted = set(names)
    count = len(subject_ids)
    moments = [prediction_time] * count + [moment for moments in earlier for moment in moments]
    index = pl.DataFrame(
        {"subject_id": [*subject_ids] * (1 + len(earlier)), "prediction_time": moments}, schema=schema.INDEX
    )
    built = build(events, index, [feature for feature in FEATURES if feature.name in wanted])
    return built[:count], [built[(1 + k) * count : (2 + k) * count] for k in range(len(earlier))]


def rows(frame: pl.DataFrame, names: Sequence[str]) -> npt.NDArray[np.float32]:
    """float32 [rows, names], NaN where missing, in C order."""
    if not names:
        return np.zeros((frame.height, 0), np.float32)
    found = np.empty((frame.height, len(names)), np.float32)
    for position, name in enumerate(names):
        found[:, position] = frame.get_column(name).to_numpy()  # null becomes NaN
    return found
