"""From a fitted model to a bundle that serving reads: gate, registry, folder, pointer.

Order: parity gate and self-test, MLflow version and alias `champion`, bundle folder, `current`. Each
step is atomic and finds what an earlier, killed run has left, so running again completes it. The
version is a hash of the trees and of what the manifest says, so the same model is the same version.
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import calibration, export, manifest
from models.cohort import Table
from models.evaluation import calibration_plot
from models.manifest import Manifest, Timing
from models.register import Entry, register
from models.spec import ModelSpec
from models.training import Fitted

CHECK_ROWS = 64


class SelfTestError(RuntimeError):
    """A bundle on disk does not answer what it answered when it was made."""


@dataclass(frozen=True)
class Published:
    """`new`: false if exactly this version was already the champion and current."""

    manifest: Manifest
    folder: Path
    new: bool


def publish(spec: ModelSpec, fitted: Fitted, table: Table, *, mlflow: Path | str, bundles: Path) -> Published:
    """Export, test, register and publish.

    Raises:
        ParityError: the ONNX graph differs from the booster by more than 1e-5.
        SelfTestError: the written bundle does not reproduce its stored rows.
    """
    booster_text = fitted.booster.model_to_string()
    graph = export.to_onnx(fitted.booster, fitted.platt, len(spec.inputs))
    parity = export.parity(graph, fitted.booster, fitted.platt, fitted.held_out.x)
    about = _manifest(spec, fitted, table, parity)
    about = about.model_copy(update={"version": _version(booster_text, about)})

    folder = bundles / spec.name / about.version
    was_current = manifest.current(bundles, spec.name) == folder
    if not folder.is_dir():
        _write(folder, about, graph, booster_text, _check(fitted))
    self_test(folder)
    new = register(_entry(spec, fitted, table, about, folder), mlflow)
    if not was_current:
        _replace(bundles / spec.name / manifest.CURRENT, about.version.encode())
    return Published(about, folder, new or not was_current)


def self_test(folder: Path) -> None:
    """Load a bundle as serving does and compare its answers with those stored in it.

    Raises:
        SelfTestError: an answer differs by more than 1e-5.
    """
    check = json.loads((folder / manifest.CHECK).read_bytes())
    x = np.array(check["rows"], dtype=np.float32)  # null becomes NaN
    answers = export.run((folder / manifest.ONNX).read_bytes(), x)
    worst = float(np.abs(answers - np.array(check["probability"])).max())
    if not worst <= export.TOLERANCE:
        raise SelfTestError(
            f"{folder.parent.name} {folder.name}: answers differ by {worst:.2g} from the stored ones"
        )


def _manifest(spec: ModelSpec, fitted: Fitted, table: Table, parity: float) -> Manifest:
    t = spec.timing
    counts = table.rows.group_by("split").agg(n="subject_id", y="label").sort("split")
    trained_on: dict[str, int] = {}
    for name, subjects, labels in counts.iter_rows():
        trained_on |= {
            f"{name}_subjects": len(set(subjects)),
            f"{name}_rows": len(labels),
            f"{name}_events": int(sum(labels)),
        }
    return Manifest(
        name=spec.name,
        version="",
        kind=spec.kind,
        title=spec.title,
        outcome=spec.outcome,
        horizon_days=spec.horizon_days,
        features=spec.inputs,
        essential=spec.essential,
        calibration=fitted.platt,
        applies=spec.applies,
        minimum_age=spec.minimum_age,
        maximum_age=spec.maximum_age,
        excluded=spec.excluded,
        timing=t
        and Timing(
            examination=t.examination,
            step_days=t.step_days,
            steps=t.steps,
            threshold=t.threshold,
            soonest_days=t.soonest_days,
        ),
        trained_on=trained_on,
        trained_until=table.until.date().isoformat(),
        metrics={k: v for k, v in fitted.evaluation.metrics().items() if np.isfinite(v)},
        parity=parity,
    )


def _version(booster_text: str, about: Manifest) -> str:
    # The text ends with the learner's parameters, among them the number of threads.
    trees = booster_text.split("\nparameters:", 1)[0]
    said = about.model_dump_json(exclude={"version", "parity"})
    return hashlib.sha256(f"{trees}\n{said}".encode()).hexdigest()[:12]


def _check(fitted: Fitted) -> bytes:
    """Rows for the self-test: drawn column by column, so that none is a subject's."""
    x = export.adversarial(fitted.held_out.x)[:: export.ADVERSARIAL_ROWS // CHECK_ROWS]
    x = np.clip(x, np.finfo(np.float32).min, np.finfo(np.float32).max)  # JSON has no infinity
    probability = calibration.apply(fitted.platt, fitted.booster.predict(x, num_threads=1))
    return json.dumps({"rows": _nullable(x), "probability": probability.tolist()}).encode()


def _nullable(x: NDArray[np.float32]) -> list[list[float | None]]:
    return [[None if np.isnan(v) else float(v) for v in row] for row in x]


def _write(folder: Path, about: Manifest, graph: bytes, booster_text: str, check: bytes) -> None:
    """Write the bundle beside its place, then rename it: a reader sees all of it or nothing."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    files = {
        manifest.ONNX: graph,
        manifest.BOOSTER: booster_text.encode(),
        manifest.MANIFEST: about.model_dump_json(indent=2).encode(),
        manifest.CHECK: check,
    }
    for name, content in files.items():
        with (partial / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _sync(partial)
    partial.rename(folder)
    _sync(folder.parent)


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _entry(spec: ModelSpec, fitted: Fitted, table: Table, about: Manifest, folder: Path) -> Entry:
    return Entry(
        name=spec.name,
        version=about.version,
        graph=folder / manifest.ONNX,
        parameters={**spec.parameters, "rounds": fitted.rounds, "features": len(spec.inputs)},
        metrics={**about.metrics, "parity": about.parity},
        texts={
            "manifest.json": about.model_dump_json(indent=2),
            "cohort_flow.json": json.dumps(table.flow, indent=2, ensure_ascii=False),
        },
        plot=lambda path: calibration_plot(fitted.held_out.y, fitted.probability, spec.title.en, path),
    )
