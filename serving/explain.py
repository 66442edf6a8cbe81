"""Why a model says what it says: exact contributions from the parts beside the graph.

Trees by LightGBM's own TreeSHAP (Lundberg et al. 2020, Nature Machine Intelligence 2:56), splines by
their terms, a blend by the weighted sum. The only module that imports LightGBM.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models import manifest as contract
from models.link import follow, hazard_contributions, log_odds_of_log_hazard
from models.terms import Terms, loaded

Rows = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
MANY = 64  # rows from which a second thread pays


class ExplanationError(ValueError):
    """The files of a bundle do not say how its score is made up."""


class Part(Protocol):
    """One addend of the score."""

    def of(self, rows: Rows) -> Floats:
        """[rows, features + 1], log-odds; the last column is the base."""
        ...


class Explainer:
    """The parts of one model's score, from its bundle."""

    def __init__(self, folder: Path, features: int) -> None:
        self.features = features
        try:
            said = json.loads((folder / contract.EXPLANATION).read_bytes())["parts"]
        except FileNotFoundError:  # bundles of trees alone need no explanation of their parts
            said = [{"kind": "trees", "file": contract.BOOSTER}]
        self._parts = [(float(part.get("weight", 1.0)), _part(part, folder, features)) for part in said]

    def contributions(self, rows: Rows, calibrated: Callable[[Floats], Floats] | None = None) -> Floats:
        """float64 [rows, features + 1], log-odds; the last column is the model's base.

        A row adds up to the score, before calibration; or to the calibrated log-odds, with the curve
        that makes them of scores.
        """
        found = np.zeros((len(rows), self.features + 1))
        if len(rows):
            for weight, part in self._parts:
                found += weight * part.of(rows)
        return found if calibrated is None else follow(found, calibrated)


def _part(said: Mapping[str, object], folder: Path, features: int) -> Part:
    match said.get("kind"):
        case "trees":
            return _Trees(said, folder, features)
        case "hazard":
            return _Hazard(said, folder, features)
        case "terms":
            return _Terms(said, features)
        case "constant":
            return _Constant(said, features)
        case other:
            raise ExplanationError(f"unknown part {other!r}")


class _Trees:
    def __init__(self, said: Mapping[str, object], folder: Path, features: int) -> None:
        import lightgbm

        self._booster = lightgbm.Booster(model_file=str(folder / str(said["file"])))
        levels = said.get("levels") or {}
        assert isinstance(levels, dict)
        self._levels = {int(column): pairs for column, pairs in levels.items()}
        if self._booster.num_feature() != features:
            raise ExplanationError("the trees have another number of features than the manifest")

    def of(self, rows: Rows) -> Floats:
        x = rows.astype(np.float64)
        for column, pairs in self._levels.items():
            named = np.zeros(len(rows))
            for level, worth in pairs:
                named[rows[:, column] == level] = worth
            x[:, column] = named
        found = self._booster.predict(x, pred_contrib=True, num_threads=1 if len(rows) < MANY else 2)
        return np.asarray(found, np.float64)


class _Hazard:
    def __init__(self, said: Mapping[str, object], folder: Path, features: int) -> None:
        self._trees = _Trees(said, folder, features + 1)
        self._steps = int(str(said["steps"]))

    def of(self, rows: Rows) -> Floats:
        step = np.tile(np.arange(self._steps, dtype=np.float32), len(rows))
        shap = self._trees.of(np.column_stack([np.repeat(rows, self._steps, axis=0), step]))
        return hazard_contributions(shap.reshape(len(rows), self._steps, -1))


class _Terms:
    def __init__(self, said: Mapping[str, object], features: int) -> None:
        terms, self._link = said["terms"], said["link"]
        assert isinstance(terms, dict)
        self._terms: Terms = loaded(terms)
        if len(self._terms.slope) != features:
            raise ExplanationError("the terms are of another number of features than the manifest")

    def of(self, rows: Rows) -> Floats:
        found = self._terms.contributions(rows)
        return found if self._link == "log_odds" else follow(found, log_odds_of_log_hazard)


class _Constant:
    def __init__(self, said: Mapping[str, object], features: int) -> None:
        self._row = np.append(np.zeros(features), float(str(said["value"])))

    def of(self, rows: Rows) -> Floats:
        return np.tile(self._row, (len(rows), 1))
