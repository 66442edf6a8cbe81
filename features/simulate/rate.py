"""How often things happen to a person in a given state, a year: onset, death, visits.

Sources
- Onset of type 2 diabetes: by HbA1c, 5-year incidence under 9 % at 5.0–5.5, 9–25 % at 5.5–6.0 and
  25–50 % at 6.0–6.5 (Zhang 2010, doi 10.2337/dc09-1939), that is about tenfold for 1 % HbA1c;
  adjusted odds ratios 2.50 for BMI ≥ 30, 2.57 for low HDL, 1.78 for high triglycerides, 1.76 for
  parental diabetes, 1.65 for raised pressure (Framingham Offspring, Wilson 2007,
  doi 10.1001/archinte.167.10.1068); smoking 1.44 (Willi 2007, doi 10.1001/jama.298.22.2654).
- Death: Gompertz with the level and slope of Russian life tables (Human Mortality Database, Russia,
  2019: women die at 0.8 % a year at 60 and 2 % at 70, men at 2.2 % and 4.4 %); smoking about doubles it (Doll 2004,
  doi 10.1136/bmj.38142.554479.AE); diabetes 1.80 (Emerging Risk Factors Collaboration 2011,
  doi 10.1056/NEJMoa1008862).
- Visits: check-ups as order 404н invites to them (yearly; somewhat over half come); other visits so
  that an adult comes about three times a year and the sick more often. Design, not measurement.
"""

from dataclasses import dataclass

import numpy as np

from features.simulate.person import CURRENT, People
from features.simulate.state import State
from features.simulate.window import YEAR, Bools, Floats

DETECTION = 0.85  # probability that a visit with labs after onset ends in the diagnosis
DIABETES_MORTALITY = 1.8
# The network opens its records with a campaign: extra check-ups a year, while it lasts.
WELCOME, WELCOME_DAYS = 3.2, 190
# Visits a year that untreated diabetes brings about. Onset here is of glycaemia that shows, not of
# the silent years before it, so the diagnosis follows within months.
SYMPTOMS = 5.0


@dataclass(frozen=True)
class Rates:
    """A year, for each row of the people and times that they were asked for."""

    onset: Floats
    death: Floats  # without diabetes
    checkup: Floats
    control: Floats  # planned visits with labs
    acute: Floats  # without labs

    @property
    def labs(self) -> Floats:
        return self.checkup + self.control

    @property
    def detection(self) -> Floats:
        """Of the diagnosis, after onset."""
        return DETECTION * (self.labs + SYMPTOMS)


def rates(who: People, now: State, time: Floats) -> Rates:
    """Rates for `who` in state `now` at `time` (days); arrays of one shape."""
    smokes = who.smoking == CURRENT
    coming = who.attendance * np.exp(who.attendance_slope * time / YEAR)
    hypertensive: Bools = now.systolic >= 140
    burden = (
        0.50 * hypertensive
        + 0.30 * (now.bmi >= 30)
        + 0.30 * (now.ldl >= 4.5)
        + 0.45 * (now.egfr < 60)
        + 0.25 * (now.hba1c >= 6.0)
        + 0.012 * np.maximum(now.age - 40, 0)
    )
    return Rates(
        onset=np.exp(
            -5.02
            + 1.1 * (now.glucose - 5.4)
            + 1.9 * (now.hba1c - 5.6)
            + 0.065 * (now.bmi - 27)
            + 0.55 * who.metabolic
            + 0.30 * who.family
            + 0.010 * (now.systolic - 130)
            + 0.25 * smokes
        ),
        death=_gompertz(now.age, who.male)
        * np.exp(0.60 * smokes - 0.40 - 0.22 * who.male + 0.008 * (now.systolic - 135)),
        checkup=coming * np.where(who.male, 0.46, 0.58) + WELCOME * np.sqrt(coming) * (time < WELCOME_DAYS),
        control=coming * (0.25 + burden),
        acute=coming * (0.70 + 0.5 * burden + 0.25 * ~who.male),
    )


def _gompertz(age: Floats, male: Bools) -> Floats:
    return np.where(male, 0.022 * np.exp(0.070 * (age - 60)), 0.0080 * np.exp(0.095 * (age - 60)))
