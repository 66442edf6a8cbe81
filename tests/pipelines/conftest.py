"""A home that a run has filled, shared by the tests that only look."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from pipelines.command import main

Smartclinic = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-c", "from pipelines.command import main; main()"]


def environment(home: Path) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("SMARTCLINIC", "PREFECT"))
    }
    return kept | {"SMARTCLINIC_HOME": str(home)}


@pytest.fixture(scope="session")
def smartclinic() -> Smartclinic:
    """Run the command over a home, as a user does."""

    def run(home: Path, *arguments: object, timeout: float = 240) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            env=environment(home),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command and leave it running; it is killed at the end of the test."""
    started: list[subprocess.Popen[str]] = []

    def run(home: Path, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            env=environment(home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # so that Prefect's server dies with it
        )
        started.append(process)
        return process

    yield run
    for process in started:
        with suppress(ProcessLookupError):  # also what a killed run left behind: Prefect's server
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stderr:
            process.stderr.close()


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """The same command in this process: quick, for everything that starts no Prefect."""

    def run(home: Path, *arguments: object, **settings: str) -> Done:
        for name, value in (environment(home) | settings).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["smartclinic", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        structlog.reset_defaults()
        return Done(code, *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, smartclinic: Smartclinic) -> Path:
    """The home after one whole run on a small cohort."""
    home = tmp_path_factory.mktemp("filled") / "home"
    done = smartclinic(home, "run", "--patients", 150, "--until", "2026-11-01", "--no-serve")
    assert done.returncode == 0, done.stderr
    (home / "run.out").write_text(done.stdout)
    (home / "run.err").write_text(done.stderr)
    return home
