"""The `smartclinic` command."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from features.error import Problem
from pipelines import cluster, environment, lock, log, origin, table
from pipelines import doctor as examination
from pipelines.home import Home
from pipelines.home import home as find_home
from pipelines.origin import Cohort
from pipelines.progress import Display
from pipelines.records import Records
from pipelines.runner import Direct

# Heavy parts (polars, models, Prefect) are imported by the command that uses them: `--help` is instant.

PATIENTS, YEARS, SEED, PORT = 2_000, 5, 1, 8000

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="From a clinic's records to the next right check-up. Everything is kept in one folder: "
    "`SMARTCLINIC_HOME`, by default `var/`.",
)


class Language(StrEnum):
    RU = "ru"
    EN = "en"


Files = Annotated[
    Path | None,
    typer.Argument(
        help="a folder or file: FHIR R4 (JSON, NDJSON), HL7 v2, CDA, exports of devices (--patient), tables "
        "(--mapping); also .gz and .zip. Left out: the simulated cohort.",
        show_default=False,
        readable=False,  # what cannot be read is accounted for, not a wrong argument
    ),
]
Source = Annotated[
    str,
    typer.Option(help="a name for the server that these records come from, where patient ids may clash"),
]
Patient = Annotated[
    str | None,
    typer.Option(help="whose records these are, for what does not say so: the export of a phone or a watch"),
]
Mapping = Annotated[
    str | None,
    typer.Option(help="a mapping file (YAML) of the tables among the records, or a ready one: omop, meds"),
]
Patients = Annotated[int | None, typer.Option(min=1, help=f"patients to simulate [default: {PATIENTS}]")]
Years = Annotated[int | None, typer.Option(min=1, max=20, help=f"years of history [default: {YEARS}]")]
Seed = Annotated[int | None, typer.Option(help=f"the same seed gives the same cohort [default: {SEED}]")]
Until = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="last day of the history [default: today]"),
]
Runner = Annotated[
    str,
    typer.Option(
        help="where shards are worked on: `threads` here, `dask` or `ray` (processes here), or the address "
        "of a cluster that sees the same home folder: `tcp://HOST:8786` (Dask), `ray://HOST:10001` (Ray)"
    ),
]
Workers = Annotated[int, typer.Option(min=1, help="shards worked on at a time, where no cluster decides it")]
Host = Annotated[str, typer.Option(help="address to listen on")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="port; if it is taken, the next free one")]


@app.callback()
def prepare() -> None:
    """Before any command imports what reads the environment."""
    environment.prepare(find_home())


@contextmanager
def _writing(command: str) -> Iterator[tuple[Home, Display]]:
    here = find_home()
    with lock.writing(here, command):
        origin.sweep(here)
        here.prefect.mkdir(parents=True, exist_ok=True)
        yield here, Display()


def _default() -> Cohort:
    return Cohort(PATIENTS, YEARS, SEED, datetime.now(UTC).date())


def _cohort(
    here: Home, patients: int | None, years: int | None, seed: int | None, until: datetime | None
) -> Cohort | None:
    """What was asked for; what was left open is as the home holds it. None: nothing was asked for."""
    if (patients, years, seed, until) == (None, None, None, None):
        return None
    held = origin.read(here)
    base = (held.cohort if held else None) or _default()
    return Cohort(
        base.patients if patients is None else patients,
        base.years if years is None else years,
        base.seed if seed is None else seed,
        base.until if until is None else until.date(),
    )


@app.command()
def simulate(patients: Patients = None, years: Years = None, seed: Seed = None, until: Until = None) -> None:
    """Make a cohort that never lived: FHIR R4 records, a wearable feed, and the truth beside them."""
    from pipelines import phase

    with _writing("simulate") as (here, display):
        cohort = _cohort(here, patients, years, seed, until) or _default()
        summary = phase.simulate(here, cohort, display)
        display.say(", ".join(f"{count:,} {kind}" for kind, count in summary.counts.items()))
        display.say(f"records: {here.records}, the truth about them: {here.truth}")


@app.command()
def ingest(
    records: Files = None,
    source: Source = "",
    patient: Patient = None,
    mapping: Mapping = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="with --mapping: show what it would make of the tables")
    ] = False,
    runner: Runner = cluster.THREADS,
    workers: Workers = cluster.WORKERS,
) -> None:
    """Read records into events: good ones in, the others kept aside with the reason."""
    from pipelines import phase

    if dry_run:
        _rehearse(records, mapping)
        return
    with _writing("ingest") as (here, display):
        given = _records(here, records, source, patient, mapping)
        account = cluster.under(runner, workers, "ingest", lambda on: phase.ingest(here, given, display, on))
    console = table.console()
    table.show(console, table.account(account))
    for outcome in ("ignored", "quarantined"):
        if account.reasons(outcome):
            table.show(console, table.reasons(account, outcome))


def _rehearse(records: Path | None, mapping: str | None) -> None:
    from pipelines import rehearsal

    if mapping is None or records is None:
        raise typer.BadParameter("A dry run needs records and a --mapping.", param_hint="--dry-run")
    found = rehearsal.rehearse(find_home(), Records(records, mapping=mapping))
    table.show(table.console(), *rehearsal.tables(found))


def _records(
    here: Home, path: Path | None, source: str, patient: str | None, mapping: str | None = None
) -> Records:
    if path is not None:
        return Records(path, source, patient, mapping)
    if not here.records.exists():
        raise typer.BadParameter(
            "Name a folder or file of records, or run `smartclinic simulate` first.", param_hint="RECORDS"
        )
    return Records(here.records)


@app.command()
def build(runner: Runner = cluster.THREADS, workers: Workers = cluster.WORKERS) -> None:
    """Turn events into the feature tables that models learn from."""
    from pipelines import phase

    with _writing("build") as (here, display):
        cluster.under(runner, workers, "build", lambda on: phase.build(here, display, on))


@app.command()
def tabulate(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="MEDS events: a Parquet file, or a folder of them in any layout and order; or the events "
            "folder of a home",
            readable=False,
        ),
    ],
    index: Annotated[
        Path,
        typer.Option(
            help="Parquet or CSV of prediction rows: subject_id, prediction_time (UTC) and any labels",
            readable=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="folder to make; a former tabulation in it is replaced")],
    windows: Annotated[
        str, typer.Option(help="(T − w, T] before each prediction time T: hours, days, weeks or full")
    ] = "30d,365d,full",
    aggregates: Annotated[
        str,
        typer.Option(
            help="of static/present, code/count, value/count, value/sum, value/sum_sqd, value/mean, "
            "value/min, value/max, value/first, value/last"
        ),
    ] = "static/present,code/count,value/count,value/sum,value/min,value/max",
    min_count: Annotated[int, typer.Option(min=1, help="columns for codes that INPUT holds so often")] = 10,
    memory: Annotated[str, typer.Option(help="what it may take at most, such as 800MB")] = "2GB",
    like: Annotated[
        Path | None,
        typer.Option(help="a former tabulation: the same columns, as for held-out patients", readable=False),
    ] = None,
    time_unit: Annotated[
        str | None, typer.Option(help="s, ms, us or ns, where times are whole numbers [default: us]")
    ] = None,
) -> None:
    """Every code × window × aggregate of each prediction row, as a sparse matrix with named columns.

    Example: `smartclinic tabulate meds/ --index labels.parquet --windows 30d,365d,full --out table/`, then
    in Python `from features.tabulate import load; t = load(Path("table"))`: `t.matrix` (scipy CSR, row i is row i
    of the index), `t.names` (`LOINC//4548-4 [%]/value/max/365d`), `t.rows` (the index with its labels).
    An event is used only if it happened, and was known, by the prediction time.
    """
    from pipelines import tabulation

    account = tabulation.run(
        data, index, out, windows, aggregates, min_count, memory, like, time_unit, Display()
    )
    table.show(table.console(), tabulation.fates(account))


@app.command()
def task(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="an ACES task file (YAML)", readable=False)],
    predicates: Annotated[
        Path | None, typer.Option(help="a file of predicates; they go before those of FILE", readable=False)
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="MEDS events: a Parquet file or a folder of them. Left out: the home's events",
            readable=False,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="folder to make [default: tasks/ in the home, by FILE's name]")
    ] = None,
    integer: Annotated[
        bool, typer.Option("--integer", help="labels as counts, not as true or false")
    ] = False,
    as_known: Annotated[
        bool,
        typer.Option("--as-known", help="leave out what nobody knew of yet at the prediction time"),
    ] = False,
) -> None:
    """Labels and a cohort from an ACES task file, and how many were lost at each step.

    OUT then holds `labels/` (Parquet in the MEDS label schema), `flow.html` (the flow as a picture) and
    `flow.json`.
    """
    from pipelines import task as extraction

    extraction.run(find_home(), file, predicates, data, out, integer, as_known, Display())


@app.command()
def train(
    model: Annotated[str | None, typer.Argument(help="one model; left out: all", show_default=False)] = None,
) -> None:
    """Train, calibrate, evaluate, export and publish models; refuse what cannot be trained honestly."""
    from models import registry
    from pipelines import phase

    if model is not None and model not in registry.models():
        raise typer.BadParameter(f"There is no such model. There are: {', '.join(registry.models())}.")
    with _writing("train") as (here, display):
        phase.train(here, display, Direct(), model)


@app.command()
def index() -> None:
    """Index similar cases; a running API takes the new index up by itself."""
    from pipelines import phase

    with _writing("index") as (here, display):
        phase.index(here, display, Direct())


@app.command()
def score() -> None:
    """Recommendations and risks of everybody, as of now, into the home's scores folder."""
    from pipelines import phase

    with _writing("score") as (here, display):
        phase.score(here, display, Direct())


@app.command()
def recommend(
    subject: Annotated[int, typer.Argument(help="the patient's number, as the tables show it")],
    language: Annotated[Language, typer.Option(help="of the answer")] = Language.RU,
    as_json: Annotated[bool, typer.Option("--json", help="the API's answer as it is")] = False,
) -> None:
    """What is due for one patient, when and why; through the API where it is running."""
    from pipelines import question

    here = find_home()
    found, risks = question.ask(here, subject, "en" if language is Language.EN else "ru")
    if as_json:
        sys.stdout.write(
            json.dumps([json.loads(a.model_dump_json()) for a in (found, risks)], ensure_ascii=False) + "\n"
        )
        return
    table.show(table.console(), *table.recommendations([(found, risks)], shown=None))


@app.command()
def equation(
    name: Annotated[str, typer.Argument(help="as prevent, score2, ckd_epi_2021: docs/equations.md")],
) -> None:
    """A published risk equation for one person: inputs as JSON on stdin, the result as JSON."""
    from pipelines import equation as published

    sys.stdout.write(published.answer(name, sys.stdin.buffer.read(published.LONGEST + 1)) + "\n")


@app.command()
def remind(
    within_days: Annotated[int, typer.Option(min=0, max=366, help="how far ahead")] = 30,
) -> None:
    """Write a letter to each patient who agreed to it and for whom something is due; never twice."""
    from pipelines import phase

    with _writing("remind") as (here, display):
        phase.remind(here, display, Direct(), within_days)
        display.say(f"letters: {here.mailbox}")


@app.command()
def up(host: Host = "127.0.0.1", port: Port = PORT) -> None:
    """Serve the API over what the last run made, until Ctrl-C."""
    here = find_home()
    _serve(here, host, port)


@app.command()
def run(
    records: Files = None,
    source: Source = "",
    patient: Patient = None,
    patients: Patients = None,
    years: Years = None,
    seed: Seed = None,
    until: Until = None,
    runner: Runner = cluster.THREADS,
    workers: Workers = cluster.WORKERS,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="leave the API running")] = True,
    host: Host = "127.0.0.1",
    port: Port = PORT,
) -> None:
    """The whole loop: records → events → features → models → index → recommendations → reminders → API."""
    with _writing("run") as (here, _):
        from pipelines import loop

        given = Records(records, source, patient) if records is not None else None
        loop.run(here, given, _cohort(here, patients, years, seed, until), _default(), runner, workers)
    if serve:
        _serve(here, host, port)


def _serve(here: Home, host: str, port: int) -> None:
    from features.shards import ParquetEvents
    from pipelines import server

    ParquetEvents(here.events)  # says what to do where there are no events yet, before anything is made
    log.configure()
    try:
        listening = server.listen(host, port)
    except OSError as error:
        raise Problem(
            f"Nothing can listen on {host}:{port} ({error.strerror}): name another --port."
        ) from None
    taken = "" if port in (0, listening.getsockname()[1]) else f" (port {port} is taken)"
    url = server.address(listening)
    said = f"API on {url}{taken}, its pages on {url}/docs; Ctrl-C stops it"
    server.serve(here, listening, lambda: Display().say(said))


@app.command()
def doctor() -> None:
    """What is installed, what is reachable, what is missing and how to get it."""
    found = examination.examine(find_home())
    table.show(table.console(), table.findings(found))
    if any(finding.needed and finding.state != "ok" for finding in found):
        raise typer.Exit(1)


def main() -> None:
    """Run the command; what the user can mend is one line, not a traceback."""
    log.configure("WARNING")
    try:
        app(standalone_mode=True)
    except Problem as problem:
        Console(stderr=True).print(
            f"[red]Error:[/red] {escape(str(problem))}", soft_wrap=True, highlight=False
        )
        sys.exit(1)
