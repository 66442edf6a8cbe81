"""From a table to a booster with its calibration, or a plain refusal where data do not allow one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models import calibration
from models.cohort import Table
from models.evaluation import Evaluation, auroc, auroc_lower, evaluate
from models.manifest import Platt
from models.spec import ModelSpec
from models.split import folds

if TYPE_CHECKING:
    import lightgbm

FOLDS = 5
MOST_ROUNDS = 800
PATIENCE = 60
SEED = 20_261
ROWS_FOR_THREADS = 100_000
FEWEST_EVENTS = 50  # subjects with the event, in train and tuning together
FEWEST_HELD_OUT_EVENTS = 10


class NotTrainable(ValueError):
    """A model cannot be trained honestly on these data; the message says why, in plain words."""


class TooFewEvents(NotTrainable):
    """So few subjects had the event that any figure would be made up."""


class NoBetterThanChance(NotTrainable):
    """The model does not tell, beyond doubt, who will have the event from who will not."""


@dataclass(frozen=True)
class Sample:
    """Rows as the learner sees them: x float32 [rows, inputs] with NaN, y 0/1, one subject a row."""

    x: NDArray[np.float32]
    y: NDArray[np.int8]
    subject: NDArray[np.int64]

    @property
    def event_subjects(self) -> int:
        """Subjects with the event at least once: several rows of one subject are one experience."""
        return len(np.unique(self.subject[self.y == 1]))


@dataclass(frozen=True)
class Fitted:
    """One booster, its calibration, and what both are worth on held_out subjects."""

    booster: "lightgbm.Booster"
    platt: Platt
    rounds: int
    evaluation: Evaluation
    held_out: Sample
    probability: NDArray[np.float64]  # calibrated, of held_out


def sample(spec: ModelSpec, rows: pl.DataFrame) -> Sample:
    """Rows of a table as arrays; a timing row becomes one row for each step that was seen."""
    x = rows.select(spec.features).to_numpy().astype(np.float32)
    y = rows.get_column("label").to_numpy().astype(np.int8)
    subject = rows.get_column("subject_id").to_numpy()
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

    The number of rounds and the Platt scaling come from cross-fitting over the train and tuning
    subjects (five folds by subject), so every event helps to choose them and none judges itself; the
    booster is then fitted once on both. held_out is used for the evaluation alone.

    Raises:
        TooFewEvents, NoBetterThanChance: see there.
    """
    seen = sample(spec, table.rows.filter(pl.col("split") != "held_out"))
    held_out = sample(spec, table.rows.filter(pl.col("split") == "held_out"))
    _refuse_few(spec, seen, held_out)
    # Threads wait for each other at every leaf: on few rows that costs more than it gives, and many
    # times more on a machine that does other work. The trees are the same either way.
    threads = threads if len(seen.y) > ROWS_FOR_THREADS else 1

    fold = folds(seen.subject, FOLDS)
    boosters, losses = [], []
    for number in range(FOLDS):
        booster, loss = _cross_fit(spec, seen, fold == number, threads)
        boosters.append(booster)
        losses.append(loss)
        progress()
    shortest = min(len(loss) for loss in losses)
    weight = np.bincount(fold, minlength=FOLDS)
    rounds = 1 + int(np.argmin(np.average([loss[:shortest] for loss in losses], axis=0, weights=weight)))
    raw = np.empty(len(seen.y))
    for number, booster in enumerate(boosters):
        part = fold == number
        raw[part] = booster.predict(seen.x[part], num_iteration=rounds, num_threads=threads)
    _refuse_chance(spec, seen, raw, "in cross-validation")
    platt = calibration.fit(raw, seen.y, seen.subject)

    booster = _train(spec, seen, rounds, threads)
    progress()
    probability = calibration.apply(platt, booster.predict(held_out.x, num_threads=threads))
    _refuse_chance(spec, held_out, probability, "on held-out subjects")
    evaluation = evaluate(held_out.y, probability, held_out.subject)
    return Fitted(booster, platt, rounds, evaluation, held_out, probability)


def _refuse_few(spec: ModelSpec, seen: Sample, held_out: Sample) -> None:
    if seen.event_subjects < FEWEST_EVENTS or held_out.event_subjects < FEWEST_HELD_OUT_EVENTS:
        raise TooFewEvents(
            f"{spec.name}: too few events to train honestly. {seen.event_subjects} subjects with the event "
            f"among {len(np.unique(seen.subject))} to learn from (at least {FEWEST_EVENTS} are needed), "
            f"{held_out.event_subjects} among {len(np.unique(held_out.subject))} held out "
            f"(at least {FEWEST_HELD_OUT_EVENTS}). More records or a longer history would help."
        )


def _refuse_chance(spec: ModelSpec, part: Sample, probability: NDArray[np.float64], where: str) -> None:
    """Luck alone is above one half every other time: the interval must be, here and there."""
    lower = auroc_lower(part.y, probability, part.subject)
    if lower > 0.5:
        return
    raise NoBetterThanChance(
        f"{spec.name}: no better than chance {where}, as far as can be told (AUROC "
        f"{auroc(part.y, probability):.2f}, 90 % interval from {lower:.2f}), so it is not published. "
        "The records may lack what the model needs, such as laboratory results, or hold too few events."
    )


def _parameters(spec: ModelSpec, threads: int) -> dict[str, object]:
    return {
        **spec.parameters,
        "objective": "binary",
        "metric": "binary_logloss",
        "monotone_constraints": [spec.monotone.get(name, 0) for name in spec.inputs],
        "seed": SEED,
        "deterministic": True,
        "force_row_wise": True,  # with `deterministic`: the same trees on every machine
        "num_threads": threads,
        "verbosity": -1,
    }


def _dataset(
    spec: ModelSpec, part: Sample, rows: NDArray[np.bool_] | slice, threads: int
) -> "lightgbm.Dataset":
    import lightgbm

    return lightgbm.Dataset(
        part.x[rows], part.y[rows], feature_name=list(spec.inputs), params=_parameters(spec, threads)
    )


def _train(spec: ModelSpec, part: Sample, rounds: int, threads: int) -> "lightgbm.Booster":
    import lightgbm

    return lightgbm.train(
        _parameters(spec, threads), _dataset(spec, part, slice(None), threads), num_boost_round=rounds
    )


def _cross_fit(
    spec: ModelSpec, part: Sample, outside: NDArray[np.bool_], threads: int
) -> tuple["lightgbm.Booster", NDArray[np.float64]]:
    """A booster that never saw the rows `outside`, and its loss on them after each round."""
    import lightgbm

    record: dict[str, dict[str, list[float]]] = {}
    train = _dataset(spec, part, ~outside, threads)
    booster = lightgbm.train(
        _parameters(spec, threads),
        train,
        num_boost_round=MOST_ROUNDS,
        valid_sets=[train.create_valid(part.x[outside], part.y[outside])],
        valid_names=["outside"],
        callbacks=[
            lightgbm.record_evaluation(record),
            lightgbm.early_stopping(PATIENCE, verbose=False),
        ],
    )
    return booster, np.asarray(record["outside"]["binary_logloss"])
