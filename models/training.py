"""From a table to a fitted model with its calibration, or a plain refusal where data do not allow one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models import calibration
from models.cohort import Table
from models.evaluation import Evaluation, auroc, auroc_lower, evaluate
from models.learner import censoring
from models.learner.learner import Scorer
from models.learner.sample import Follow, Sample, Shape
from models.learning import Learned, learn
from models.manifest import Calibration
from models.spec import ModelSpec

__all__ = ["Fitted", "NoBetterThanChance", "NotTrainable", "Sample", "TooFewEvents", "fit", "sample", "shape"]

FEWEST_EVENTS = 50  # subjects with the event, in train and tuning together
FEWEST_HELD_OUT_EVENTS = 10
TIME, EVENT = "event_days", "event"  # columns of a table of right-censored rows


class NotTrainable(ValueError):
    """A model cannot be trained honestly on these data; the message says why, in plain words."""


class TooFewEvents(NotTrainable):
    """So few subjects had the event that any figure would be made up."""


class NoBetterThanChance(NotTrainable):
    """The model does not tell, beyond doubt, who will have the event from who will not."""


@dataclass(frozen=True)
class Fitted:
    """One model, its calibration, and what both are worth on held_out subjects."""

    learned: Learned
    evaluation: Evaluation
    held_out: Sample
    probability: NDArray[np.float64]  # calibrated, of held_out

    @property
    def scorer(self) -> Scorer:
        return self.learned.scorer

    @property
    def calibration(self) -> Calibration:
        return self.learned.calibration


def shape(spec: ModelSpec, table: Table | None = None) -> Shape:
    """What learners are told of a declaration; the horizon, if the table's rows are right-censored."""
    censored = table is not None and TIME in table.rows.columns
    return Shape(
        inputs=spec.inputs,
        monotone=tuple(spec.monotone.get(name, 0) for name in spec.inputs),
        categorical=tuple(spec.inputs.index(name) for name in spec.categorical),
        horizon=float(spec.horizon_days) if censored else None,
    )


def sample(spec: ModelSpec, rows: pl.DataFrame) -> Sample:
    """Rows of a table as arrays; a timing row becomes one row for each step that was seen.

    Rows with `event_days` and `event` (0 censored then, 1 the event, 2 dead of something else) are
    right-censored: each gets its outcome by the horizon and the weight of its being known.
    """
    x = rows.select(spec.features).to_numpy().astype(np.float32)
    subject = rows.get_column("subject_id").to_numpy()
    if TIME in rows.columns and spec.timing is None:
        time = rows.get_column(TIME).to_numpy().astype(np.float64)
        follow = Follow(np.maximum(time, 0.5), rows.get_column(EVENT).to_numpy().astype(np.int8))
        about = Shape(spec.inputs, (0,) * len(spec.inputs), horizon=float(spec.horizon_days))
        return censoring.weighted(about, x, subject, follow)
    y = rows.get_column("label").to_numpy().astype(np.int8)
    if spec.timing is None:
        return Sample(x, y, subject)
    steps = rows.get_column("steps").to_numpy().astype(np.int64)
    which = np.repeat(np.arange(len(steps)), steps)
    step = np.arange(len(which)) - np.repeat(np.cumsum(steps) - steps, steps)
    last = step == steps[which] - 1
    return Sample(
        np.column_stack([x[which], step.astype(np.float32)]),
        np.where(last, y[which], 0).astype(np.int8),
        subject[which],
    )


def fit(spec: ModelSpec, table: Table, threads: int, progress: Callable[[], None] = lambda: None) -> Fitted:
    """Fit, calibrate and evaluate.

    Learners are tuned on train, compared by cross-fitting over train and tuning, and calibrated by
    what holds on tuning; the chosen one is then fitted once on both. held_out is used for the
    evaluation alone.

    Raises:
        TooFewEvents, NoBetterThanChance: see there.
    """
    inside = table.rows.filter(pl.col("split") != "held_out")
    outside = table.rows.filter(pl.col("split") == "held_out")
    _refuse_empty(spec, inside, outside)
    seen, held_out = sample(spec, inside), sample(spec, outside).known()
    _refuse_few(spec, seen, held_out)
    of_tuning = inside.filter(pl.col("split") == "tuning").get_column("subject_id").to_numpy()
    tuning = np.isin(seen.subject, of_tuning)

    learned = learn(shape(spec, table), seen, tuning, threads, progress)
    _refuse_chance(spec, seen, learned.score, "in cross-validation")
    probability = calibration.apply(learned.calibration, learned.scorer.score(held_out.x))
    _refuse_chance(spec, held_out, probability, "on held-out subjects")
    evaluation = evaluate(held_out.y, probability, held_out.subject, held_out.weight)
    return Fitted(learned, evaluation, held_out, probability)


def _refuse_empty(spec: ModelSpec, inside: pl.DataFrame, outside: pl.DataFrame) -> None:
    """Censoring cannot be told of no rows."""
    if inside.height and outside.height:
        return
    nothing = Sample(np.zeros((0, 1), np.float32), np.zeros(0, np.int8), np.zeros(0, np.int64))
    _refuse_few(spec, nothing, nothing)


def _refuse_few(spec: ModelSpec, seen: Sample, held_out: Sample) -> None:
    if seen.event_subjects < FEWEST_EVENTS or held_out.event_subjects < FEWEST_HELD_OUT_EVENTS:
        raise TooFewEvents(
            f"{spec.name}: too few events to train honestly. {seen.event_subjects} subjects with the event "
            f"among {len(np.unique(seen.subject))} to learn from (at least {FEWEST_EVENTS} are needed), "
            f"{held_out.event_subjects} among {len(np.unique(held_out.subject))} held out "
            f"(at least {FEWEST_HELD_OUT_EVENTS}). More records or a longer history would help."
        )


def _refuse_chance(spec: ModelSpec, part: Sample, score: NDArray[np.float64], where: str) -> None:
    """Luck alone is above one half every other time: the interval must be, here and there."""
    lower = auroc_lower(part.y, score, part.subject, part.weight)
    if lower > 0.5:
        return
    raise NoBetterThanChance(
        f"{spec.name}: no better than chance {where}, as far as can be told (AUROC "
        f"{auroc(part.y, score, part.weight):.2f}, 90 % interval from {lower:.2f}), so it is not published. "
        "The records may lack what the model needs, such as laboratory results, or hold too few events."
    )
