"""One model over many people at once: who gets an answer, and which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from models.manifest import Text
from serving import columns
from serving.applicability import silence, unmeasured
from serving.bundle import Bundle, Probabilities, Rows
from serving.person import Person


@dataclass(frozen=True)
class Scored:
    """Everything by row of the table that was scored.

    `silence`: why a row has no answer. `position`: a row with an answer → its place in `probability`,
    which is [answers] of a risk model, and [answers, steps] (cumulative) of a timing model. `since`:
    when the first step of a timing model begins.
    """

    bundle: Bundle
    rows: Rows
    silence: Sequence[Text | None]
    position: Mapping[int, int]
    probability: Probabilities
    since: Sequence[datetime | None] = ()


def risk(bundle: Bundle, table: pl.DataFrame, persons: Sequence[Person], today: date) -> Scored:
    """Ask a risk model about every person whom it is for.

    Args:
        table: features, one row a person, with all that the manifest names.
    """
    rows = columns.rows(table, bundle.columns)
    why_not = _silence(bundle, table, persons, today)
    answered = [row for row, reason in enumerate(why_not) if reason is None]
    return Scored(
        bundle, rows, why_not, {row: at for at, row in enumerate(answered)}, bundle.score(rows[answered])
    )


def timing(
    bundle: Bundle,
    table: pl.DataFrame,
    then: pl.DataFrame,
    since: Sequence[datetime | None],
    persons: Sequence[Person],
    today: date,
) -> Scored:
    """Ask a timing model about every person whom it is for, as they were at their last examination.

    Args:
        table: features now, which say whom the model is for.
        then: features at `since`, which the model is asked with.
        since: when each person's last examination was known; None: there was none, and no answer.
    """
    rows = columns.rows(then, bundle.columns)
    measured = _named(then, bundle.manifest.essential)
    why_not = [
        reason or (unmeasured(bundle.manifest, values) if moment else None)
        for reason, moment, values in zip(
            _silence(bundle, table, persons, today), since, measured, strict=True
        )
    ]
    answered = [
        row
        for row, (reason, moment) in enumerate(zip(why_not, since, strict=True))
        if reason is None and moment is not None
    ]
    probability = bundle.cumulative(rows[answered])
    return Scored(bundle, rows, why_not, {row: at for at, row in enumerate(answered)}, probability, since)


def _silence(
    bundle: Bundle, table: pl.DataFrame, persons: Sequence[Person], today: date
) -> list[Text | None]:
    named = _named(table, (*bundle.manifest.essential, *bundle.manifest.excluded))
    return [
        silence(bundle.manifest, person, values, today) for person, values in zip(persons, named, strict=True)
    ]


def _named(table: pl.DataFrame, names: Sequence[str]) -> list[dict[str, float]]:
    return [dict(zip(names, values, strict=True)) for values in columns.rows(table, names).tolist()]
