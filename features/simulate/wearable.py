"""Daily summaries of worn devices: one patient in six, for a part of the window, with gaps.

Sources
- RMSSD: about 42 ms at rest in healthy adults (Nunan 2010, doi 10.1111/j.1540-8159.2010.02841.x),
  falling with age (Umetani 1998, doi 10.1016/S0735-1097(97)00554-8).
- Resting pulse: mean 65.5 /min, lower in men, differing between people far more than within one,
  highest in January, lowest in July (Quer 2020, doi 10.1371/journal.pone.0227709).
- Steps: falling with age and BMI, some tenth more in summer (Tudor-Locke 2011; Tucker 2007): rounded.
- Sleep: about 7 h by device, SD 1 h from night to night: rounded.
- Gaps and synchronisation: design.
"""

import numpy as np
import polars as pl

from features.simulate.person import CURRENT, People
from features.simulate.state import state
from features.simulate.window import YEAR, Floats, Window

SHARE = 1 / 6
DEVICES = ("band-6", "band-8", "watch-3", "watch-5")


def wearables(
    rng: np.random.Generator, span: Window, who: People, ids: pl.Series, death: Floats
) -> pl.DataFrame:
    """One row a worn day; null: not measured that day."""
    count = len(who)
    wears = rng.random(count) < SHARE
    first = np.floor(rng.random(count) * span.days * 0.7)
    length = np.where(wears, rng.gamma(1.6, 1.35 * YEAR, count), 0.0)
    last = np.minimum(np.minimum(first + length, death - 1), span.days - 1)
    days = np.maximum(np.floor(last - first) + 1, 0).astype(np.int64) * wears
    patient = np.repeat(np.arange(count), days)
    day = (
        np.concatenate([np.arange(number) for number in days]) + first[patient] if len(patient) else first[:0]
    )

    # A device is left off for days on end, and forgotten on single ones.
    off = rng.random(len(day)) < 5 / YEAR
    start = np.where(off, np.arange(len(day)), -1)
    latest = np.maximum.accumulate(start) if len(day) else start
    pause = rng.geometric(1 / 9, len(day))
    resting = (latest >= 0) & (np.arange(len(day)) - latest < pause[latest])
    worn = ~resting & (rng.random(len(day)) < 0.93)
    patient, day = patient[worn], day[worn]

    person = who.take(patient)
    now = state(person, day)
    number = len(day)
    own = rng.standard_normal((4, count))[:, patient]
    season = np.cos(2 * np.pi * (_day_of_year(span, day) - 15) / YEAR)  # 1 in mid-January
    weekend = (day.astype(np.int64) + span.start.weekday()) % 7 >= 5
    slow = _weekly(rng, patient, day)
    pulse = (
        now.pulse - 8 + 2.5 * own[0] + 0.18 * (now.bmi - 27) + 0.8 * season + 1.3 * slow
    ) + 1.6 * rng.standard_normal(number)
    rmssd = np.exp(
        np.log(41)
        - 0.013 * (now.age - 45)
        + 0.32 * own[1]
        - 0.012 * (now.bmi - 27)
        - 0.012 * (now.pulse - 71)
        - 0.05 * slow
        + 0.16 * rng.standard_normal(number)
    )
    steps = np.exp(
        np.log(8200)
        - 0.009 * np.maximum(now.age - 40, 0)
        - 0.016 * (now.bmi - 27)
        - 0.06 * season
        - 0.07 * weekend
        + 0.30 * own[2]
        + 0.36 * rng.standard_normal(number)
    )
    sleep = (
        425 + 24 * own[3] + 25 * weekend - 8 * (person.smoking == CURRENT) + 55 * rng.standard_normal(number)
    )
    wear = np.clip(1320 - rng.gamma(1.5, 110, number), 240, 1440)
    # Some devices are synchronised each morning, others when their owner thinks of it.
    synced = (
        day
        + 1
        + rng.random(number) * 0.4
        + np.where(rng.random(number) < 0.12, rng.gamma(1.5, 2.0, number), 0)
    )
    frame = pl.DataFrame(
        {
            "patient_id": ids.gather(patient),
            "date": pl.Series(span.instant(day)).dt.date(),
            "device": pl.Series(DEVICES).gather(who.number[patient] % len(DEVICES)),
            "resting_heart_rate": np.clip(np.round(pulse), 36, 130).astype(np.int64),
            "rmssd": np.round(np.clip(rmssd, 5, 200), 1),
            "steps": np.round(np.clip(steps, 120, 45000)).astype(np.int64),
            "sleep_minutes": np.round(np.clip(sleep, 120, 760)).astype(np.int64),
            "wear_minutes": np.round(wear).astype(np.int64),
            "synced_at": span.instant(synced),
        }
    )
    missing = {
        "resting_heart_rate": rng.random(number) < 0.03,
        "rmssd": rng.random(number) < 0.10,
        "sleep_minutes": rng.random(number) < 0.14,
    }
    return frame.with_columns(
        [
            pl.when(pl.Series(gone)).then(None).otherwise(pl.col(name)).alias(name)
            for name, gone in missing.items()
        ]
    ).filter(pl.Series(synced < span.days))


def _day_of_year(span: Window, day: Floats) -> Floats:
    return (day + span.start.timetuple().tm_yday - 1) % YEAR


def _weekly(rng: np.random.Generator, patient: np.ndarray, day: Floats) -> Floats:
    """Strain that comes and goes over weeks: one standard normal a person and week, smoothed by
    halves."""
    week = (day // 7).astype(np.int64)
    draws = rng.standard_normal((int(patient.max(initial=0)) + 1, int(week.max(initial=0)) + 2))
    within = day / 7 - week
    smooth: Floats = draws[patient, week] * (1 - within) + draws[patient, week + 1] * within
    return smooth
