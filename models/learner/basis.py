"""Features as smooth columns: quadratic splines by their slopes at knots, levels, missing flags.

A curve is given by its slope at each knot; between knots the slope changes linearly, beyond the
outer ones it stays. So it is linear in the tails, and never falls if no slope is negative: a
direction of which medicine is sure is a sign of coefficients. (A monotone spline by its integrated
basis: Ramsay 1988, doi:10.1214/ss/1177012761.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.learner.sample import Shape
from models.terms import Levels, Terms

Floats = NDArray[np.float64]
KNOTS = 4
FEWEST_VALUES = 5  # a feature of fewer different values is linear
FEWEST_OF_LEVEL = 30
RARE = 0.005  # a share of missing values below this says nothing of its own
TAIL = 0.005  # beyond these quantiles a value counts as the quantile
LEVEL_PENALTY = 10.0  # a level's log-odds are drawn from a normal of variance 0.1


@dataclass(frozen=True)
class Column:
    """How one feature becomes columns `at` … of the design."""

    feature: int
    low: float
    high: float
    center: float
    scale: float
    knots: Floats
    turn: Floats  # [1 + knots, coefficients]: slope and bends of each coefficient
    mean: Floats  # [coefficients], taken off
    levels: tuple[float, ...]
    share: Floats  # of each level
    missing: float  # share missing; 0: no column of its own

    @property
    def width(self) -> int:
        return len(self.mean) + len(self.levels) + (self.missing > 0)


@dataclass(frozen=True)
class Basis:
    """Columns of a design, learned from training rows; the first is the intercept."""

    columns: tuple[Column, ...]
    inputs: int
    monotone: tuple[int, ...]

    def design(self, x: NDArray[np.float32]) -> Floats:
        """float64 [rows, coefficients]."""
        return np.hstack([np.ones((len(x), 1)), *(_design(c, x[:, c.feature]) for c in self.columns)])

    def penalty(self, weight: float, wiggle: float = 1.0) -> tuple[Floats, NDArray[np.int8]]:
        """The matrix of a quadratic penalty, and the sign that each coefficient must have (0: any).

        `wiggle`: what a change of slope costs, against the slope itself.
        """
        width = 1 + sum(column.width for column in self.columns)
        matrix, sign, at = np.zeros((width, width)), np.zeros(width, np.int8), 1
        for column in self.columns:
            smooth, levels = len(column.mean), len(column.levels)
            if smooth:
                bend = np.diff(np.eye(smooth), axis=0)
                here = slice(at, at + smooth)
                matrix[here, here] = weight * (np.eye(smooth) / smooth + wiggle * bend.T @ bend)
                sign[here] = self.monotone[column.feature]
            for place, share in enumerate(column.share):
                own = at + smooth + place
                matrix[own, own] = weight * share * (1 - share) + LEVEL_PENALTY
            if column.missing:
                own = at + smooth + levels
                matrix[own, own] = weight * column.missing * (1 - column.missing)
            at += column.width
        return matrix, sign

    def terms(self, beta: Floats) -> Terms:
        """The additive model with these coefficients."""
        count = max((len(column.knots) for column in self.columns), default=0)
        flat = {
            name: np.zeros(self.inputs) for name in ("low", "high", "center", "shift", "slope", "missing")
        }
        scale, knots, bends = (
            np.ones(self.inputs),
            np.zeros((self.inputs, count)),
            np.zeros((self.inputs, count)),
        )
        levels: dict[int, Levels] = {}
        base, at = float(beta[0]), 1
        for column in self.columns:
            j, smooth = column.feature, len(column.mean)
            curve = beta[at : at + smooth]
            turned = column.turn @ curve if smooth else np.zeros(1)
            flat["low"][j], flat["high"][j], flat["center"][j] = column.low, column.high, column.center
            scale[j] = column.scale
            flat["slope"][j], flat["shift"][j] = turned[0], -float(column.mean @ curve)
            knots[j, : len(column.knots)], bends[j, : len(column.knots)] = column.knots, turned[1:]
            own = beta[at + smooth : at + smooth + len(column.levels)]
            centred = float(own @ column.share) if len(own) else 0.0
            if len(own):
                levels[j] = tuple(zip(column.levels, own.tolist(), strict=True))
                flat["shift"][j] -= centred
            if column.missing:
                gone = float(beta[at + column.width - 1])
                flat["missing"][j] = gone * (1 - column.missing)
                flat["shift"][j] -= gone * column.missing
            if column.missing or len(own):
                flat["missing"][j] -= centred
            at += column.width
        return Terms(base=base, **flat, scale=scale, knots=knots, bends=bends, levels=levels)


def basis(shape: Shape, x: NDArray[np.float32]) -> Basis:
    """Learn knots, centres, levels and missing shares; features that never vary get no column."""
    found = []
    for feature in range(x.shape[1]):
        column = (_levels if feature in shape.categorical else _curve)(
            feature, x[:, feature].astype(np.float64)
        )
        if column.width:
            found.append(column)
    return Basis(tuple(found), x.shape[1], shape.monotone)


def _gone(value: Floats) -> float:
    share = float(np.isnan(value).mean())
    return share if RARE < share < 1 - RARE else 0.0


def _levels(feature: int, value: Floats) -> Column:
    level, count = np.unique(value[~np.isnan(value)], return_counts=True)
    often = count >= FEWEST_OF_LEVEL
    share = count[often] / len(value)
    nothing = np.zeros(0)
    return Column(
        feature, 0.0, 0.0, 0.0, 1.0, nothing, np.zeros((1, 0)), nothing,
        tuple(level[often].tolist()), share, _gone(value),
    )  # fmt: skip


def _curve(feature: int, value: Floats) -> Column:
    seen = value[np.isfinite(value)]
    gone, nothing = _gone(value), np.zeros(0)
    low, high = np.quantile(seen, [TAIL, 1 - TAIL]) if len(seen) else (0.0, 0.0)
    if len(seen) and low == high:  # rarer than the tail, yet perhaps what matters: as it is
        low, high = float(seen.min()), float(seen.max())
    held = np.clip(seen, low, high)
    if not len(held) or held.max() - held.min() < 1e-12:
        return Column(feature, 0.0, 0.0, 0.0, 1.0, nothing, np.zeros((1, 0)), nothing, (), nothing, gone)
    center, scale = float(held.mean()), float(held.std())
    u = (held - center) / scale
    knots = nothing
    if len(np.unique(u)) >= FEWEST_VALUES:
        knots = np.unique(np.quantile(u, np.linspace(0.05, 0.95, KNOTS)).round(6))
    turn = _turn(knots)
    raw = _raw(u, knots) @ turn
    return Column(
        feature, float(low), float(high), center, scale, knots if len(knots) > 1 else nothing,
        turn, raw.mean(axis=0), (), nothing, gone,
    )  # fmt: skip


def _turn(knots: Floats) -> Floats:
    """Slopes at the knots → slope at the left, and bends (half the jump of the second derivative)."""
    if len(knots) < 2:
        return np.ones((1, 1))
    count = len(knots)
    rate = np.diff(np.eye(count), axis=0) / np.diff(knots)[:, None]
    padded = np.vstack([np.zeros(count), rate, np.zeros(count)])
    return np.vstack([np.eye(count)[0], np.diff(padded, axis=0) / 2])


def _raw(u: Floats, knots: Floats) -> Floats:
    if len(knots) < 2:
        return u[:, None]
    return np.column_stack([u, np.maximum(u[:, None] - knots, 0.0) ** 2])


def _design(column: Column, x: NDArray[np.float32]) -> Floats:
    value = x.astype(np.float64)
    gone = np.isnan(value)
    parts = []
    if len(column.mean):
        u = (
            np.clip(np.where(gone, column.center, value), column.low, column.high) - column.center
        ) / column.scale
        curve = _raw(u, column.knots) @ column.turn - column.mean
        parts.append(np.where(gone[:, None], 0.0, curve))
    if column.levels:
        parts.append((value[:, None] == np.asarray(column.levels)) - column.share)
    if column.missing:
        parts.append((gone - column.missing)[:, None])
    return np.hstack(parts)
