"""Features computed from other features: published formulas over float64 arrays, NaN where missing."""

import numpy as np

from features.feature import Floats

UMOL_L_PER_MG_DL = 88.42  # creatinine


def male(female_fact: Floats, male_fact: Floats) -> Floats:
    """1 male, 0 female; missing if neither is said, or both."""
    return np.where(female_fact == male_fact, np.nan, male_fact)


def difference(a: Floats, b: Floats) -> Floats:
    return a - b


def bmi(measured: Floats, weight_kg: Floats, height_cm: Floats) -> Floats:
    """Body mass index, kg/m2: as recorded, or else weight over height squared."""
    metres = np.where(height_cm > 0, height_cm, np.nan) / 100
    return np.where(np.isnan(measured), weight_kg / metres**2, measured)


def egfr(creatinine_umol_l: Floats, age: Floats, male: Floats) -> Floats:
    """Glomerular filtration rate, mL/min/1.73 m2, by CKD-EPI 2021 creatinine, without race.

    Missing below 18 years: the equation was made for adults.
    Source: Inker et al., N Engl J Med 2021;385:1737.
    """
    creatinine = np.where(creatinine_umol_l > 0, creatinine_umol_l, np.nan) / UMOL_L_PER_MG_DL
    is_male = male == 1
    relative = creatinine / np.where(is_male, 0.9, 0.7)
    low = np.minimum(relative, 1) ** np.where(is_male, -0.302, -0.241)
    high = np.maximum(relative, 1) ** -1.2
    value = 142 * low * high * 0.9938**age * np.where(is_male, 1.0, 1.012)
    return np.where((age >= 18) & ~np.isnan(male), value, np.nan)
