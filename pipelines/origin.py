"""Whose records a home holds: simulated or real ones. The two never mix."""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal
from uuid import uuid4

from features.error import Problem
from pipelines.home import Home

NAME = "origin.json"


class MixedOrigin(Problem):
    """Simulated patients were about to be put beside real ones."""


@dataclass(frozen=True)
class Cohort:
    """The arguments of a simulated cohort."""

    patients: int
    years: int
    seed: int
    until: date


@dataclass(frozen=True)
class Origin:
    kind: Literal["simulated", "records"]
    cohort: Cohort | None = None


def read(home: Home) -> Origin | None:
    """What this home holds; None for an empty one."""
    try:
        held = json.loads((home.root / NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    cohort = held.get("cohort")
    return Origin(
        held["kind"],
        Cohort(**cohort | {"until": date.fromisoformat(cohort["until"])}) if cohort else None,
    )


def write(home: Home, origin: Origin) -> None:
    """Say what this home holds from now on."""
    home.root.mkdir(0o700, parents=True, exist_ok=True)
    partial = home.root / f".{NAME}.partial"
    partial.write_text(json.dumps(asdict(origin), default=str), encoding="utf-8")
    partial.replace(home.root / NAME)


def forget(home: Home) -> None:
    """Say that this home holds nobody."""
    (home.root / NAME).unlink(missing_ok=True)


def clear(home: Home) -> None:
    """Empty the home of simulated state: whole folders are set aside first, then deleted, so that a
    kill midway leaves either the old state or none.

    Raises:
        MixedOrigin: the home holds real records, which are never deleted here.
    """
    held = read(home)
    if held is not None and held.kind == "records":
        raise MixedOrigin(
            f"{home.root} holds records of real patients; simulated ones are never put beside them. "
            "Name another folder for the simulation: SMARTCLINIC_HOME=var-demo."
        )
    aside = home.root / f".cleared-{uuid4().hex}"
    for folder in home.data():
        if folder.exists():
            aside.mkdir(parents=True, exist_ok=True)
            folder.replace(aside / folder.name)
    forget(home)
    sweep(home)


def sweep(home: Home) -> None:
    """Delete what an interrupted `clear` set aside."""
    for aside in home.root.glob(".cleared-*"):
        shutil.rmtree(aside, ignore_errors=True)
