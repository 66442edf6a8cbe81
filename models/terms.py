"""An additive model as numbers: a smooth curve, levels and a value for "missing" of each feature.

Light on purpose (numpy alone): a bundle carries it as JSON and serving explains with it.
"""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Levels = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Terms:
    """base + Σ of one term a feature.

    The term of value x: with u = (min(max(x, low), high) - center) / scale, it is
    shift + slope·u + Σ bend·max(u - knot, 0)², plus the coefficient of the level that x equals, if
    it has levels; of a missing x it is `missing`. An unseen level adds nothing. Arrays are
    [features], `knots` and `bends` [features, knots] (unused places hold bend 0).
    """

    base: float
    low: Floats
    high: Floats
    center: Floats
    scale: Floats
    shift: Floats
    slope: Floats
    knots: Floats
    bends: Floats
    missing: Floats
    levels: dict[int, Levels]

    def of(self, x: NDArray[np.float32]) -> Floats:
        """[rows, features]: each row's terms, without the base."""
        value = np.asarray(x, np.float64)
        gone = np.isnan(value)
        u = (np.clip(np.where(gone, self.center, value), self.low, self.high) - self.center) / self.scale
        found = self.shift + self.slope * u
        for knot, bend in zip(self.knots.T, self.bends.T, strict=True):
            found += bend * np.maximum(u - knot, 0.0) ** 2
        for column, levels in self.levels.items():
            for level, coefficient in levels:
                found[:, column] += coefficient * (value[:, column] == level)
        return np.asarray(np.where(gone, self.missing, found))

    def contributions(self, x: NDArray[np.float32]) -> Floats:
        """[rows, features + 1], the last column the base."""
        found = self.of(x)
        return np.column_stack([found, np.full(len(found), self.base)])

    def dumped(self) -> dict[str, object]:
        """As JSON holds it."""
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        levels = {str(column): [list(pair) for pair in pairs] for column, pairs in self.levels.items()}
        return {"base": self.base, **arrays, "levels": levels}


_ARRAYS = ("low", "high", "center", "scale", "shift", "slope", "knots", "bends", "missing")


def parsed(text: str | bytes) -> Terms:
    """Of the JSON of `dumped`.

    Raises:
        KeyError, ValueError, TypeError: it is something else.
    """
    return loaded(json.loads(text))


def loaded(said: dict[str, object]) -> Terms:
    """Of what `dumped` gave."""
    arrays = {name: np.asarray(said[name], np.float64) for name in _ARRAYS}
    width = len(arrays["slope"])
    if any(len(array) != width for array in arrays.values()):
        raise ValueError("the terms are not all of the same number of features")
    levels = said["levels"]
    if not isinstance(levels, dict):
        raise TypeError("the levels are not named by feature")
    named = {int(c): tuple((float(v), float(b)) for v, b in pairs) for c, pairs in levels.items()}
    return Terms(base=float(str(said["base"])), **arrays, levels=named)
