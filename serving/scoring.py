"""One model over many people at once: who gets an answer, and which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from models.manifest import Text
from serving import columns
from serving.applicability import silence
from serving.bundle import Bundle, Probabilities, Rows
from serving.person import Person


@dataclass(frozen=True)
class Scored:
    """Everything by row of the table that was scored.

    `silence`: why a row has no answer. `position`: a row with an answer → its place in `probability`,
    which is [answers] of a risk model, and [answers, steps] (cumulative) of a timing model.
    """

    bundle: Bundle
    rows: Rows
    silence: Sequence[Text | None]
    position: Mapping[int, int]
    probability: Probabilities


def score(bundle: Bundle, table: pl.DataFrame, persons: Sequence[Person], today: date) -> Scored:
    """Ask the model about every person whom it is for.

    Args:
        table: features, one row a person, with all that the manifest names.
    """
    manifest = bundle.manifest
    rows = columns.rows(table, bundle.columns)
    named = (*manifest.essential, *manifest.excluded)
    conditions = columns.rows(table, named).tolist()
    why_not = [
        silence(manifest, person, dict(zip(named, values, strict=True)), today)
        for person, values in zip(persons, conditions, strict=True)
    ]
    answered = [row for row, reason in enumerate(why_not) if reason is None]
    probability = bundle.cumulative(rows[answered]) if manifest.timing else bundle.score(rows[answered])
    return Scored(bundle, rows, why_not, {row: at for at, row in enumerate(answered)}, probability)
