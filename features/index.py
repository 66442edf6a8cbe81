"""Published clinical indices over float64 arrays, NaN where missing; the plainest are in features.formula."""

import numpy as np

from features.feature import Floats

MG_DL_CHOLESTEROL, MG_DL_TRIGLYCERIDES, MG_DL_GLUCOSE = 38.67, 88.57, 18.016  # per mmol/L
PMOL_PER_MU_INSULIN = 6.0


def _positive(value: Floats) -> Floats:
    return np.where(value > 0, value, np.nan)


def ratio(a: Floats, b: Floats) -> Floats:
    return a / _positive(b)


def percent(part: Floats, whole: Floats) -> Floats:
    return 100 * part / _positive(whole)


def share(part: Floats, rest: Floats) -> Floats:
    """Of both together; missing if there is none of either."""
    return part / _positive(part + rest)


def change(now: Floats, before: Floats) -> Floats:
    """In per cent of what was before."""
    return 100 * (now - before) / _positive(before)


def total(*parts: Floats) -> Floats:
    return np.asarray(np.sum(parts, axis=0), np.float64)


def some(*parts: Floats) -> Floats:
    """How many of the parts are not 0."""
    return np.asarray(np.sum([part > 0 for part in parts], axis=0), np.float64)


def five_or_more(count: Floats) -> Floats:
    """Polypharmacy as most use the word: five drugs or more (Masnoon et al., BMC Geriatr 2017;17:230)."""
    return np.where(np.isnan(count), np.nan, count >= 5)


def mean_pressure(systolic: Floats, diastolic: Floats) -> Floats:
    """Mean arterial pressure, mmHg: diastolic and a third of the pulse pressure."""
    return diastolic + (systolic - diastolic) / 3


def waist_to_height(waist_cm: Floats, height_cm: Floats) -> Floats:
    return waist_cm / _positive(height_cm)


def tyg(triglycerides: Floats, glucose: Floats) -> Floats:
    """Triglyceride-glucose index from mmol/L: ln(TG · glucose / 2) in mg/dL (Simental-Mendía 2008)."""
    product = _positive(triglycerides) * MG_DL_TRIGLYCERIDES * _positive(glucose) * MG_DL_GLUCOSE
    return np.log(product / 2)


def homa_ir(glucose: Floats, insulin_pmol_l: Floats) -> Floats:
    """Insulin resistance: glucose mmol/L · insulin mU/L / 22.5 (Matthews et al., Diabetologia 1985;28:412)."""
    return _positive(glucose) * _positive(insulin_pmol_l) / PMOL_PER_MU_INSULIN / 22.5


def remnant(total_cholesterol: Floats, hdl: Floats, ldl: Floats) -> Floats:
    """Cholesterol of remnants, mmol/L; never below 0."""
    return np.maximum(total_cholesterol - hdl - ldl, 0)


def ldl(measured: Floats, total_cholesterol: Floats, hdl: Floats, triglycerides: Floats) -> Floats:
    """LDL cholesterol, mmol/L: as reported, or else by Sampson (JAMA Cardiol 2020;5:540).

    Sampson's equation was chosen over Friedewald's since it holds up to triglycerides of 800 mg/dL and for
    low LDL; beyond that it is missing.
    """
    tc, h = total_cholesterol * MG_DL_CHOLESTEROL, hdl * MG_DL_CHOLESTEROL
    tg = np.where((triglycerides > 0) & (triglycerides * MG_DL_TRIGLYCERIDES <= 800), triglycerides, np.nan)
    tg = tg * MG_DL_TRIGLYCERIDES
    found = tc / 0.948 - h / 0.971 - (tg / 8.56 + tg * (tc - h) / 2140 - tg**2 / 16100) - 9.44
    return np.where(np.isnan(measured), np.maximum(found, 0) / MG_DL_CHOLESTEROL, measured)


def fib4(age: Floats, ast: Floats, alt: Floats, platelets: Floats) -> Floats:
    """Liver fibrosis: age · AST / (platelets 10⁹/L · √ALT) (Sterling et al., Hepatology 2006;43:1317)."""
    return age * ast / (_positive(platelets) * np.sqrt(_positive(alt)))


def anion_gap(sodium: Floats, chloride: Floats, bicarbonate: Floats) -> Floats:
    """mmol/L, without potassium."""
    return sodium - chloride - bicarbonate


def corrected_calcium(calcium: Floats, albumin: Floats) -> Floats:
    """mmol/L at an albumin of 40 g/L (Payne et al., Br Med J 1973;4:643)."""
    return calcium + 0.02 * (40 - albumin)


def kidney_stage(egfr: Floats) -> Floats:
    """KDIGO category as a number: G1 1, G2 2, G3a 3, G3b 3.5, G4 4, G5 5."""
    limits, stages = [15.0, 30.0, 45.0, 60.0, 90.0], np.array([5, 4, 3.5, 3, 2, 1])
    found: Floats = stages[np.digitize(egfr, limits)]
    return np.where(np.isnan(egfr), np.nan, found)


def anaemic(hemoglobin: Floats, male: Floats) -> Floats:
    """1 below 130 g/L in men, 120 in women (WHO 2024)."""
    known = ~np.isnan(hemoglobin) & ~np.isnan(male)
    return np.where(known, hemoglobin < np.where(male == 1, 130, 120), np.nan)


def metabolic_syndrome(
    waist: Floats,
    triglycerides: Floats,
    hdl: Floats,
    systolic: Floats,
    diastolic: Floats,
    glucose: Floats,
    male: Floats,
) -> Floats:
    """How many of the five criteria are met (Alberti et al., Circulation 2009;120:1640; European waist).

    Missing if the sex is unknown or fewer than three of them can be judged.
    """
    man = male == 1
    values = (waist, triglycerides, hdl, systolic + diastolic, glucose)
    met = (
        waist >= np.where(man, 94, 80),
        triglycerides >= 1.7,
        hdl < np.where(man, 1.0, 1.3),
        (systolic >= 130) | (diastolic >= 85),
        glucose >= 5.6,
    )
    judged = np.sum([~np.isnan(value) for value in values], axis=0)
    count = np.asarray(np.sum(met, axis=0), np.float64)
    return np.where((judged >= 3) & ~np.isnan(male), count, np.nan)


# Weights of 2011: Quan et al., Am J Epidemiol 2011;173:676. Order: see features/declared/diagnoses.py.
CHARLSON = (2, 2, 1, 1, 2, 1, 2, 1, 2, 4, 6, 4)


def charlson(
    heart_failure: Floats,
    dementia: Floats,
    lung: Floats,
    rheumatic: Floats,
    liver: Floats,
    diabetes_complicated: Floats,
    hemiplegia: Floats,
    kidney: Floats,
    cancer: Floats,
    severe_liver: Floats,
    metastatic: Floats,
    hiv: Floats,
) -> Floats:
    """Charlson comorbidity index without age; the worse of two stages of one illness counts alone."""
    liver = np.where(severe_liver > 0, 0, liver)
    cancer = np.where(metastatic > 0, 0, cancer)
    first = (heart_failure, dementia, lung, rheumatic, liver, diabetes_complicated)
    parts = (*first, hemiplegia, kidney, cancer, severe_liver, metastatic, hiv)
    return total(*(weight * part for weight, part in zip(CHARLSON, parts, strict=True)))
