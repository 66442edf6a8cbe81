"""Cox regression on monotone splines, for right-censored rows and competing death.

Cox's partial likelihood is that of a Poisson model of the event with the cumulative baseline hazard
as exposure (Holford 1980; Laird and Olivier 1981), so the baseline (Breslow 1974) and the
coefficients are found in turn. Who died of something else stays at risk with the weight
G(t) / G(death) of Fine and Gray 1999 (doi:10.1080/01621459.1999.10474144), G being the chance of not
being censored: the answer is a cumulative incidence, not one minus Kaplan and Meier.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.learner import crossing, newton
from models.learner.additive import Additive
from models.learner.basis import basis
from models.learner.learner import Floats, Progress, Settings
from models.learner.sample import CENSORED, DEATH, EVENT, Follow, Sample, Shape
from models.split import folds

NAME = "cox"
PENALTIES = (1000.0, 300.0, 100.0, 30.0, 10.0)
FOLDS = 4
ROWS = 10_000
ROUNDS = 40
CLOSE = 1e-4  # of a coefficient, between rounds


@dataclass(frozen=True)
class Risk:
    """Who is at risk when: rows in order of time, `event` up to the horizon, G for those who died.

    `moments`: the times of events, in order.
    """

    time: Floats
    event: Floats
    dead: NDArray[np.bool_]
    stay: Floats  # G just before each row's own time
    moments: Floats
    still: Floats  # G just before each moment

    def hazard(self, relative: Floats) -> Floats:
        """Increments of the baseline hazard at the moments (Breslow)."""
        first = np.searchsorted(self.time, self.moments, side="left")
        rest = np.cumsum(relative[::-1])[::-1][first]
        gone = np.append(0.0, np.cumsum(np.where(self.dead, relative / self.stay, 0.0)))
        rest = rest + self.still * gone[first]
        at = np.searchsorted(self.moments, self.time[self.event > 0])
        return np.asarray(np.bincount(at, minlength=len(self.moments)) / rest)

    def exposure(self, increments: Floats) -> Floats:
        """Baseline hazard that each row was exposed to."""
        total = np.append(0.0, np.cumsum(increments))
        weighted = np.append(0.0, np.cumsum(increments * self.still))
        upto = np.searchsorted(self.moments, self.time, side="right")
        later = np.where(self.dead, (weighted[-1] - weighted[upto]) / self.stay, 0.0)
        return np.asarray(total[upto] + later)


def kaplan_meier(time: Floats, ends: NDArray[np.bool_], at: Floats) -> Floats:
    """Chance that the end (such as censoring) has not come before each of `at`, held above 0.02.

    Events and deaths at the time of a censoring come before it.
    """
    moments, own = np.unique(time, return_inverse=True)
    ended = np.bincount(own, weights=ends)
    count = np.bincount(own)
    at_risk = np.cumsum(count[::-1])[::-1] - (count - ended)
    left = np.append(1.0, np.cumprod(1 - ended / np.maximum(at_risk, 1)))
    return np.asarray(np.maximum(left[np.searchsorted(moments, at, side="left")], 0.02))


def risk(follow: Follow, horizon: float) -> tuple[Risk, NDArray[np.int64]]:
    """Follow-up cut at the horizon, and the order of its rows."""
    order = np.argsort(follow.time, kind="stable")
    time, event = follow.time[order], follow.event[order]
    moments = np.unique(time[(event == EVENT) & (time <= horizon)])
    return Risk(
        time=np.minimum(time, np.nextafter(horizon, np.inf)),
        event=((event == EVENT) & (time <= horizon)).astype(np.float64),
        dead=event == DEATH,
        stay=kaplan_meier(time, event == CENSORED, time),
        moments=moments,
        still=kaplan_meier(time, event == CENSORED, moments),
    ), order


def regression(
    design: Floats, at: Risk, penalty: Floats, sign: NDArray[np.int8], start: Floats | None = None
) -> tuple[Floats, Floats]:
    """Coefficients (rows of `design` in the order of `at`) and the baseline's increments."""
    beta = np.zeros(design.shape[1]) if start is None else start.copy()
    for _ in range(ROUNDS):
        increments = at.hazard(np.exp(design @ beta))
        exposure = np.log(np.maximum(at.exposure(increments), 1e-12))
        likelihood = newton.Likelihood(design, at.event, np.ones(len(design)), exposure, "poisson")
        before, beta = beta, newton.minimum(likelihood, penalty, sign, start=beta, steps=1)
        if np.abs(beta - before).max() < CLOSE:
            break
    return beta, at.hazard(np.exp(design @ beta))


def tune(shape: Shape, part: Sample, threads: int) -> Settings:
    """The penalty of least deviance in cross-validation by subject."""
    few = part.few(ROWS)
    follow, horizon = _followed(shape, few)
    at, order = risk(follow, horizon)
    z = basis(shape, few.x)
    design = z.design(few.x[order])
    fold = folds(few.subject[order], FOLDS, salt=3)
    parts = []
    for number in range(FOLDS):
        inside = fold != number
        own, _ = risk(Follow(follow.time[order][inside], follow.event[order][inside]), horizon)
        if own.event.any():
            parts.append((inside, own))
    starts: list[Floats | None] = [None] * len(parts)

    def lost(weight: float, wiggle: float) -> float:
        total = 0.0
        for place, (inside, own) in enumerate(parts):
            penalty = z.penalty(weight, wiggle)
            beta, increments = regression(design[inside], own, *penalty, start=starts[place])
            starts[place] = beta
            total += _deviance(at, own.moments, increments, design @ beta, ~inside)
        return total

    return crossing.penalties(lost, PENALTIES)


def _deviance(at: Risk, moments: Floats, increments: Floats, score: Floats, rows: NDArray[np.bool_]) -> float:
    """Minus the log likelihood of rows under a baseline of others (less what does not depend on either)."""
    still = np.interp(moments, at.moments, at.still)
    theirs = Risk(at.time, at.event, at.dead, at.stay, moments, still)
    return float((theirs.exposure(increments) * np.exp(score) - at.event * score)[rows].sum())


def cross_fit(
    shape: Shape,
    part: Sample,
    fold: NDArray[np.int64],
    settings: Settings,
    threads: int,
    progress: Progress,
) -> tuple[Floats, Settings]:
    """Scores of every row by a model that never saw its fold."""
    return crossing.scores(fit, shape, part, fold, settings, threads, progress), settings


def fit(shape: Shape, part: Sample, settings: Settings, threads: int) -> Additive:
    """Fit on all rows; the score is the risk by the horizon."""
    follow, horizon = _followed(shape, part)
    at, order = risk(follow, horizon)
    z = basis(shape, part.x)
    beta, increments = regression(
        z.design(part.x[order]), at, *z.penalty(settings["penalty"], settings["wiggle"])
    )
    beta[0] += np.log(increments.sum())
    return Additive(z.terms(beta), "log_hazard")


def _followed(shape: Shape, part: Sample) -> tuple[Follow, float]:
    if part.follow is None or shape.horizon is None:
        raise ValueError("a survival model needs follow-up times and a horizon")
    return part.follow, shape.horizon
