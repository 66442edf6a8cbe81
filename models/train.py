"""One model from its table to its published bundle: the entry that pipelines call."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.cohort import Table
from models.manifest import Manifest
from models.publish import publish
from models.spec import ModelSpec
from models.training import NotTrainable, fit


@dataclass(frozen=True)
class Trained:
    """A published model. `new`: false if exactly this version was already published."""

    manifest: Manifest
    folder: Path
    new: bool
    flow: dict[str, int]


@dataclass(frozen=True)
class Refused:
    """No model, and why, in plain words: the caller goes on without it."""

    name: str
    reason: str
    flow: dict[str, int]


def train(
    spec: ModelSpec,
    table: Table,
    *,
    mlflow: Path | str,
    bundles: Path,
    threads: int,
    progress: Callable[[], None] = lambda: None,
) -> Trained | Refused:
    """Fit, calibrate, evaluate, export, gate, register and publish.

    An earlier version stays published where this one is refused.

    Raises:
        ParityError, SelfTestError: the export is wrong; a fault of ours, not of the data.
    """
    try:
        fitted = fit(spec, table, threads, progress)
    except NotTrainable as refusal:
        return Refused(spec.name, str(refusal), table.flow)
    done = publish(spec, fitted, table, mlflow=mlflow, bundles=bundles)
    return Trained(done.manifest, done.folder, done.new, table.flow)
