"""What else is done at a visit: examinations of the preventive calendar, vaccinations.

Shares are design values: enough are done and enough are missed that a calendar finds both.
"""

import numpy as np

from features.simulate.course import CHECKUP, CONTROL, Course
from features.simulate.dictionary import SERVICES
from features.simulate.person import People
from features.simulate.window import YEAR, Bools, Floats, Ints, Window

# Service: share of check-ups at which it is done, ages from and to (inclusive), sex, years before it
# is done again (order 404н of 27.04.2021, less a tolerance of a fifth).
EXAMINATIONS: dict[str, tuple[float, int, int, str, float]] = {
    "B04.047.002": (1.0, 18, 120, "any", 0.0),
    "A06.09.006": (0.72, 18, 120, "any", 1.6),
    "A05.10.006": (0.68, 35, 120, "any", 0.8),
    "A02.26.015": (0.42, 40, 120, "any", 0.8),
    "B03.016.003": (0.70, 40, 120, "any", 0.8),
    "B04.001.002": (0.58, 18, 120, "female", 0.8),
    "A08.20.017": (0.50, 18, 64, "female", 2.4),
    "A06.20.004": (0.60, 40, 75, "female", 1.6),
    "A09.19.001": (0.40, 40, 75, "any", 0.8),
    "A03.16.001": (0.15, 45, 55, "any", 99.0),
}
ECG_AT_CONTROL = 0.22


def examinations(rng: np.random.Generator, who: People, lived: Course) -> tuple[Ints, Ints]:
    """Rows of visits, and positions in SERVICES of what was done there."""
    visits, services = lived.visits, list(SERVICES)
    age = np.floor(who.age(np.zeros(len(who))))[visits.patient] + np.floor(visits.time / YEAR)
    male = who.male[visits.patient]
    rows, codes = [], []
    for code, (share, lowest, highest, sex, pause) in EXAMINATIONS.items():
        fits = (visits.kind == CHECKUP) & (age >= lowest) & (age <= highest)
        if sex != "any":
            fits &= male == (sex == "male")
        chosen = fits & (rng.random(len(visits)) < share)
        if code == "A05.10.006":
            chosen |= (visits.kind == CONTROL) & (age >= 45) & (rng.random(len(visits)) < ECG_AT_CONTROL)
        done = _apart(visits.patient, visits.time, chosen, pause * YEAR)
        rows.append(done)
        codes.append(np.full(len(done), services.index(code)))
    return np.concatenate(rows), np.concatenate(codes)


def anti_hcv(rng: np.random.Generator, who: People, lived: Course) -> Ints:
    """Rows of the check-ups at which antibodies to hepatitis C are looked for."""
    adult = who.age(np.zeros(len(who)))[lived.visits.patient] >= 25
    chosen = (lived.visits.kind == CHECKUP) & adult & (rng.random(len(adult)) < 0.15)
    return _apart(lived.visits.patient, lived.visits.time, chosen, 8 * YEAR)


def influenza(rng: np.random.Generator, span: Window, who: People, lived: Course) -> Ints:
    """Rows of the visits, September to November, at which the season's vaccine is given."""
    month = span.instant(lived.visits.time).astype("datetime64[M]").astype(np.int64) % 12 + 1
    willing = rng.random(len(who)) < 0.35 + 0.004 * (who.age(np.zeros(len(who))) - 45)
    chosen: Bools = (month >= 9) & (month <= 11) & willing[lived.visits.patient]
    return _apart(lived.visits.patient, lived.visits.time, chosen, 200.0)


def _apart(patient: Ints, time: Floats, chosen: Bools, days: float) -> Ints:
    """Of the chosen rows, those at least `days` after the same patient's chosen one before."""
    rows = np.flatnonzero(chosen)
    if days == 0 or len(rows) == 0:
        return rows
    keep = np.ones(len(rows), dtype=np.bool_)
    keep[1:] = (patient[rows][1:] != patient[rows][:-1]) | (np.diff(time[rows]) >= days)
    return rows[keep]
