"""`smartclinic doctor`: what is installed, what is reachable, what is missing and how to get it."""

import importlib.metadata
import shutil
import sys
import tempfile
from dataclasses import dataclass
from typing import Literal

import httpx

from pipelines import lock, origin, outside
from pipelines.home import Home

EXTRAS = {
    "base": ("polars", "fastapi", "onnxruntime", "lightgbm", "prefect", "qdrant-edge-py", "qdrant-client"),
    "train": ("mlflow", "scikit-learn", "onnx", "onnxmltools", "pandas"),
    "text": ("sentence-transformers", "torch"),
    "dev": ("pytest", "hypothesis", "mypy", "ruff", "import-linter"),
    "dvc": ("dvc",),
}
NEEDED = ("base",)
ROOM_GB = 1.0


@dataclass(frozen=True)
class Finding:
    what: str
    state: Literal["ok", "missing", "broken"]
    detail: str
    needed: bool = False


def _package(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _extra(name: str, packages: tuple[str, ...]) -> Finding:
    versions = {package: _package(package) for package in packages}
    missing = [package for package, version in versions.items() if version is None]
    if missing:
        how = "make run" if name in ("base", "train") else f'pip install -c constraints.txt -e ".[{name}]"'
        return Finding(
            f"packages: {name}", "missing", f"{', '.join(missing)}; to get them: {how}", name in NEEDED
        )
    said = ", ".join(f"{package} {version}" for package, version in versions.items())
    return Finding(f"packages: {name}", "ok", said, name in NEEDED)


def _home(home: Home) -> Finding:
    try:
        home.root.mkdir(0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home.root):
            pass
    except OSError as error:
        return Finding(
            "home folder",
            "broken",
            f"{home.root} cannot be written ({error.strerror}); name another with SMARTCLINIC_HOME",
            needed=True,
        )
    free = shutil.disk_usage(home.root).free / 1e9
    if free < ROOM_GB:
        return Finding("home folder", "broken", f"{home.root}: only {free:.1f} GB free, 1 GB is wanted", True)
    return Finding("home folder", "ok", f"{home.root}, {free:.0f} GB free", needed=True)


def _held(home: Home) -> list[Finding]:
    held = origin.read(home)
    if held is None:
        return [Finding("records", "missing", "none yet; `make run` simulates a cohort, INPUT= takes yours")]
    found = [
        Finding("records", "ok", "simulated patients" if held.kind == "simulated" else "your own records")
    ]
    models = sorted(p.parent.name for p in home.bundles.glob("*/current")) if home.bundles.exists() else []
    found.append(
        Finding("models", "ok", ", ".join(models))
        if models
        else Finding("models", "missing", "none published; `smartclinic train` says why")
    )
    indexed = (home.cases / "current").exists()
    found.append(
        Finding("similar cases", "ok", "indexed")
        if indexed
        else Finding("similar cases", "missing", "not indexed; `smartclinic index`")
    )
    return found


def _processes(home: Home) -> list[Finding]:
    writer, url = lock.writer(home), lock.server(home)
    found = []
    if writer:
        found.append(
            Finding("writer", "ok", f"`smartclinic {writer.get('command')}`, process {writer.get('pid')}")
        )
    if url is None:
        found.append(Finding("API", "missing", "not running; `smartclinic up` starts it"))
    else:
        found.append(_reach("API", f"{url}/readyz", "it holds the index of similar cases"))
    return found


def _reach(what: str, url: str, detail: str = "") -> Finding:
    try:
        status = httpx.get(url, timeout=3).status_code
    except httpx.HTTPError as error:
        return Finding(what, "broken", f"{url} does not answer ({type(error).__name__})")
    state: Literal["ok", "broken"] = "ok" if status < 400 else "broken"
    return Finding(what, state, f"{url} answers {status}{'; ' + detail if detail else ''}")


def _servers() -> list[Finding]:
    """Servers that replace a built-in default; asked only where the user named one."""
    found = []
    for server in outside.ALL:
        if server.url is None:
            found.append(Finding(server.what, "ok", f"built in; {server.variable} names a server instead"))
        elif fault := server.fault():
            found.append(Finding(server.what, "broken", f"{fault}; from {server.variable}"))
        else:
            found.append(Finding(server.what, "ok", f"{server.url} answers; from {server.variable}"))
    return found


def examine(home: Home) -> list[Finding]:
    """Every finding, in the order in which a newcomer would mend them."""
    version = sys.version_info
    place = _home(home)
    python = Finding("Python", "ok", ".".join(map(str, version[:3])), needed=True)
    return [
        python,
        *(_extra(name, packages) for name, packages in EXTRAS.items()),
        place,
        *(_held(home) if place.state == "ok" else ()),
        *(_processes(home) if place.state == "ok" else ()),
        *_servers(),
    ]
