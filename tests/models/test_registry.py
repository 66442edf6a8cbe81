"""A model is one file: the folder is the registry, and a declaration cannot contradict itself."""

import dataclasses
import sys
from pathlib import Path

import pytest

import models.risk
from features.catalogue import FEATURES
from models import registry
from models.registry import DeclarationError
from models.registry import models as all_models
from models.rule import examinations, rules

DECLARED = {feature.name for feature in FEATURES}


def test_both_folders_are_listed() -> None:
    found = all_models()

    assert {"type2_diabetes_2y": "risk", "lipid_panel_due": "timing"}.items() <= {
        name: spec.kind for name, spec in found.items()
    }.items()


@pytest.mark.parametrize("name", sorted(all_models()))
def test_a_model_asks_only_for_declared_features_and_known_examinations(name: str) -> None:
    spec = all_models()[name]

    assert {*spec.features, *spec.essential, *spec.excluded} <= DECLARED
    assert not set(spec.excluded) & set(spec.features), "an exclusion is constant among the rows"
    if spec.timing:
        assert spec.timing.examination in examinations(rules())
        assert spec.inputs[-1] == "step" and spec.horizon_days == spec.timing.step_days * spec.timing.steps


def test_a_new_file_is_a_new_model_and_bears_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.risk, "__path__", [*models.risk.__path__, str(tmp_path)])
    declaration = "import dataclasses\nfrom models.risk.type2_diabetes_2y import MODEL as BASE\n"
    (tmp_path / "stroke_5y.py").write_text(
        declaration + "MODEL = dataclasses.replace(BASE, name='stroke_5y')\n"
    )
    registry.models.cache_clear()
    try:
        assert "stroke_5y" in all_models()

        (tmp_path / "heart_5y.py").write_text(declaration + "MODEL = BASE\n")
        registry.models.cache_clear()
        with pytest.raises(DeclarationError, match="bears its file's name"):
            all_models()

        (tmp_path / "heart_5y.py").unlink()
        (tmp_path / "empty_5y.py").write_text("")
        registry.models.cache_clear()
        with pytest.raises(DeclarationError, match="does not say MODEL"):
            all_models()
    finally:
        registry.models.cache_clear()
        for name in ("stroke_5y", "heart_5y", "empty_5y"):
            sys.modules.pop(f"models.risk.{name}", None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"essential": ("height",)}, "not among its features: height"),
        ({"monotone": {"height": 1}}, "not among its features: height"),
        ({"monotone": {"age": 2}}, "is \\+1 or -1"),
        ({"features": ("age", "age")}, "twice"),
        ({"kind": "timing"}, "`timing` part"),
    ],
)
def test_a_contradictory_declaration_is_refused(change: dict[str, object], message: str) -> None:
    spec = all_models()["type2_diabetes_2y"]
    plain: dict[str, object] = {"essential": (), "monotone": {}}

    with pytest.raises(ValueError, match=message):
        dataclasses.replace(spec, **{**plain, **change})  # type: ignore[arg-type] # wrong on purpose
