"""What happens to the patients: visits, onset and diagnosis of diabetes, death."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from features.simulate.person import People
from features.simulate.rate import DETECTION, DIABETES_MORTALITY, SYMPTOMS, Rates
from features.simulate.window import YEAR, Bools, Floats, Ints, Window

CHECKUP, CONTROL, ACUTE, SYMPTOM, DIABETES = range(5)
DIABETES_VISITS = 1.8  # a year beyond the others, once diagnosed
QUANTILE = NormalDist().inv_cdf(1 - DETECTION)


@dataclass(frozen=True)
class Visits:
    """One row a visit, by patient (position in the chunk), then time."""

    patient: Ints
    time: Floats  # days since the start
    kind: Ints
    noise: Floats  # standard normal: how far this day's glycaemia is off the level

    def __len__(self) -> int:
        return len(self.time)

    @property
    def labs(self) -> Bools:
        """Whether blood is taken."""
        taken: Bools = self.kind != ACUTE
        return taken

    def where(self, keep: Bools) -> "Visits":
        return Visits(self.patient[keep], self.time[keep], self.kind[keep], self.noise[keep])


@dataclass(frozen=True)
class Course:
    """Days since the start of the window; infinite: never within it; negative: before it."""

    onset: Floats
    diagnosis: Floats
    death: Floats
    visits: Visits


def course(rng: np.random.Generator, span: Window, who: People, per_year: Rates) -> Course:
    """Live through the window. `per_year`: one row a person, one column a cell of `span.edges`.

    Diabetes is found at a visit with labs, with probability `DETECTION`: when that day's glycaemia
    is not unluckily low, so that the values on record agree with the decision.
    """
    count = len(who)
    onset = _first(rng.exponential(size=count), per_year.onset, span)
    # Those who begin with diabetes that nobody knows of: onset and finding in balance.
    hidden = rng.random(count) < np.minimum(per_year.onset[:, 0] / per_year.detection[:, 0], 0.3)
    onset = np.where(hidden, -rng.exponential(0.5 * YEAR, count), onset)
    onset = np.where(who.diabetes, -(who.diabetes_years + 0.5) * YEAR, onset)
    death = _death(rng.exponential(size=count), per_year.death, span, onset)

    visits = _together(
        _visits(rng, span, per_year.checkup, CHECKUP),
        _visits(rng, span, per_year.control, CONTROL),
        _visits(rng, span, per_year.acute, ACUTE),
        _visits(rng, span, np.full_like(per_year.acute, SYMPTOMS), SYMPTOM),
    )
    visits = visits.where(
        (visits.time < death[visits.patient])
        & (
            (visits.kind != SYMPTOM)
            | ((visits.time >= onset[visits.patient]) & ~who.diabetes[visits.patient])
        )
    )
    found = visits.labs & (visits.noise > QUANTILE) & (visits.time >= onset[visits.patient])
    diagnosis = np.where(
        who.diabetes, -who.diabetes_years * YEAR, first_time(visits.patient, visits.time, found, count)
    )
    visits = _together(
        visits.where((visits.kind != SYMPTOM) | (visits.time <= diagnosis[visits.patient])),
        _visits(rng, span, np.full_like(per_year.acute, DIABETES_VISITS), DIABETES),
    )
    visits = visits.where(
        (visits.time < death[visits.patient])
        & ((visits.kind != DIABETES) | (visits.time > diagnosis[visits.patient] + 7))
    )
    return Course(onset, diagnosis, death, visits)


def first_time(patient: Ints, time: Floats, chosen: Bools, count: int) -> Floats:
    """Time of each patient's first chosen row; infinite where there is none. Rows are in order."""
    rows = np.flatnonzero(chosen)
    result = np.full(count, np.inf)
    who, position = np.unique(patient[rows], return_index=True)
    result[who] = time[rows][position]
    return result


def _first(threshold: Floats, per_year: Floats, span: Window) -> Floats:
    """When the cumulative hazard of each row passes its threshold; infinite after the window."""
    total = np.concatenate(
        [np.zeros((len(per_year), 1)), np.cumsum(per_year[:, : span.cells] / YEAR * span.lengths, axis=1)],
        axis=1,
    )
    cell = (total[:, 1:] < threshold[:, None]).sum(axis=1)
    inside = cell < span.cells
    at = np.minimum(cell, span.cells - 1)
    row = np.arange(len(per_year))
    time = span.edges[at] + (threshold - total[row, at]) / (per_year[row, at] / YEAR)
    return np.where(inside, time, np.inf)


def _death(threshold: Floats, per_year: Floats, span: Window, onset: Floats) -> Floats:
    """Death at the plain rate before onset and `DIABETES_MORTALITY` times it after."""
    plain = _first(threshold, per_year, span)
    day = np.clip(onset, 0, span.days)
    reached = np.minimum(span.edges[: span.cells] + span.lengths, day[:, None]) - span.edges[: span.cells]
    by_onset = (np.maximum(reached, 0) * per_year[:, : span.cells] / YEAR).sum(axis=1)
    faster = _first(by_onset + (threshold - by_onset) / DIABETES_MORTALITY, per_year, span)
    return np.where(plain < onset, plain, faster)


def _visits(rng: np.random.Generator, span: Window, per_year: Floats, kind: int) -> Visits:
    """A Poisson process with the given rate in each cell."""
    number = rng.poisson(per_year[:, : span.cells] / YEAR * span.lengths)
    patient, cell = np.divmod(np.repeat(np.arange(number.size), number.ravel()), span.cells)
    time = span.edges[cell] + rng.random(len(cell)) * span.lengths[cell]
    return Visits(patient, time, np.full(len(cell), kind, dtype=np.int64), rng.standard_normal(len(cell)))


def _together(*parts: Visits) -> Visits:
    patient = np.concatenate([part.patient for part in parts])
    time = np.concatenate([part.time for part in parts])
    order = np.lexsort((time, patient))
    return Visits(
        patient[order],
        time[order],
        np.concatenate([part.kind for part in parts])[order],
        np.concatenate([part.noise for part in parts])[order],
    )
