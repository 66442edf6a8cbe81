"""The shape of the repository: rules that no linter checks."""

import platform
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


def test_platform_is_still_the_standard_library() -> None:
    assert Path(platform.__file__).parent == Path(sysconfig.get_path("stdlib"))
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_base_install_needs_no_training_library() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    base = {re.split(r"[<>=\[]", name)[0] for name in project["dependencies"]}
    assert not base & {"mlflow", "scikit-learn", "onnx", "onnxmltools", "torch", "sentence-transformers"}


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [*project["dependencies"], *(n for e in project["optional-dependencies"].values() for n in e)]
    locked = {
        line.split("==")[0].replace("_", "-") for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    wanted = {re.split(r"[<>=\[]", name)[0].lower() for name in named}
    assert wanted <= locked


def test_the_api_process_loads_no_training_code() -> None:
    heavy = ("mlflow", "prefect", "onnx", "torch")
    code = f"import sys, serving.app, pipelines.server\nprint(sorted(set(sys.modules) & set({heavy!r})))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_dvc_stages_call_commands_that_exist() -> None:
    from pipelines.command import app

    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    commands = {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }
    called = {stage["cmd"].split()[1] for stage in stages.values()}
    assert called <= commands
    for stage in stages.values():
        for path in (d for d in stage.get("deps", []) if not d.startswith("var/")):
            assert (ROOT / path).exists(), path
