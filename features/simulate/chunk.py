"""A few hundred patients at once: lived through, then told as records and as truth."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
import polars as pl

from features.simulate import administration, consent, examination, observation, record
from features.simulate.course import CHECKUP, Course, course
from features.simulate.dictionary import CLINICS
from features.simulate.measurement import STATIN, Measured, measure, treated
from features.simulate.person import People, people
from features.simulate.rate import Rates, rates
from features.simulate.state import state
from features.simulate.treatment import Treatment, treat
from features.simulate.truth import risk
from features.simulate.wearable import wearables
from features.simulate.window import Floats, Ints, Window

LDL_DRIFT, LDL_MEMORY = 0.13, 0.75  # SD in mmol/L; correlation from one quarter to the next


class Stream(IntEnum):
    """Each concern draws from a stream of its own: a change in one leaves the others as they were."""

    PEOPLE = 0
    COURSE = 1
    MEASUREMENT = 2
    TREATMENT = 3
    EXAMINATION = 4
    RECORD = 5
    ADMINISTRATION = 6
    CONSENT = 7
    WEARABLE = 8


@dataclass(frozen=True)
class Chunk:
    """Patients, their lives, and what was seen of them."""

    span: Window
    seed: int
    number: int
    who: People
    per_year: Rates  # one row a patient, one column a cell
    lived: Course
    ldl: Floats  # long-term level without drugs [patients, cells inside the window]
    seen: Measured
    treatment: Treatment
    ids: record.Ids
    home_clinic: Ints

    def rng(self, stream: Stream) -> np.random.Generator:
        return _rng(self.seed, self.number, stream)

    def lines(self) -> Iterator[tuple[str, pl.Series]]:
        """Everything that the clinic recorded, as lines of FHIR by resource type."""
        who, lived, ids, span = self.who, self.lived, self.ids, self.span
        visits = lived.visits
        office = self.rng(Stream.ADMINISTRATION)
        yield from administration.patients(office, span, who, ids, self.home_clinic, lived.death)
        booked, appointments = administration.appointments(office, span, who, ids, lived)
        yield from appointments
        yield from administration.invoices(office, who, ids, lived)
        yield from consent.consents(self.rng(Stream.CONSENT), span, who, ids, self.home_clinic, lived)
        desk = self.rng(Stream.RECORD)
        age = who.age(np.zeros(len(who)))[visits.patient]
        yield from record.encounters(desk, ids, visits, age, booked)
        done = self.rng(Stream.EXAMINATION)
        services = examination.examinations(done, who, lived)
        asked = np.flatnonzero((visits.kind == CHECKUP) & (done.random(len(visits)) < 0.55))
        diagnoses = self.treatment.diagnoses
        yield from observation.observations(
            desk,
            span,
            ids,
            visits,
            self.seen,
            (asked, who.smoking[visits.patient[asked]]),
            examination.anti_hcv(done, who, lived),
            diagnoses.visit[diagnoses.late],
        )
        yield from record.conditions(span, ids, diagnoses)
        yield from record.prescriptions(span, ids, self.treatment.prescriptions)
        yield from record.procedures(ids, visits, services, examination.influenza(done, span, who, lived))

    def wearables(self) -> pl.DataFrame:
        """The device cloud's daily summaries."""
        return wearables(self.rng(Stream.WEARABLE), self.span, self.who, self.ids.patients, self.lived.death)

    def subjects(self) -> pl.DataFrame:
        """True dates and liabilities, one row a patient. Dates before the window are real ones too."""
        lived, who = self.lived, self.who
        columns: dict[str, object] = {"patient_id": self.ids.patients}
        for name, day in (
            ("t2d_onset", lived.onset),
            ("t2d_diagnosis", lived.diagnosis),
            ("death", lived.death),
        ):
            inside = day < self.span.days
            instants = self.span.instant(np.where(inside, day, 0.0))
            columns[name] = pl.Series(np.where(inside, instants, np.datetime64("NaT", "us")))
        latent = (field.name for field in fields(who) if field.name not in ("number", "birth"))
        return pl.DataFrame(columns | {name: getattr(who, name) for name in latent})

    def risk(self) -> pl.DataFrame:
        """`t2d_diagnosis_2y` at each quarter start for the living without a recorded diagnosis."""
        start, lived = self.span.edges[self.span.quarters], self.lived
        ill = lived.onset[:, None] < start
        probability = risk(self.span, self.per_year, ill)
        at, column = np.nonzero((lived.death[:, None] > start) & (lived.diagnosis[:, None] >= start))
        return pl.DataFrame(
            {
                "patient_id": self.ids.patients.gather(at),
                "prediction_time": self.span.instant(start[column]),
                "t2d_diagnosis_2y": probability[at, column],
            }
        )

    def lipid(self) -> pl.DataFrame:
        """Long-term LDL and total cholesterol, mmol/L, at each quarter start for the living."""
        start = self.span.edges[self.span.quarters]
        at, column = np.nonzero(self.lived.death[:, None] > start)
        now = state(self.who.take(at), start[column])
        plain = np.maximum(now.ldl + self.ldl[at, self.span.quarters[column]], 0.5)
        statin = self.treatment.on_statin(at, start[column])
        ldl = np.where(statin, plain * STATIN, plain)
        return pl.DataFrame(
            {
                "patient_id": self.ids.patients.gather(at),
                "prediction_time": self.span.instant(start[column]),
                "ldl_cholesterol": ldl,
                "total_cholesterol": ldl + now.hdl + now.triglycerides / 2.2,
            }
        )


def _rng(seed: int, chunk: int, stream: Stream) -> np.random.Generator:
    return np.random.default_rng((seed, chunk, int(stream)))


def live(span: Window, seed: int, number: int, first: int, count: int) -> Chunk:
    """Draw patients `first` … `first + count − 1` and let them live through the window."""
    who = people(_rng(seed, number, Stream.PEOPLE), first, count)
    per_year = cell_rates(span, who)
    lived = course(_rng(seed, number, Stream.COURSE), span, who, per_year)
    visits = lived.visits
    noise = _rng(seed, number, Stream.MEASUREMENT)
    drift = _drift(noise, count, span.cells)
    there = who.take(visits.patient)
    now = state(there, visits.time)
    ldl = np.maximum(now.ldl + drift[visits.patient, span.cell(visits.time)], 0.5)
    plain = measure(noise, there, now, lived, ldl)
    first_day = state(who, np.zeros(count))
    doctor = _rng(seed, number, Stream.TREATMENT)
    treatment = treat(doctor, who, first_day, lived, plain)
    seen = treated(
        plain,
        treatment.on_statin(visits.patient, visits.time),
        treatment.pressure_drugs[visits.patient] < visits.time,
        ldl,
    )
    desk = np.random.default_rng((seed, number, len(Stream)))
    home = desk.choice(len(CLINICS), size=count, p=(0.45, 0.35, 0.20)) + 1
    away = desk.integers(1, len(CLINICS) + 1, len(visits))
    ids = record.Ids(
        patients=pl.Series([f"p{n:07d}" for n in who.number]),
        visits=pl.Series([f"e{number}-{n}" for n in range(len(visits))], dtype=pl.String),
        clinic=np.where(desk.random(len(visits)) < 0.88, home[visits.patient], away),
        start=record.begins(span, visits.time),
        chunk=number,
    )
    return Chunk(span, seed, number, who, per_year, lived, drift, seen, treatment, ids, home)


def cell_rates(span: Window, who: People) -> Rates:
    """Rates of `who` in every cell of `span.edges`, taken at the cell's middle."""
    count, cells = len(who), len(span.middles)
    each = who.take(np.repeat(np.arange(count), cells))
    when = np.tile(span.middles, count)
    flat = rates(each, state(each, when), when)
    return Rates(**{field.name: getattr(flat, field.name).reshape(count, cells) for field in fields(flat)})


def _drift(rng: np.random.Generator, count: int, cells: int) -> Floats:
    """How LDL wanders around its trend: stationary, remembered from quarter to quarter."""
    steps = rng.standard_normal((count, cells)) * LDL_DRIFT
    wander = np.empty_like(steps)
    wander[:, 0] = steps[:, 0]
    for cell in range(1, cells):
        wander[:, cell] = LDL_MEMORY * wander[:, cell - 1] + np.sqrt(1 - LDL_MEMORY**2) * steps[:, cell]
    return wander
