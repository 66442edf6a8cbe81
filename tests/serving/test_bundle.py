"""Models swap while requests go on, and a bad bundle never takes the place of a good one."""

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import manifest, rule
from models.manifest import Platt
from serving.bundle import BundleRefused, Bundles, load
from serving.recommendation import Engine


@pytest.fixture
def root(tmp_path: Path, trained: dict[str, Any], clinic: Any) -> Path:
    clinic.write_bundle(tmp_path, trained["risk"])
    return tmp_path


def test_a_new_version_replaces_the_old_one_when_the_pointer_moves(
    root: Path, trained: dict[str, Any], clinic: Any
) -> None:
    bundles = Bundles(root)
    before = bundles.poll()["type2_diabetes_2y"]
    clinic.write_bundle(root, trained["risk"], "v2", calibration=Platt(slope=1.0, intercept=0.5))
    after = bundles.poll(wait=True)["type2_diabetes_2y"]
    assert (before.manifest.version, after.manifest.version) == ("v1", "v2")
    assert after.score(trained["risk"].rows).mean() > before.score(trained["risk"].rows).mean()
    bundles.close()


def test_the_old_version_answers_while_the_new_one_loads(
    root: Path, trained: dict[str, Any], clinic: Any
) -> None:
    bundles = Bundles(root)
    bundles.poll()
    clinic.write_bundle(root, trained["risk"], "v2")
    assert bundles.poll()["type2_diabetes_2y"].manifest.version in ("v1", "v2")
    served, stop = set(), threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            served.add(bundles.poll()["type2_diabetes_2y"].score(trained["risk"].rows[:5]).shape)

    threads = [threading.Thread(target=go_on) for _ in range(2)]
    for thread in threads:
        thread.start()
    for version in ("v3", "v4"):
        clinic.write_bundle(root, trained["risk"], version)
        bundles.poll(wait=True)
    stop.set()
    for thread in threads:
        thread.join()
    assert served == {(5,)} and bundles.poll(wait=True)["type2_diabetes_2y"].manifest.version == "v4"
    bundles.close()


def _cut(folder: Path) -> None:
    (folder / manifest.ONNX).write_bytes((folder / manifest.ONNX).read_bytes()[:1000])


def _no_trees(folder: Path) -> None:
    (folder / manifest.BOOSTER).unlink()


def _other_calibration(folder: Path) -> None:
    _change(folder, calibration={"slope": 2.0, "intercept": 1.0})


def _unknown_feature(folder: Path) -> None:
    found = json.loads((folder / manifest.MANIFEST).read_text(encoding="utf-8"))
    _change(folder, features=["shoe_size", *found["features"][1:]])


def _other_name(folder: Path) -> None:
    _change(folder, name="another_model")


def _wrong_output(folder: Path) -> None:
    _change(folder, output="score")


def _wrong_check(folder: Path) -> None:
    check = {"rows": [[50, 1, 6, 30, 0, None]], "probability": [0.999]}
    (folder / manifest.CHECK).write_text(json.dumps(check), encoding="utf-8")


def _cut_check(folder: Path) -> None:
    (folder / manifest.CHECK).write_text('{"rows": [', encoding="utf-8")


def _check_of_another_shape(folder: Path) -> None:
    check = {"rows": [[50, 1, 6, 30, 0, None]], "probability": [[0.1, 0.2], [0.3]]}
    (folder / manifest.CHECK).write_text(json.dumps(check), encoding="utf-8")


def _check_of_other_columns(folder: Path) -> None:
    check = {"rows": [[50, 1]], "probability": [0.1]}
    (folder / manifest.CHECK).write_text(json.dumps(check), encoding="utf-8")


def _folder_for_a_check(folder: Path) -> None:
    (folder / manifest.CHECK).mkdir()


def _no_json(folder: Path) -> None:
    (folder / manifest.MANIFEST).write_text("{", encoding="utf-8")


def _change(folder: Path, **changes: object) -> None:
    path = folder / manifest.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        _cut,
        _no_trees,
        _other_calibration,
        _unknown_feature,
        _other_name,
        _wrong_output,
        _wrong_check,
        _cut_check,
        _check_of_another_shape,
        _check_of_other_columns,
        _folder_for_a_check,
        _no_json,
    ],
)
def test_a_broken_bundle_is_refused_and_the_old_one_stays(
    root: Path, trained: dict[str, Any], clinic: Any, damage: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    bundles = Bundles(root)
    bundles.poll()
    folder = clinic.write_bundle(root, trained["risk"], "v2")
    damage(folder)
    with pytest.raises(BundleRefused):
        load(folder)
    served = bundles.poll(wait=True)["type2_diabetes_2y"]
    assert served.manifest.version == "v1" and "type2_diabetes_2y" in bundles.refused
    assert "bundle refused" in capsys.readouterr().out
    bundles.close()


@pytest.mark.parametrize("damage", [_cut_check, _no_json, _cut])
def test_a_broken_bundle_leaves_the_other_models_and_the_calendar_alone(
    tmp_path: Path, store: Any, subjects: list[int], trained: dict[str, Any], clinic: Any, damage: Any
) -> None:
    damage(clinic.write_bundle(tmp_path, trained["risk"]))
    clinic.write_bundle(tmp_path, trained["timing"])
    engine = Engine(store, Bundles(tmp_path), rule.rules())
    engine.warm()
    for _ in range(2):  # the first answer and every later one
        (due,) = engine.recommend(subjects[:1], clinic.now)
        assert due.recommendations and any(item.model for item in due.recommendations)
        assert engine.risks(subjects[:1], clinic.now)[0].risks == []
    ready = engine.readiness()
    assert not ready.ready and list(ready.refused) == ["type2_diabetes_2y"]
    assert list(ready.models) == ["lipid_panel_due"]
    engine.close()


@pytest.mark.parametrize("pointer", [b"\xff\xfe", b"", b"../../elsewhere"])
def test_a_broken_pointer_is_a_refusal_too(root: Path, pointer: bytes) -> None:
    (root / "type2_diabetes_2y" / manifest.CURRENT).write_bytes(pointer)
    bundles = Bundles(root)
    assert bundles.poll(wait=True) == bundles.poll() == {}
    assert list(bundles.refused) == ["type2_diabetes_2y"]
    bundles.close()


def test_a_model_that_is_taken_away_is_not_served_any_more(root: Path) -> None:
    bundles = Bundles(root)
    assert list(bundles.poll()) == ["type2_diabetes_2y"]
    (root / "type2_diabetes_2y" / manifest.CURRENT).unlink()
    assert list(bundles.poll(wait=True)) == []
    bundles.close()


def test_the_cumulative_curve_is_the_product_of_the_hazards(bundles: Path, trained: dict[str, Any]) -> None:
    bundle = Bundles(bundles).poll()["lipid_panel_due"]
    rows = trained["timing"].rows[::8, :-1][:20]
    curve = bundle.cumulative(rows)
    survival = np.ones(len(rows))
    for step in range(8):
        asked = np.hstack([rows, np.full((len(rows), 1), step)]).astype(np.float32)
        raw = trained["timing"].booster.predict(asked, raw_score=True)
        survival *= 1 - 1 / (1 + np.exp(-(0.9 * raw - 0.4)))
        assert np.abs(curve[:, step] - (1 - survival)).max() < 1e-5
    assert (np.diff(curve, axis=1) >= 0).all()
