"""The stages of a run over one home folder: each calls the part that does the work.

Every stage may be killed and run again: what it writes appears by one rename, or is merged so that
a second time adds nothing.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import polars as pl

from clinic import state
from clinic.consent import service as consent
from clinic.identity import service as identity
from clinic.identity.pseudonym import pseudonym
from clinic.notification import tasks as notification
from clinic.notification.schemas import Ask, Outcome
from clinic.settings import Settings as ClinicSettings
from features import dictionary, register
from features.error import Problem
from features.ingest import Account, ConsentRecord, NothingReadable, Options, Person, merge_shard, read
from features.ingest.options import options
from features.ingest.table.load import load
from features.ingest.table.prepared import prepare
from features.shards import SHARDS, ParquetEvents
from features.simulate import Summary
from features.simulate import simulate as generate
from models import cohort, registry
from models.train import Refused, Trained
from models.train import train as train_one
from pipelines import engine, origin, outside
from pipelines.home import Home
from pipelines.origin import Cohort, Origin
from pipelines.progress import Advance
from pipelines.records import Records
from serving import qdrant
from serving.encoder import encoder
from serving.indexing import index_cases
from serving.schemas import Language

RECOMMENDATIONS, RISKS = "recommendations.ndjson", "risks.ndjson"
CHUNK = 500  # subjects scored between two steps of the progress bar


class NoRecords(Problem):
    """The records that the user named are not there."""


class NoTable(Problem):
    """A model's feature table was not built."""


def now() -> datetime:
    """The present, UTC, without a zone mark: as events have it."""
    return datetime.now(UTC).replace(tzinfo=None)


def simulate(home: Home, cohort: Cohort, advance: Advance) -> Summary:
    """Generate a cohort in place of an earlier simulated one.

    Raises:
        MixedOrigin: the home holds real records.
    """
    origin.clear(home)
    summary = generate(
        home.records,
        home.truth,
        patients=cohort.patients,
        years=cohort.years,
        seed=cohort.seed,
        until=cohort.until,
        progress=lambda done: advance(done, cohort.patients),
    )
    origin.write(home, Origin("simulated", cohort))
    return summary


def admissible(home: Home, inputs: Path) -> None:
    """Whether there is anything to read at `inputs`.

    Raises:
        NoRecords: there is not.
    """
    if not inputs.exists():
        raise NoRecords(f"There is no file or folder {inputs}.")
    if home.root.is_relative_to(inputs.resolve()):
        raise NoRecords(
            f"The home folder {home.root} lies inside {inputs}, so the run would read what it writes: "
            "name the folder of the records alone, or another home with SMARTCLINIC_HOME."
        )


def admit(home: Home, inputs: Path) -> None:
    """Make the home ready for these records: simulated patients leave before real ones come, and from
    then on the home is known to hold real ones.

    Raises:
        NoRecords: there is nothing at `inputs`.
    """
    admissible(home, inputs)
    if inputs.resolve() == home.records.resolve():
        return
    held = origin.read(home)
    if held is None or held.kind == "simulated":
        origin.clear(home)
        origin.write(home, Origin("records"))


def told(home: Home, records: Records) -> Options:
    """What the user says about the records: on the command line, in the home, in the mapping of tables.

    Raises:
        BadMapping: the mapping cannot be used, or none of the files fits it.
        OptionsError, TableError: what the home says about records cannot be used.
    """
    tables = prepare(load(records.mapping), records.path) if records.mapping else None
    zone = engine.settings(home).zone or UTC
    said = Options(patient=records.patient, zone=zone, tables=tables, samples=home.samples)
    return options(home.options, said)


def read_records(home: Home, records: Records, advance: Advance) -> Account:
    """Read and stage; people and consents go to the clinic.

    Raises:
        NothingReadable: not one resource could be read.
        OptionsError, TableError, RegisterError: what the home says about records cannot be used.
        BadMapping: the mapping of the tables cannot be used.
    """
    dictionary.extend(register.folder(home.dictionaries))
    said = told(home, records)
    store = ParquetEvents.create(home.events, SHARDS)
    connection = state.connect(home.clinic)

    def people(batch: Sequence[Person]) -> None:
        with state.transaction(connection):
            identity.upsert(connection, batch)

    def consents(batch: Sequence[ConsentRecord]) -> None:
        with state.transaction(connection):
            consent.record(connection, batch)

    try:
        return read(
            records.path,
            staging=home.staging,
            shards=store.count,
            subject=pseudonym(home.clinic),
            people=people,
            consents=consents,
            quarantine=home.quarantine,
            now=now(),
            progress=advance,
            namespace=records.source,
            options=said,
        )
    except NothingReadable:
        if not store.shard_ids():
            origin.forget(home)  # nobody came, so the home is as free as before
        raise
    finally:
        connection.close()
        said.codes.queue(home.unknown_codes)


def merge(home: Home, shard: int) -> int:
    """Merge one staged shard; returns how many events are new."""
    return merge_shard(home.events, home.staging, shard)


def unstage(home: Home) -> None:
    """Remove what was staged and is merged."""
    shutil.rmtree(home.staging, ignore_errors=True)


def data_end(home: Home) -> datetime:
    """The latest event of the store.

    Raises:
        NoEvents: nothing was ingested.
    """
    store = ParquetEvents(home.events)
    ends = [
        pl.scan_parquet(store.path(shard), hive_partitioning=False)
        .select(pl.col("time").max())
        .collect()
        .item()
        for shard in store.shard_ids()
    ]
    return max((end for end in ends if end is not None), default=now())


def shard_tables(home: Home, shard: int, end: datetime) -> dict[str, cohort.Table]:
    """Every model's training rows from one shard."""
    events = ParquetEvents(home.events).read_shard(shard)
    return {name: cohort.feature_table(spec, events, end) for name, spec in registry.models().items()}


def write_tables(home: Home, shards: Iterable[dict[str, cohort.Table]]) -> dict[str, int]:
    """Put the shards' rows together, one file a model; returns rows by model."""
    parts = list(shards)
    rows = {}
    for name in registry.models():
        if found := [part[name] for part in parts]:
            table = cohort.concat(found)
            cohort.write(table, home.features / f"{name}.parquet")
            rows[name] = table.rows.height
    return rows


def train(home: Home, name: str, advance: Advance) -> Trained | Refused:
    """Train, gate and publish one model from its table.

    Raises:
        NoTable: the table was not built.
        ServerAway: an MLflow server is named and does not answer.
    """
    outside.MLFLOW.demand()
    path = home.features / f"{name}.parquet"
    if not path.exists():
        raise NoTable(f"There is no feature table of {name}: run `smartclinic build` first.")
    home.bundles.mkdir(parents=True, exist_ok=True)  # there even if no model can be published
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        advance(steps, 0)

    return train_one(
        registry.models()[name],
        cohort.read(path),
        mlflow=outside.MLFLOW.url or home.mlflow,
        bundles=home.bundles,
        threads=os.cpu_count() or 1,
        progress=step,
    )


def index(home: Home) -> int:
    """Index similar cases as known now; returns how many.

    Raises:
        ServerAway: a Qdrant server is named and does not answer.
    """
    outside.QDRANT.demand()
    chosen = engine.settings(home)
    connection = state.connect(home.clinic)
    try:
        permitted = consent.permitted(connection, "research", datetime.now(UTC))
        organisations = {
            person.subject_id: person.organisation
            for page in identity.pages(connection)
            for person in page
            if person.organisation
        }
    finally:
        connection.close()
    return index_cases(
        ParquetEvents(home.events),
        permitted,
        organisations,
        home.cases,
        now(),
        encoder=encoder(chosen.text_encoder),
        server=qdrant.server(chosen),
    )


def score(home: Home, advance: Advance) -> int:
    """Recommendations and risks of every subject, as of now; returns how many subjects."""
    answers = engine.batch(home)
    subjects = answers.store.subjects().to_list()
    time = now()
    home.scores.mkdir(parents=True, exist_ok=True)
    with (
        _replacing(home.scores / RECOMMENDATIONS) as recommended,
        _replacing(home.scores / RISKS) as risks,
        closing(answers.bundles),
    ):
        for start in range(0, len(subjects), CHUNK):
            ids = subjects[start : start + CHUNK]
            recommended.writelines(f"{a.model_dump_json()}\n" for a in answers.recommend(ids, time))
            risks.writelines(f"{a.model_dump_json()}\n" for a in answers.risks(ids, time))
            advance(min(start + CHUNK, len(subjects)), len(subjects))
    return len(subjects)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """A file that takes the place of `path` when the block ends well."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8") as file:
        yield file
    partial.replace(path)


def anonymous() -> bool:
    """Whether the letters come from the sender that stands in until the clinic names its own."""
    return ClinicSettings().sender.endswith(".invalid")


def remind(home: Home, advance: Advance, within_days: int = 30) -> Outcome:
    """Write the letters that are due, into the clinic's mailbox folder."""
    answers = engine.batch(home)
    known = set(answers.store.subjects().to_list())

    def ask(language: Language) -> Ask:
        # A person without any event (no birth date, no sex, no record) has nothing to be asked about.
        return lambda ids, time: answers.recommend([i for i in ids if i in known], time, language)

    connection = state.connect(home.clinic)
    try:
        return notification.remind(
            connection,
            home.mailbox,
            ask("ru"),
            english=ask("en"),
            now=datetime.now().astimezone(answers.zone),  # the clinic's own day and zone
            clinic=ClinicSettings().clinic(),
            within_days=within_days,
            progress=advance,
        )
    finally:
        connection.close()
        answers.bundles.close()
