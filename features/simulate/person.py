"""Who the patients are and what they carry: ages, liabilities, slopes. Nothing that is recorded.

Sources
- Ages: shape of the urban population of Russia by five-year groups (Rosstat, population by sex and
  age, 1 January 2023), rounded; women seek care more often, so 58 % are women, rising with age.
- Smoking: GATS Russia 2016 (Rosstat, WHO): 50 % of men, 14 % of women smoke.
- Parental diabetes: about one adult in five (Framingham Offspring, Wilson 2007).
- Correlations of liabilities: rounded from the clustering of metabolic traits in Framingham
  Offspring (Meigs 1997, Diabetes 46:1594).
- Known diabetes by age: NATION: diabetes in 5.4 % of adults, known to under half of them (Dedov 2016,
  doi 10.1016/j.diabres.2016.02.010), in 9.5 % from 45 years (Шестакова 2020, Сахарный диабет); here all
  know of theirs, since a clinic has tested its patients.
"""

from dataclasses import dataclass, fields

import numpy as np

from features.simulate.window import YEAR, Bools, Floats, Ints

AGES = np.array([18, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 91])
SHARES = np.array([9.5, 7, 9.5, 11, 10, 9, 8, 8, 9, 8, 6, 2.5, 2.5, 1.0])
LIABILITIES = ("bmi", "glycaemia", "pressure", "ldl", "metabolic", "kidney", "pulse")
CORRELATION = np.array(
    [  # bmi   glyc  press ldl   metab kidney pulse
        [1.00, 0.35, 0.30, 0.10, 0.40, 0.00, 0.15],
        [0.35, 1.00, 0.20, 0.05, 0.30, 0.00, 0.10],
        [0.30, 0.20, 1.00, 0.10, 0.20, -0.10, 0.15],
        [0.10, 0.05, 0.10, 1.00, 0.15, 0.00, 0.00],
        [0.40, 0.30, 0.20, 0.15, 1.00, 0.00, 0.10],
        [0.00, 0.00, -0.10, 0.00, 0.00, 1.00, 0.00],
        [0.15, 0.10, 0.15, 0.00, 0.10, 0.00, 1.00],
    ]
)
NEVER, FORMER, CURRENT = 0, 1, 2


@dataclass(frozen=True)
class People:
    """One row a person; liabilities are standard normal, slopes are a year."""

    number: Ints
    male: Bools
    birth: Floats  # days since the start of the window, whole and negative
    height: Floats  # cm
    smoking: Ints
    family: Bools  # a parent or sibling with type 2 diabetes
    bmi: Floats
    bmi_slope: Floats  # kg/m2
    glycaemia: Floats
    glycaemia_slope: Floats  # % HbA1c
    fasting_offset: Floats  # mmol/L of glucose that HbA1c does not explain
    pressure: Floats
    pressure_slope: Floats  # mm Hg
    ldl: Floats
    metabolic: Floats  # high triglycerides, low HDL
    kidney: Floats
    pulse: Floats
    attendance: Floats  # factor on every rate of visits
    attendance_slope: Floats  # log factor
    diabetes: Bools  # known before the window
    diabetes_years: Floats  # known for so long; 0 without

    def __len__(self) -> int:
        return len(self.number)

    def take(self, index: Ints) -> "People":
        """The rows `index`, in that order, repeats allowed."""
        return People(**{field.name: getattr(self, field.name)[index] for field in fields(self)})

    def age(self, time: Floats) -> Floats:
        """Years of age at `time`."""
        return (time - self.birth) / YEAR


def people(rng: np.random.Generator, first: int, count: int) -> People:
    """Draw `count` adults, numbered from `first`."""
    group = rng.choice(len(SHARES), size=count, p=SHARES / SHARES.sum())
    age = AGES[group] + rng.random(count) * (AGES[group + 1] - AGES[group])
    male = rng.random(count) >= 0.53 + 0.0018 * (age - 18)
    z = rng.multivariate_normal(np.zeros(len(LIABILITIES)), CORRELATION, size=count, method="cholesky").T
    liability = dict(zip(LIABILITIES, z, strict=True))
    family = rng.random(count) < 0.20
    liability["glycaemia"] = liability["glycaemia"] + 0.35 * (family - 0.20)
    smoker = rng.random(count) < np.where(male, 0.46, 0.15) * np.clip(1.25 - 0.009 * (age - 25), 0.2, 1.1)
    former = rng.random(count) < np.where(male, 0.35, 0.12)
    known = rng.random(count) < _known_diabetes(age, liability["glycaemia"], liability["bmi"])
    return People(
        number=np.arange(first, first + count, dtype=np.int64),
        male=male,
        birth=-np.ceil(age * YEAR),
        height=np.where(male, 176.5, 163.5)
        - 0.06 * np.maximum(age - 40, 0)
        + 6.6 * rng.standard_normal(count),
        smoking=np.where(smoker, CURRENT, np.where(former, FORMER, NEVER)).astype(np.int64),
        family=family,
        bmi_slope=0.12 + 0.25 * rng.standard_normal(count) - 0.006 * np.maximum(age - 55, 0),
        glycaemia_slope=0.018 + 0.022 * rng.standard_normal(count) + 0.012 * liability["glycaemia"],
        fasting_offset=0.30 * rng.standard_normal(count),
        pressure_slope=0.7 + 0.9 * rng.standard_normal(count),
        attendance=0.2 + 0.8 * rng.gamma(4.0, 1 / 4.0, count),
        attendance_slope=-0.03 + 0.09 * rng.standard_normal(count),
        diabetes=known,
        diabetes_years=np.where(known, rng.gamma(1.6, 4.5, count), 0.0),
        **liability,
    )


def _known_diabetes(age: Floats, glycaemia: Floats, bmi: Floats) -> Floats:
    score = -4.45 + 0.068 * (np.minimum(age, 72) - 40) + 1.1 * glycaemia + 0.45 * bmi
    return 1 / (1 + np.exp(-score))
