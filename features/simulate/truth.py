"""The true probability that the diagnosis is recorded within two years, in closed form.

A person moves healthy → undiagnosed → diagnosed, and death may come from either of the first two.
With rates constant within a cell this is a Markov chain with an exact solution for each cell; the
horizon chains the cells. Nothing is sampled.
"""

import numpy as np

from features.simulate.rate import DIABETES_MORTALITY, Rates
from features.simulate.window import HORIZON, YEAR, Bools, Floats, Window


def risk(span: Window, per_year: Rates, undiagnosed: Bools) -> Floats:
    """Probability of a recorded diagnosis within `HORIZON` days and before death.

    `per_year` holds one row a person and one column a cell of `span.edges`; `undiagnosed`
    [people, quarters] says who already has diabetes at each quarter start. Returns the same shape;
    meaningful for those alive and without a diagnosis then.
    """
    onset, death = per_year.onset / YEAR, per_year.death / YEAR
    found = per_year.detection / YEAR
    leave_healthy = onset + death
    leave_ill = found + DIABETES_MORTALITY * death
    result = np.zeros(undiagnosed.shape)
    for column, first in enumerate(span.quarters):
        end = span.edges[first] + HORIZON
        ill = undiagnosed[:, column].astype(np.float64)
        healthy = 1 - ill
        diagnosed = np.zeros_like(ill)
        for cell in range(int(first), len(span.edges) - 1):
            length = min(span.edges[cell + 1], end) - span.edges[cell]
            if length <= 0:
                break
            a, b = leave_healthy[:, cell], leave_ill[:, cell]
            both = np.exp(-b * length) * length * _phi((a - b) * length)
            to_ill = onset[:, cell] * both
            to_diagnosed = onset[:, cell] * found[:, cell] / b * (-np.expm1(-a * length) / a - both)
            diagnosed += healthy * to_diagnosed + ill * found[:, cell] / b * -np.expm1(-b * length)
            ill = ill * np.exp(-b * length) + healthy * to_ill
            healthy = healthy * np.exp(-a * length)
        result[:, column] = diagnosed
    return result


def _phi(x: Floats) -> Floats:
    """(1 − e^−x) / x, which is 1 at 0."""
    safe = np.where(x == 0, 1.0, x)
    return np.where(x == 0, 1.0, -np.expm1(-safe) / safe)
