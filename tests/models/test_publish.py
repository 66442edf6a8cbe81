"""From table to served bundle with a real MLflow: whole or not at all, once or never."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from models import export, manifest
from models import publish as publishing
from models.cohort import Table
from models.publish import SelfTestError, self_test
from models.register import _client
from models.registry import models
from models.train import Refused, Trained, train

SPEC = models()["type2_diabetes_2y"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def run(table: Table, home: Path) -> Trained:
    made = train(SPEC, table, mlflow=home / "mlflow", bundles=home / "bundles", threads=1)
    assert isinstance(made, Trained)
    return made


@pytest.fixture(scope="module")
def first(tables: dict[str, Table], home: Path) -> Trained:
    return run(tables[SPEC.name], home)


def test_a_published_bundle_is_current_complete_and_answers(first: Trained, home: Path) -> None:
    folder = manifest.current(home / "bundles", SPEC.name)

    assert folder == first.folder and first.new
    assert {f.name for f in first.folder.iterdir()} == {
        "model.onnx",
        "model.txt",
        "manifest.json",
        "check.json",
    }
    about = manifest.read(first.folder)
    assert about == first.manifest and about.features == SPEC.inputs and about.parity < 1e-5
    assert about.metrics["auroc"] > 0.7 and about.trained_on["held_out_events"] >= 10
    assert about.trained_until == "2025-01-01"
    self_test(first.folder)
    assert not list((home / "bundles").rglob("*.partial"))


def test_mlflow_keeps_figures_flow_plot_and_a_champion_that_answers_alike(first: Trained, home: Path) -> None:
    import mlflow.onnx

    with _client(home / "mlflow") as client:
        version = client.get_model_version_by_alias(SPEC.name, "champion")
        assert version.run_id is not None and version.tags["bundle_version"] == first.manifest.version
        logged = client.get_run(version.run_id)
        files = {f.path for f in client.list_artifacts(version.run_id)}
        model = client.download_artifacts(version.run_id, "model")
    assert logged.data.metrics["auroc"] == pytest.approx(first.manifest.metrics["auroc"])
    assert logged.data.metrics["parity"] < 1e-5 and int(logged.data.params["rounds"]) > 10
    assert {"calibration.png", "cohort_flow.json", "manifest.json", "model"} <= files
    check = json.loads((first.folder / "check.json").read_text())
    graph = mlflow.onnx.load_model(model).SerializeToString()
    assert np.abs(export.run(graph, np.array(check["rows"], np.float32)) - check["probability"]).max() < 1e-5


def test_training_again_on_the_same_data_changes_nothing(
    first: Trained, tables: dict[str, Table], home: Path
) -> None:
    before = {p: p.stat().st_mtime_ns for p in (home / "bundles").rglob("*")}

    again = run(tables[SPEC.name], home)

    assert (again.new, again.manifest) == (False, first.manifest)
    assert {p: p.stat().st_mtime_ns for p in (home / "bundles").rglob("*")} == before
    with _client(home / "mlflow") as client:
        assert len(client.search_model_versions(f"name = '{SPEC.name}'")) == 1


def test_new_data_make_a_new_champion_and_keep_the_old_version(
    first: Trained, tables: dict[str, Table], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tables[SPEC.name]
    newer = Table(table.rows.filter(pl.col("age") > 35), table.flow, table.until)

    # Killed after the registry and before the pointer: the old version stays served …
    def killed(path: Path, content: bytes) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_replace", killed)
        with pytest.raises(KeyboardInterrupt):
            run(newer, home)
    assert manifest.current(home / "bundles", SPEC.name) == first.folder

    # … and the next run completes, without a second copy.
    second = run(newer, home)
    assert second.new and second.manifest.version != first.manifest.version
    assert manifest.current(home / "bundles", SPEC.name) == second.folder and first.folder.is_dir()

    # The old data again: the old version is found, not logged a second time.
    back = run(table, home)
    assert back.folder == first.folder and back.new
    with _client(home / "mlflow") as client:
        assert len(client.search_model_versions(f"name = '{SPEC.name}'")) == 2
        champion = client.get_model_version_by_alias(SPEC.name, "champion")
        assert champion.tags["bundle_version"] == first.manifest.version


def test_a_half_written_bundle_is_written_anew(
    tables: dict[str, Table], first: Trained, tmp_path: Path
) -> None:
    partial = tmp_path / "bundles" / SPEC.name / f".{first.manifest.version}.partial"
    partial.mkdir(parents=True)
    (partial / "model.onnx").write_bytes(b"half")

    publishing._write(
        partial.with_name(first.manifest.version),
        first.manifest,
        (first.folder / "model.onnx").read_bytes(),
        (first.folder / "model.txt").read_text(),
        (first.folder / "check.json").read_bytes(),
    )

    self_test(partial.with_name(first.manifest.version))
    assert not partial.exists()


def test_a_bundle_that_answers_otherwise_fails_its_self_test(first: Trained, tmp_path: Path) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "model.onnx").write_bytes((first.folder / "model.onnx").read_bytes())
    check = json.loads((first.folder / "check.json").read_text())
    check["probability"][3] += 1e-3
    (folder / "check.json").write_text(json.dumps(check))

    with pytest.raises(SelfTestError, match=r"0\.001"):
        self_test(folder)


def test_a_refused_model_leaves_the_published_one_in_place(
    first: Trained, tables: dict[str, Table], home: Path
) -> None:
    table = tables[SPEC.name]
    few = Table(table.rows.head(200), table.flow, table.until)
    before = manifest.current(home / "bundles", SPEC.name)

    refused = train(SPEC, few, mlflow=home / "mlflow", bundles=home / "bundles", threads=1)

    assert isinstance(refused, Refused) and "too few events" in refused.reason and refused.flow == table.flow
    assert before == manifest.current(home / "bundles", SPEC.name) and before is not None


def test_importing_the_rules_and_the_manifest_brings_no_training_code() -> None:
    import subprocess
    import sys

    heavy = ("mlflow", "sklearn", "lightgbm", "onnx", "onnxmltools", "matplotlib")
    code = f"import sys, models.rule, models.manifest; print([m for m in {heavy} if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
