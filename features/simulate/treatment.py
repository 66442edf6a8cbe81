"""Diagnoses that doctors record and drugs that they prescribe.

Sources
- Awareness and treatment of hypertension: ЭССЕ-РФ (Бойцов 2014): 67.5 % of men and 78.9 % of women
  with it know, 39.5 % and 60.9 % take drugs.
- Ischaemic heart disease and stroke: yearly risks of the order of SCORE2 for very-high-risk
  countries (doi 10.1093/eurheartj/ehab309); ratios by pressure, LDL, smoking, diabetes rounded.
- Shares of long-standing and short illnesses, of doctors' attention, of staying on a statin: design.
"""

from dataclasses import dataclass

import numpy as np

from features.simulate.course import ACUTE, CHECKUP, Course, first_time
from features.simulate.dictionary import DIAGNOSES, DRUGS
from features.simulate.measurement import Measured
from features.simulate.person import CURRENT, People
from features.simulate.state import State
from features.simulate.window import YEAR, Bools, Floats, Ints

PRESSURE = ("C09AA05", "C09CA01", "C08CA01", "C07AB07", "C03BA11")

# Long-standing illnesses: share of women and of men at 50, log-odds a year of age.
LONG = {
    "E03.9": (0.060, 0.012, 0.012),
    "I48.9": (0.008, 0.010, 0.075),
    "I83.9": (0.120, 0.040, 0.020),
    "J45.9": (0.035, 0.030, 0.0),
    "K21.9": (0.070, 0.060, 0.010),
    "K29.5": (0.150, 0.130, 0.010),
    "M17.0": (0.090, 0.050, 0.055),
    "M42.1": (0.160, 0.140, 0.020),
}
# Short illnesses of acute visits: shares of men and of women, the drug that may follow.
SHORT = {
    "J06.9": (0.50, 0.47, None),
    "J20.9": (0.12, 0.10, "J01CA04"),
    "M54.5": (0.26, 0.22, "M01AE01"),
    "N30.0": (0.01, 0.11, "J01XX01"),
    "L23.9": (0.11, 0.10, "H02AB06"),
}


@dataclass(frozen=True)
class Entries:
    """One row a recorded diagnosis or prescription.

    `code` is a position in DIAGNOSES or DRUGS; `visit` a row of the visits, −1 for what was recorded
    before the window; `day` and `onset` are days since the start; `late`: written down in the
    evening, when the day's results are in.
    """

    patient: Ints
    code: Ints
    visit: Ints
    day: Floats
    onset: Floats
    late: Bools


@dataclass(frozen=True)
class Treatment:
    diagnoses: Entries
    prescriptions: Entries
    statin: Floats  # day of each patient's first statin; infinite: never
    statin_until: Floats
    pressure_drugs: Floats

    def on_statin(self, patient: Ints, time: Floats) -> Bools:
        """Whether each of these patients takes a statin at that time."""
        taking: Bools = (time > self.statin[patient]) & (time < self.statin_until[patient])
        return taking


_DIAGNOSIS = {code: position for position, code in enumerate(DIAGNOSES)}
_DRUG = {code: position for position, code in enumerate(DRUGS)}


class _Book:
    """Entries as they are written, in columns."""

    def __init__(self, lived: Course, codes: dict[str, int]) -> None:
        self.visits, self.codes = lived.visits, codes
        self.rows: list[Entries] = []

    def before(self, code: str, who: Bools, day: Floats) -> None:
        """Known before the window, since `day` (one a patient)."""
        patient = np.flatnonzero(who)
        number = len(patient)
        self.rows.append(
            Entries(
                patient,
                np.full(number, self.codes[code]),
                np.full(number, -1),
                day[patient],
                day[patient],
                np.zeros(number, dtype=np.bool_),
            )
        )

    def at(self, code: str, visit: Ints, late: bool = False, onset: Floats | None = None) -> None:
        """Written at these visits (rows)."""
        time = self.visits.time[visit]
        number = len(visit)
        self.rows.append(
            Entries(
                self.visits.patient[visit],
                np.full(number, self.codes[code]),
                visit,
                time,
                time if onset is None else onset,
                np.full(number, late),
            )
        )

    def close(self) -> Entries:
        return Entries(
            *(
                np.concatenate([getattr(row, column) for row in self.rows])
                for column in ("patient", "code", "visit", "day", "onset", "late")
            )
        )


def treat(rng: np.random.Generator, who: People, start: State, lived: Course, seen: Measured) -> Treatment:
    """Decide at every visit what is diagnosed and prescribed.

    `who` and `start` (the state on the first day) have one row a patient; `seen` one row a visit, as
    it would be without drugs.
    """
    count, visits = len(who), lived.visits
    patient, time = visits.patient, visits.time
    diagnoses, drugs = _Book(lived, _DIAGNOSIS), _Book(lived, _DRUG)

    def chance(probability: Floats | float, size: int = count) -> Bools:
        return rng.random(size) < probability

    def since(mean_years: float) -> Floats:
        return -np.ceil(rng.gamma(1.4, mean_years / 1.4, count) * YEAR) - 1

    def rows(day: Floats) -> Ints:
        """Rows of the visits at which something first happens, given when."""
        return np.flatnonzero(time == day[patient])

    def either(known: Bools, found: Bools) -> tuple[Floats, Ints]:
        day = np.where(known, -1.0, first_time(patient, time, found & ~known[patient], count))
        return day, rows(day)

    planned = visits.kind != ACUTE
    coin = rng.random((6, len(visits)))

    # Hypertension and its drugs.
    known = (start.systolic >= 140) & chance(np.where(who.male, 0.675, 0.789))
    since_when = since(7.0)
    diagnoses.before("I10", known, since_when)
    hypertension, found = either(known, planned & (seen["systolic"] >= 140) & (coin[0] < 0.45))
    diagnoses.at("I10", found)
    takes = known & chance(np.where(who.male, 0.58, 0.77)) | ~known & chance(0.8)
    pressure_drugs = np.where(takes, hypertension, np.inf)
    choice = rng.choice(5, size=(2, count), p=(0.32, 0.28, 0.16, 0.16, 0.08))
    second = chance(np.clip((start.systolic - 135) / 60, 0.05, 0.7)) & (choice[0] != choice[1])
    for position, code in enumerate(PRESSURE):
        _course_of(drugs, rng, code, np.where(choice[0] == position, pressure_drugs, np.inf), 0.55)
        _course_of(drugs, rng, code, np.where(second & (choice[1] == position), pressure_drugs, np.inf), 0.55)

    # Diabetes, prediabetes, heredity.
    diabetic_since = np.floor(lived.diagnosis)
    diagnoses.before("E11.9", who.diabetes, diabetic_since)
    diagnosed = rows(np.where(who.diabetes, np.inf, lived.diagnosis))
    diagnoses.at("E11.9", diagnosed, late=True)
    diabetes = np.where(who.diabetes, -1.0, lived.diagnosis)

    def later(years: float) -> Floats:
        return np.where(who.diabetes, -1.0, diabetes + years * YEAR)

    raised = (seen["glucose"] >= 6.1) | (seen["hba1c"] >= 6.0)
    # A doctor who records diabetes records no prediabetes that day or later.
    raised &= time < diabetes[patient]
    hyper, found = either(~who.diabetes & (start.hba1c >= 6.0) & chance(0.15), raised & (coin[1] < 0.45))
    diagnoses.before("R73.0", hyper < 0, since(2.0))
    diagnoses.at("R73.0", found, late=True)
    _course_of(drugs, rng, "A10BA02", np.where(chance(0.88), diabetes, np.inf), 0.6, late=True)
    _course_of(drugs, rng, "A10BB09", np.where(chance(0.30), later(1.5), np.inf), 0.5)
    _course_of(drugs, rng, "A10BK03", np.where(chance(0.22), later(2.0), np.inf), 0.5)
    asked = first_time(patient, time, (visits.kind == CHECKUP) & who.family[patient] & (coin[2] < 0.6), count)
    diagnoses.at("Z83.3", rows(asked))

    # Heart, brain, kidney.
    age = start.age
    ischaemic_risk = np.exp(
        -5.1
        + 0.065 * (np.minimum(age, 85) - 60)
        + 0.55 * who.male
        + 0.55 * (who.smoking == CURRENT)
        + 0.013 * (start.systolic - 140)
        + 0.25 * (start.ldl - 3.5)
        + 0.6 * who.diabetes
    )
    for code, ratio in (("I20.8", 0.6), ("I25.1", 0.4), ("I63.9", 0.35)):
        old = chance(np.minimum(ischaemic_risk * ratio * 11, 0.5))
        diagnoses.before(code, old, since(5.0))
        onset = np.where(old, np.inf, rng.exponential(size=count) / (ischaemic_risk * ratio) * YEAR)
        new = first_time(patient, time, time >= onset[patient], count)
        found = rows(new)
        diagnoses.at(code, found, onset=onset[patient[found]])
        _course_of(drugs, rng, "B01AC06", np.where(chance(0.75), np.where(old, -1.0, new), np.inf), 0.5)
    # eGFR below 60 on creatinine: the level decides, so the result of the day need not be inverted.
    slow = (start.egfr < 60)[patient] & ~np.isnan(seen["creatinine"])
    kidney, found = either((start.egfr < 60) & chance(0.4), slow & (coin[3] < 0.5))
    diagnoses.before("N18.3", kidney < 0, since(4.0))
    diagnoses.at("N18.3", found, late=True)

    # Lipids and statins.
    high = np.where(diabetes[patient] <= time, 3.0, 3.9)
    known = (start.ldl >= 4.0) & chance(0.35)
    mixed = start.triglycerides > 1.9
    lipids, found = either(known, (seen["ldl"] >= high) & (coin[4] < 0.5))
    before = since(4.0)
    for code, these in (("E78.2", mixed), ("E78.0", ~mixed)):
        diagnoses.before(code, known & these, before)
        diagnoses.at(code, found[these[patient[found]]], late=True)
    statin = np.where(chance(np.where(known, 0.55, 0.65)), lipids, np.inf)
    stays = np.where(np.isfinite(statin), statin, 0.0) + np.where(known, 3.0, 1.0) * rng.exponential(
        5 * YEAR, count
    )
    rosuvastatin = chance(0.4)
    for code, these in (("C10AA05", ~rosuvastatin), ("C10AA07", rosuvastatin)):
        _course_of(drugs, rng, code, np.where(these, statin, np.inf), 0.55, late=True, until=stays)

    # Obesity, long-standing illnesses, short ones.
    known = (start.bmi >= 30) & chance(0.4)
    diagnoses.before("E66.0", known, since(5.0))
    diagnoses.at("E66.0", either(known, planned & (seen["bmi"] >= 30) & (coin[5] < 0.4))[1])
    for code, (women, men, slope) in LONG.items():
        odds = np.where(who.male, men / (1 - men), women / (1 - women)) * np.exp(slope * (age - 50))
        old = chance(odds / (1 + odds))
        diagnoses.before(code, old, since(6.0))
        if code == "E03.9":
            _course_of(drugs, rng, "H03AA01", np.where(old, -1.0, np.inf), 0.4)
        if code == "J45.9":
            _course_of(drugs, rng, "R03BA02", np.where(old, -1.0, np.inf), 0.4)
        if code == "K21.9":
            _course_of(drugs, rng, "A02BC01", np.where(old, -1.0, np.inf), 0.25)
    _short(rng, who, lived, diagnoses, drugs)
    return Treatment(diagnoses.close(), drugs.close(), statin, stays, pressure_drugs)


def _short(rng: np.random.Generator, who: People, lived: Course, diagnoses: _Book, drugs: _Book) -> None:
    acute = np.flatnonzero((lived.visits.kind == ACUTE) & (rng.random(len(lived.visits)) < 0.75))
    male = who.male[lived.visits.patient[acute]]
    which = np.empty(len(acute), dtype=np.int64)
    for sex, column in ((True, 0), (False, 1)):
        shares = np.array([share[column] for share in SHORT.values()])
        which[male == sex] = rng.choice(len(SHORT), size=int((male == sex).sum()), p=shares / shares.sum())
    for position, (code, (_, _, drug)) in enumerate(SHORT.items()):
        these = acute[which == position]
        diagnoses.at(code, these)
        if drug is not None:
            drugs.at(drug, these[rng.random(len(these)) < 0.55])


def _course_of(
    drugs: _Book,
    rng: np.random.Generator,
    code: str,
    start: Floats,
    renewed: float,
    *,
    late: bool = False,
    until: Floats | None = None,
) -> None:
    """Prescribed at the visit where it starts and, with probability `renewed`, at later planned ones."""
    visits = drugs.visits
    first = start[visits.patient]
    again = (visits.kind != ACUTE) & (visits.time > first) & (rng.random(len(visits)) < renewed)
    if until is not None:
        again &= visits.time < until[visits.patient]
    drugs.at(code, np.flatnonzero(visits.time == first), late=late)
    drugs.at(code, np.flatnonzero(again))
