"""LightGBM, held back: few leaves, strong penalties, tuned by Optuna within the part it is given.

As it comes LightGBM is badly calibrated on small cohorts (slopes of 0.36 to 0.58), so what is
searched runs from near-stumps to 31 leaves and holds L2 up to 100. Runs are repeatable: one seed, a
fixed number of trials, the same trees on any number of threads.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.learner.encoding import Encoding, encoding
from models.learner.learner import Floats, Progress, Settings
from models.learner.sample import Sample, Shape
from models.learner.trees import Trees
from models.split import folds

if TYPE_CHECKING:
    import lightgbm
    import optuna

NAME = "lightgbm"
SEED = 20_261
MOST_ROUNDS = 1_200
PATIENCE = 60
ROWS_FOR_THREADS = 100_000
SMALL, LARGE = 15_000, 60_000  # rows: fewer, and trials are judged on three folds; more, on a sample
TRIALS = 10

Known = dict[str, float | int | bool]
SHAPES: tuple[Known, ...] = (
    {"num_leaves": 3, "min_data_in_leaf": 50, "lambda_l2": 5.0, "feature_fraction": 0.3, "bagging_fraction": 0.8, "extra_trees": True},
    {"num_leaves": 4, "min_data_in_leaf": 40, "lambda_l2": 5.0, "feature_fraction": 0.5, "bagging_fraction": 0.7, "extra_trees": False},
    {"num_leaves": 8, "min_data_in_leaf": 60, "lambda_l2": 10.0, "feature_fraction": 0.4, "bagging_fraction": 0.7, "extra_trees": False},
    {"num_leaves": 31, "min_data_in_leaf": 100, "lambda_l2": 20.0, "feature_fraction": 0.3, "bagging_fraction": 0.8, "extra_trees": False},
)  # fmt: skip


def tune(shape: Shape, part: Sample, threads: int) -> Settings:
    """Settings of least log loss in cross-validation by subject, of `TRIALS`."""
    import optuna

    known = part.known().few(LARGE)
    split = folds(known.subject, 3, salt=4)
    used = range(3) if len(known.y) < SMALL else range(1)
    cut = [(known.rows(split != number), known.rows(split == number)) for number in used]
    cut = [pair for pair in cut if all(0 < side.y.sum() < len(side.y) for side in pair)]
    rate = learning_rate(len(known.y))

    def objective(trial: "optuna.Trial") -> float:
        settings: Known = {
            "num_leaves": trial.suggest_int("num_leaves", 2, 31, log=True),
            "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 20, 400, log=True),
            "lambda_l2": trial.suggest_float("lambda_l2", 1.0, 100.0, log=True),
            "feature_fraction": trial.suggest_float("feature_fraction", 0.2, 0.9),
            "bagging_fraction": trial.suggest_float("bagging_fraction", 0.6, 0.9),
            "extra_trees": trial.suggest_categorical("extra_trees", [False, True]),
            "learning_rate": rate,
        }
        only = trial if len(cut) == 1 else None
        curves = [curve(shape, *pair, settings, threads, only)[1] for pair in cut]
        return float(mean(curves, [len(pair[1].y) for pair in cut]).min())

    if not cut:
        return {**SHAPES[0], "learning_rate": rate}
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=SEED, n_startup_trials=len(SHAPES)),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=100),
    )
    for first in SHAPES:
        study.enqueue_trial(first)
    study.optimize(objective, n_trials=TRIALS)
    return {**study.best_params, "learning_rate": rate}


def learning_rate(rows: int) -> float:
    """Small steps where rows are few and rounds cheap."""
    return 0.04 if rows < SMALL else 0.08


def cross_fit(
    shape: Shape,
    part: Sample,
    fold: NDArray[np.int64],
    settings: Settings,
    threads: int,
    progress: Progress,
) -> tuple[Floats, Settings]:
    """Scores of every row by trees that never saw its fold, after the number of rounds at which
    they are best over all folds; that number joins the settings."""
    made, curves, size = [], [], []
    for number in np.unique(fold):
        outside = fold == number
        booster, losses = curve(
            shape, part.rows(~outside).known(), part.rows(outside).known(), settings, threads
        )
        made.append((outside, booster))
        curves.append(losses)
        size.append(int(outside.sum()))
        progress()
    rounds = 1 + int(np.argmin(mean(curves, size)))
    found = np.empty(len(part.y))
    for outside, trees in made:
        found[outside] = trees.score(part.x[outside], rounds)
    return found, {**settings, "rounds": rounds}


def fit(shape: Shape, part: Sample, settings: Settings, threads: int) -> Trees:
    """Fit on all rows, as many rounds as the settings say."""
    import lightgbm

    known = part.known()
    codes = encoding(shape, known)
    parameters, rounds = _parameters(shape, settings, _threads(known, threads)), int(settings["rounds"])
    booster = lightgbm.train(parameters, _dataset(shape, known, codes, parameters), num_boost_round=rounds)
    return Trees(booster, codes)


def _threads(part: Sample, threads: int) -> int:
    # Threads wait for each other at every leaf: on few rows that costs more than it gives, and many
    # times more on a machine that does other work. The trees are the same either way.
    return threads if len(part.y) > ROWS_FOR_THREADS else 1


def _parameters(shape: Shape, settings: Settings, threads: int) -> dict[str, Any]:
    own = {name: value for name, value in settings.items() if name != "rounds"}
    return {
        "min_sum_hessian_in_leaf": 1.0,
        "bagging_freq": 1,
        "max_bin": 63,
        **own,
        "objective": "binary",
        "metric": "binary_logloss",
        "monotone_constraints": list(shape.monotone),
        "seed": SEED,
        "deterministic": True,
        "force_row_wise": True,  # with `deterministic`: the same trees on every machine
        "num_threads": threads,
        "verbosity": -1,
    }


def _dataset(shape: Shape, part: Sample, codes: Encoding, parameters: dict[str, Any]) -> "lightgbm.Dataset":
    import lightgbm

    return lightgbm.Dataset(
        codes.of(part.x), part.y, weight=part.weight, feature_name=list(shape.inputs), params=parameters
    )


def curve(
    shape: Shape,
    inside: Sample,
    outside: Sample,
    settings: Settings,
    threads: int,
    trial: "optuna.Trial | None" = None,
) -> tuple[Trees, Floats]:
    """Trees of `inside`, and their log loss on `outside` after each round."""
    import lightgbm
    import optuna

    codes = encoding(shape, inside)
    parameters = _parameters(shape, settings, _threads(inside, threads))
    train = _dataset(shape, inside, codes, parameters)
    record: dict[str, dict[str, list[float]]] = {}

    def prune(env: Any) -> None:
        if trial is not None and env.iteration % 50 == 49:
            trial.report(env.evaluation_result_list[0][2], env.iteration)
            if trial.should_prune():
                raise optuna.TrialPruned

    booster = lightgbm.train(
        parameters,
        train,
        num_boost_round=MOST_ROUNDS,
        valid_sets=[train.create_valid(codes.of(outside.x), outside.y, weight=outside.weight)],
        valid_names=["outside"],
        callbacks=[
            prune,
            lightgbm.record_evaluation(record),
            lightgbm.early_stopping(PATIENCE, verbose=False),
        ],
    )
    return Trees(booster, codes), np.asarray(record["outside"]["binary_logloss"])


def mean(curves: list[Floats], weight: list[int]) -> Floats:
    """Mean loss after each round that all curves reached."""
    shortest = min(len(curve) for curve in curves)
    return np.asarray(np.average([curve[:shortest] for curve in curves], axis=0, weights=weight))
