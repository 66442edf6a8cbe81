"""What is measured at a visit: the level, the noise of the day and of the method, what is left out.

Sources
- Within-person variation: features/variation.py, rounded, with the analytical variation of a good
  laboratory (design) added in quadrature.
- Visit-to-visit systolic pressure: mean SD 7.7 mm Hg in a survey (NHANES III, Muntner 2011, PMID
  21200000); a busy clinic is taken to be noisier.
- Glucose after HbA1c in treated diabetes: ADAG (Nathan 2008, doi 10.2337/dc08-0545), less the meal part.
- Statin: LDL −35 % (moderate intensity: 30–49 %, ACC/AHA 2018); one antihypertensive drug lowers
  systolic pressure by about 9 mm Hg, more at higher values (Law 2009, doi 10.1136/bmj.b1665).
"""

import numpy as np

from features.simulate.course import CHECKUP, Course
from features.simulate.person import People
from features.simulate.state import State
from features.simulate.window import YEAR, Bools, Floats

CV = {
    "total_cholesterol": 0.057,
    "ldl": 0.087,
    "hdl": 0.062,
    "triglycerides": 0.205,
    "creatinine": 0.051,
    "alt": 0.11,
    "hemoglobin": 0.029,
}
GLUCOSE_CV, HBA1C_CV = 0.055, 0.022
SYSTOLIC_SD, DIASTOLIC_SD, PULSE_SD = 9.0, 6.0, 6.0
STATIN = 0.65  # factor on LDL
PRESSURE_DRUGS = 14.0  # mm Hg, one drug or two

# Share of visits at which a thing is measured: check-up, control, acute, symptoms, diabetes.
SHARE = {
    "pressure": (0.98, 0.96, 0.50, 0.98, 0.96),
    "pulse": (0.75, 0.70, 0.30, 0.90, 0.70),
    "weight": (0.96, 0.70, 0.08, 0.80, 0.85),
    "height": (0.60, 0.05, 0.0, 0.20, 0.10),
    "waist": (0.50, 0.10, 0.0, 0.20, 0.30),
    "total_cholesterol": (1.0, 0.30, 0.0, 0.30, 0.20),
    "lipids": (0.70, 0.52, 0.0, 0.40, 0.35),
    "creatinine": (0.32, 0.50, 0.0, 0.60, 0.55),
    "alt": (0.25, 0.40, 0.0, 0.50, 0.40),
    "hemoglobin": (0.60, 0.40, 0.05, 0.60, 0.30),
    "hba1c": (0.82, 0.80, 0.0, 0.90, 0.95),
}

Measured = dict[str, Floats]
"""By quantity, one value a visit; NaN: not measured."""


def measure(rng: np.random.Generator, who: People, now: State, lived: Course, ldl: Floats) -> Measured:
    """Values at every visit as they would be without drugs for pressure and lipids.

    `who`, `now` and `ldl` have one row a visit.
    """
    visits = lived.visits
    count = len(visits)

    def done(what: str, only: Bools | None = None) -> Bools:
        chosen: Bools = rng.random(count) < np.asarray(SHARE[what])[visits.kind]
        return chosen if only is None else chosen & only

    def noisy(what: str, level: Floats) -> Floats:
        values: Floats = level * np.exp(CV[what] * rng.standard_normal(count))
        return values

    def kept(values: Floats, chosen: Bools) -> Floats:
        return np.where(chosen, values, np.nan)

    hba1c, glucose = _glycaemia(who, now, lived)
    glucose = glucose * (1 + GLUCOSE_CV * visits.noise)
    own = rng.standard_normal(count)
    hba1c = hba1c * (1 + HBA1C_CV * (0.6 * visits.noise + 0.8 * own))
    labs = visits.labs
    # HbA1c follows a raised glucose (order 404н, second stage); the young seldom get it otherwise.
    often = np.where(now.age >= 40, 1.0, 0.4)
    ask = labs & ((rng.random(count) < np.asarray(SHARE["hba1c"])[visits.kind] * often) | (glucose >= 6.1))

    tc = ldl + now.hdl + now.triglycerides / 2.2
    panel = done("lipids")
    pressure = done("pressure")
    systolic = now.systolic + SYSTOLIC_SD * rng.standard_normal(count)
    diastolic = (
        now.diastolic + 0.3 * (systolic - now.systolic) + DIASTOLIC_SD * 0.9 * rng.standard_normal(count)
    )
    weighed = done("weight")
    weight = now.bmi * (who.height / 100) ** 2 * np.exp(0.012 * rng.standard_normal(count))
    men = np.where(who.male, 1.0, 0.0)
    waist = 2.35 * now.bmi + 22 + 8 * men + 0.08 * (now.age - 45) + 2.5 * rng.standard_normal(count)
    alt = np.exp(2.85 + 0.25 * men + 0.028 * (now.bmi - 27) + 0.12 * who.metabolic + 0.25 * who.kidney)
    hemoglobin = np.where(who.male, 149, 132) - 0.12 * np.maximum(now.age - 60, 0) + 7 * who.pulse * 0.3
    psa = np.exp(-0.35 + 0.028 * (now.age - 50) + 0.55 * who.kidney + 0.15 * rng.standard_normal(count))
    return {
        "glucose": kept(glucose, labs),
        "hba1c": kept(hba1c, ask),
        "total_cholesterol": kept(noisy("total_cholesterol", tc), done("total_cholesterol") | panel),
        "ldl": kept(noisy("ldl", ldl), panel),
        "hdl": kept(noisy("hdl", now.hdl), panel),
        "triglycerides": kept(noisy("triglycerides", now.triglycerides), panel),
        "creatinine": kept(noisy("creatinine", now.creatinine), done("creatinine")),
        "alt": kept(noisy("alt", alt), done("alt")),
        "hemoglobin": kept(noisy("hemoglobin", hemoglobin), done("hemoglobin")),
        "psa": kept(
            psa,
            (visits.kind == CHECKUP)
            & who.male
            & (now.age >= 45)
            & (now.age < 66)
            & (rng.random(count) < 0.25),
        ),
        "systolic": kept(systolic, pressure),
        "diastolic": kept(np.minimum(diastolic, systolic - 15), pressure),
        "pulse": kept(now.pulse + PULSE_SD * rng.standard_normal(count), done("pulse")),
        "height": kept(who.height + 0.4 * rng.standard_normal(count), done("height")),
        "weight": kept(weight, weighed),
        "bmi": kept(weight / (who.height / 100) ** 2, weighed),
        "waist": kept(waist, done("waist")),
    }


def treated(values: Measured, statin: Bools, drugs: Bools, ldl: Floats) -> Measured:
    """The same values, seen under a statin and under drugs for pressure at the visits marked."""
    lowered = dict(values)
    lowered["ldl"] = np.where(statin, values["ldl"] * STATIN, values["ldl"])
    lowered["total_cholesterol"] = values["total_cholesterol"] - np.where(statin, ldl * (1 - STATIN), 0.0)
    lowered["systolic"] = values["systolic"] - np.where(drugs, PRESSURE_DRUGS, 0.0)
    lowered["diastolic"] = values["diastolic"] - np.where(drugs, PRESSURE_DRUGS / 2, 0.0)
    return lowered


def _glycaemia(who: People, now: State, lived: Course) -> tuple[Floats, Floats]:
    """Levels of HbA1c (%) and fasting glucose (mmol/L) at each visit, by the stage of diabetes.

    At onset the glucose level is such that a day's value reaches 7.0 mmol/L (WHO) with the
    probability that the diagnosis is made: the course decides by the same noise.
    """
    visits = lived.visits
    onset, diagnosis = lived.onset[visits.patient], lived.diagnosis[visits.patient]
    ill = visits.time >= onset
    known = visits.time > diagnosis
    years = np.where(ill, visits.time - np.where(ill, onset, 0.0), 0.0) / YEAR
    late = np.minimum(years, 5.0)
    person = who.fasting_offset / 0.30
    controlled = 6.9 + 0.75 * person + 0.05 * np.minimum(years, 15.0)
    hba1c = np.where(known, np.maximum(controlled, 5.6), np.where(ill, 6.68 + 0.25 * late, now.hba1c))
    glucose = np.where(
        known, np.maximum(1.35 * controlled - 2.0, 4.8), np.where(ill, 7.44 + 0.4 * late, now.glucose)
    )
    return hba1c, glucose
