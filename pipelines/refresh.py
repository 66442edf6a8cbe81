"""The Prefect flow `refresh`: the phases in order, mapped over event shards, retried on I/O."""

from dataclasses import dataclass
from pathlib import Path

from prefect import flow
from pydantic import SecretStr

from clinic.notification.schemas import Outcome
from features.ingest import Account
from models.train import Refused, Trained
from pipelines import cluster, phase
from pipelines.home import Home
from pipelines.progress import Display, Phase
from pipelines.records import Records
from pipelines.runner import Tasks, concealing


@dataclass(frozen=True)
class Result:
    """What one run of the flow did."""

    account: Account | None
    models: list[Trained | Refused]
    cases: int
    scored: int
    reminders: Outcome
    phases: list[Phase]


_THREADS = cluster.task_runner(cluster.THREADS, cluster.WORKERS)


@flow(name="refresh", task_runner=_THREADS, validate_parameters=False)
def refresh(home: Path, records: SecretStr | None = None, within_days: int = 30) -> Result:
    """Ingest → build → train and export → index → score → remind.

    Without `records` (sealed) nothing is ingested: the run goes on with the events that are there. The place of
    the records is a secret to Prefect, which keeps a run's parameters in its database: file names may
    hold names of patients.

    Raises:
        Concealed: whatever went wrong; its `cause` says what.
    """
    with concealing():
        return _refresh(home, records, within_days)


def _refresh(home: Path, records: SecretStr | None, within_days: int) -> Result:
    here, display, runner = Home(home), Display(), Tasks()
    account = phase.ingest(here, Records.opened(records), display, runner) if records else None
    phase.build(here, display, runner)
    models = phase.train(here, display, runner)
    cases = phase.index(here, display, runner)
    scored = phase.score(here, display, runner)
    reminders = phase.remind(here, display, runner, within_days)
    return Result(account, models, cases, scored, reminders, display.phases)
