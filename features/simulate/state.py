"""The body at a moment: a function of the person and the time alone, before any treatment.

Known liabilities and slopes fix the whole course, so the hazards built on it are known in advance
and the true probabilities need no sampling.

Sources
- BMI: obesity in 30 % of adults of 25–64 years, 27 % of men and 31 % of women, rising with age most
  steeply in women (ЭССЕ-РФ, Баланова 2018, doi 10.15829/1560-4071-2018-6-123-130).
- Pressure: hypertension in 44 % at 25–64 years, men earlier, women steeper (ЭССЕ-РФ, Бойцов 2014).
- Cholesterol: total above 5.0 mmol/L in 58 % (ЭССЕ-РФ, Метельская 2016).
- HbA1c: 5.7–6.4 % in 19.3 % of adults, 31 % from 45 years (NATION, Dedov 2016; Шестакова 2020).
- Kidney: eGFR falls by about 0.9 mL/min/1.73 m² a year after 30; creatinine by inverting CKD-EPI
  2021 (Inker 2021, doi 10.1056/NEJMoa2102953).
"""

from dataclasses import dataclass

import numpy as np

from features.simulate.person import CURRENT, People
from features.simulate.window import YEAR, Bools, Floats

CEILING = 6.4  # % HbA1c that a person without diabetes has at most


@dataclass(frozen=True)
class State:
    """Long-term levels, without noise of the day, of diabetes or of drugs."""

    age: Floats  # years
    bmi: Floats  # kg/m2
    hba1c: Floats  # %
    glucose: Floats  # mmol/L, fasting
    systolic: Floats  # mm Hg
    diastolic: Floats  # mm Hg
    pulse: Floats  # /min
    ldl: Floats  # mmol/L
    hdl: Floats  # mmol/L
    triglycerides: Floats  # mmol/L
    egfr: Floats  # mL/min/1.73 m2
    creatinine: Floats  # umol/L


def state(who: People, time: Floats) -> State:
    """The state of `who` (rows) at `time` (days; one for each row)."""
    age = who.age(time)
    years = time / YEAR
    male = who.male
    bmi = _bmi(who, age, years)
    hba1c = _below(
        5.11 + 0.0085 * (np.minimum(age, 75) - 20) + 0.37 * who.glycaemia + who.glycaemia_slope * years,
        CEILING,
    )
    systolic = (
        np.where(male, 128 + 0.50 * (age - 25), 117 + 0.88 * (age - 25))
        + 13.5 * who.pressure
        + who.pressure_slope * years
    )
    over = np.clip(age, 20, 60) - 20
    ldl = np.where(male, 2.75 + 0.022 * over, 2.4 + 0.031 * over) - 0.012 * np.maximum(age - 62, 0)
    egfr = np.clip(111 - 0.9 * np.maximum(age - 30, 0) + 11 * who.kidney, 12, 135)
    return State(
        age=age,
        bmi=bmi,
        hba1c=hba1c,
        glucose=np.clip(5.2 + 1.1 * (hba1c - 5.4) + who.fasting_offset, 3.7, 6.75),
        systolic=np.clip(systolic, 92, 200),
        diastolic=np.clip(78 + 0.42 * (systolic - 128) - 0.12 * (age - 50), 55, 115),
        pulse=np.clip(71 + 7.5 * who.pulse + 2.0 * ~male + 2.0 * (who.smoking == CURRENT), 48, 110),
        ldl=np.clip(ldl + 0.80 * who.ldl, 1.2, 8.0),
        hdl=np.exp(np.where(male, np.log(1.22), np.log(1.48)) - 0.17 * who.metabolic + 0.06 * who.kidney),
        triglycerides=np.exp(
            np.where(male, np.log(1.40), np.log(1.05))
            + 0.005 * (np.minimum(age, 65) - 45)
            + 0.43 * who.metabolic
        ),
        egfr=egfr,
        creatinine=_creatinine(egfr, age, male),
    )


def _bmi(who: People, age: Floats, years: Floats) -> Floats:
    men = np.interp(age, [18, 25, 35, 45, 55, 65, 75, 95], [23.2, 24.8, 26.4, 27.3, 27.7, 27.7, 27.2, 25.5])
    women = np.interp(age, [18, 25, 35, 45, 55, 65, 75, 95], [21.8, 22.8, 24.8, 26.9, 29.0, 29.8, 29.2, 26.5])
    median = np.where(who.male, men, women)
    spread = np.where(who.male, 0.15, 0.18)
    return np.clip(median * np.exp(spread * who.bmi) + who.bmi_slope * years, 16.0, 58.0)


def _below(value: Floats, ceiling: float) -> Floats:
    """Approach the ceiling smoothly instead of passing it."""
    return value - np.logaddexp(0.0, (value - ceiling) / 0.08) * 0.08


def _creatinine(egfr: Floats, age: Floats, male: Bools) -> Floats:
    kappa, alpha = np.where(male, 79.6, 61.9), np.where(male, -0.302, -0.241)
    ratio = egfr / (142 * 0.9938**age * np.where(male, 1.0, 1.012))
    return kappa * np.where(ratio > 1, ratio ** (1 / alpha), ratio ** (1 / -1.2))
