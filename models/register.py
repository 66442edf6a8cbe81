"""The MLflow registry: every version that was ever champion, with its figures, plot and graph."""

import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"
EXPERIMENT = "smartclinic"
VERSION_TAG = "bundle_version"


@dataclass(frozen=True)
class Entry:
    """What the registry keeps of one model version. `plot` writes the calibration plot to a path."""

    name: str
    version: str
    graph: Path
    parameters: Mapping[str, float | int]
    metrics: Mapping[str, float]
    texts: Mapping[str, str]
    plot: Callable[[Path], None]


def register(entry: Entry, place: Path | str) -> bool:
    """Make this version the champion of its name; False if it already is.

    `place` is a folder for MLflow's database and artifacts, or the URI of a server. A version that
    was registered before (by a run
    that was killed, or when it was champion once) is found again by its tag, never logged twice.
    """
    with _client(place) as client:
        registered = {m.name for m in client.search_registered_models()}
        if entry.name not in registered:
            client.create_registered_model(entry.name)
        aliases = client.get_registered_model(entry.name).aliases
        known = {
            v.tags.get(VERSION_TAG): str(v.version)
            for v in client.search_model_versions(f"name = '{entry.name}'")
        }
        if entry.version in known and str(aliases.get(CHAMPION)) == known[entry.version]:
            return False
        number = known.get(entry.version) or _log(client, entry)
        client.set_registered_model_alias(entry.name, CHAMPION, number)
    return True


@contextmanager
def _client(place: Path | str) -> Iterator["MlflowClient"]:
    """A client of the sqlite file in a folder, or of a server; nothing global of MLflow is set."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    for chatty in ("alembic", "mlflow.store.db.utils"):  # that a database was made is no news
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if isinstance(place, Path):
        place.mkdir(parents=True, exist_ok=True)
        place = f"sqlite:///{place.resolve() / 'mlflow.db'}"
    with warnings.catch_warnings():
        # MLflow 3.17 on SQLAlchemy 2.1: its own use of a loader that SQLAlchemy will remove.
        warnings.filterwarnings("ignore", message="The ``noload`` loader strategy is deprecated")
        # MLflow says of its own classes, on import, that one of their fields is untyped.
        warnings.filterwarnings("ignore", message=".*Any type hint is inferred as AnyType")
        from mlflow import MlflowClient

        yield MlflowClient(tracking_uri=place)


def _log(client: "MlflowClient", entry: Entry) -> str:
    """Log a run with the ONNX model and register it; the number of the new version."""
    import mlflow.onnx
    import onnx

    run = client.create_run(_experiment(client), run_name=f"{entry.name} {entry.version}")
    run_id = run.info.run_id
    for name, number in entry.parameters.items():
        client.log_param(run_id, name, number)
    for name, number in entry.metrics.items():
        client.log_metric(run_id, name, number)
    for name, text in entry.texts.items():
        client.log_text(run_id, text, name)
    with tempfile.TemporaryDirectory() as scratch:
        plot = Path(scratch) / "calibration.png"
        entry.plot(plot)
        client.log_artifact(run_id, str(plot))
        model = Path(scratch) / "model"
        mlflow.onnx.save_model(
            onnx.load(entry.graph),
            str(model),
            pip_requirements=[f"onnxruntime=={version('onnxruntime')}", f"onnx=={version('onnx')}"],
            onnx_execution_providers=["CPUExecutionProvider"],
        )
        client.log_artifacts(run_id, str(model), "model")
    client.set_terminated(run_id)
    made = client.create_model_version(
        entry.name, f"runs:/{run_id}/model", run_id, tags={VERSION_TAG: entry.version}
    )
    return str(made.version)


def _experiment(client: "MlflowClient") -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    if not str(client.tracking_uri).startswith("sqlite:///"):
        return str(client.create_experiment(EXPERIMENT))  # a server keeps artifacts where it wants
    database = str(client.tracking_uri).removeprefix("sqlite:///")
    artifacts = Path(database).parent / "artifacts"
    return str(client.create_experiment(EXPERIMENT, artifact_location=artifacts.as_uri()))
