"""Who the rows of a table are about: people for the clinic, and their sex and birth date as events."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from features import schema
from features.ingest.intake import record
from features.ingest.person import EPOCH, Person
from features.ingest.reason import Unusable
from features.ingest.table import who
from features.ingest.table.cells import Cells, Flags, Verdict, joined
from features.ingest.table.plan import Context, Plan
from features.ingest.version import UPDATED, VERSION


@dataclass(frozen=True)
class People:
    """`said`: rows that say something of a person; `found`: row of the first mention → the person."""

    said: Flags
    found: list[tuple[int, Person]]

    def persons(self, good: Flags) -> list[Person]:
        """Those of good rows."""
        return [person for row, person in self.found if good[row]]

    def events(self, good: Flags, versions: npt.NDArray[np.int64]) -> list[pl.DataFrame]:
        """Sex and birth date, known from the start; one record a person, apart from those of other sources:
        a correction in one says nothing of what another said."""
        rows: list[tuple[int, datetime | None, str, str, int]] = []
        for row, person in self.found:
            if not good[row]:
                continue
            name = record("table person", person.patient_id, person.subject_id)
            if person.sex:
                sex = schema.FEMALE if person.sex == "F" else schema.MALE
                rows.append((person.subject_id, None, sex, name, int(versions[row])))
            if person.birth_date:
                born = EPOCH.replace(
                    year=person.birth_date.year, month=person.birth_date.month, day=person.birth_date.day
                )
                rows.append((person.subject_id, born, schema.BIRTH, name, int(versions[row])))
        if not rows:
            return []
        columns = ("subject_id", "time", "code", "source_id")
        types = {name: schema.EVENT[name] for name in columns}
        found = pl.DataFrame(rows, schema={**types, VERSION: pl.Int64()}, orient="row")
        return [
            found.select(
                "subject_id",
                "time",
                "code",
                pl.lit(None, pl.Float32).alias("numeric_value"),
                pl.lit(None, pl.String).alias("text_value"),
                pl.lit(None, pl.String).alias("unit"),
                pl.lit(None, schema.INSTANT).alias("known_at"),
                "source_id",
                pl.lit(None, schema.INSTANT).alias(UPDATED),
                VERSION,
            )
        ]


def read(
    frame: pl.DataFrame,
    plan: Plan,
    context: Context,
    patient: Cells,
    subject: npt.NDArray[np.int64],
    verdict: Verdict,
) -> People:
    """The people of a batch: each different mention once. A row whose mention cannot be used is bad."""
    said = plan.table.person
    if not said:
        return People(np.zeros(frame.height, np.bool_), [])
    texts = {name: joined(frame, column).cast(pl.String) for name, column in said.items()}
    table = pl.DataFrame({**texts, "subject": subject})
    mentions = table.with_row_index("row").filter(pl.Series(verdict.good))
    firsts = mentions.unique([*texts, "subject"], keep="first", maintain_order=True)
    some = (
        table.select(pl.any_horizontal(pl.col(n).fill_null("") != "" for n in texts)).to_series().to_numpy()
    )
    found, broken = [], {}
    born, sexes = said.get("birth_date"), said.get("sex")
    formats = tuple(getattr(born, "dates", None) or plan.formats)
    for mention in firsts.iter_rows(named=True):
        row = int(mention.pop("row"))
        cells = {
            n: None if v is None or v.strip() in plan.missing else v for n, v in mention.items() if n in texts
        }
        id = patient.values[patient.index[row]] or ""
        try:
            person = who.person(
                cells,
                int(mention["subject"]),
                context.named(id),
                formats,
                sexes.map if sexes else None,
                plan.shift,
                context.latest,
            )
        except Unusable as error:
            broken[row] = str(error)
            continue
        if any(value is not None for value in cells.values()):
            found.append((row, person))
    _mark(broken, mentions, firsts, verdict)
    return People(some & bool(found), found)


def _mark(broken: dict[int, str], mentions: pl.DataFrame, firsts: pl.DataFrame, verdict: Verdict) -> None:
    """Every row with a mention that cannot be used."""
    for why in set(broken.values()):
        rows = pl.Series([row for row, said in broken.items() if said == why], dtype=pl.UInt32)
        same = firsts.filter(pl.col("row").is_in(rows.to_list())).drop("row")
        hit = mentions.join(same, on=same.columns, how="semi", nulls_equal=True)["row"].to_numpy()
        flags = np.zeros(len(verdict.good), np.bool_)
        flags[hit] = True
        verdict.bad(flags, why)
