"""Weights for rows whose outcome by the horizon is known, in place of those whose is not.

Inverse probability of censoring weighting (Robins and Finkelstein 2000; Uno et al. 2007): the chance
of still being followed comes from a linear Cox model of censoring on the same features, because who
entered late is followed shortly and features may tell who did.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.learner import cox
from models.learner.basis import basis
from models.learner.learner import Floats
from models.learner.sample import CENSORED, EVENT, Follow, Sample, Shape

LEAST = 0.05  # no row speaks for more than twenty
SCARCE = 0.005  # a share censored before the horizon that is not worth a model
PENALTY = 30.0
ROWS = 30_000


def weighted(shape: Shape, x: NDArray[np.float32], subject: NDArray[np.int64], follow: Follow) -> Sample:
    """Rows with their outcome by the horizon: 1 the event, 0 free of it or dead of something else,
    and the weight 0 if censored before."""
    horizon = shape.horizon
    if horizon is None:
        raise ValueError("an outcome by a horizon needs a horizon")
    y = ((follow.event == EVENT) & (follow.time <= horizon)).astype(np.int8)
    known = (follow.time >= horizon) | (follow.event != CENSORED)
    weight = known.astype(np.float64)
    if (~known).mean() > SCARCE:
        weight = np.where(known, 1 / chance(shape, x, subject, follow, horizon), 0.0)
        weight *= len(weight) / weight.sum()
    return Sample(x, y, subject, weight, follow)


def chance(
    shape: Shape, x: NDArray[np.float32], subject: NDArray[np.int64], follow: Follow, horizon: float
) -> Floats:
    """Chance of being followed until the own end or the horizon, whichever comes first."""
    plain = replace(shape, monotone=(0,) * len(shape.inputs))
    # Events and deaths at the time of a censoring come before it.
    late = Follow(
        np.where(follow.event == CENSORED, np.nextafter(follow.time, np.inf), follow.time),
        (follow.event == CENSORED).astype(np.int8),
    )
    few = Sample(x, late.event, subject, follow=late).few(ROWS)
    assert few.follow is not None
    at, order = cox.risk(few.follow, horizon)
    z = basis(plain, few.x)
    beta, increments = cox.regression(z.design(few.x[order]), at, *z.penalty(PENALTY))
    total = np.append(0.0, np.cumsum(increments))
    until = np.minimum(follow.time, horizon)
    hazard = total[np.searchsorted(at.moments, until, side="left")] * np.exp(z.design(x) @ beta)
    return np.asarray(np.maximum(np.exp(-hazard), LEAST))
