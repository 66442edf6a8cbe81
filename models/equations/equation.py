"""The declaration of an equation, and what its formula returns for many people at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.error import Problem
from features.feature import Floats
from models.equations.input import Input

Mask = NDArray[np.bool_]
Indices = NDArray[np.int64]
Columns = Mapping[str, Floats]  # every declared input, one value a person
Condition = tuple[str, Mask]  # what is said, of whom

NO_BAND = -1


class UnknownEquation(Problem):
    """There is no equation of this name."""


class InputRefused(Problem):
    """Inputs are missing, unknown, of the wrong kind or outside the valid range. `faults` says each:
    the input's name, then what is wrong; never the value."""

    def __init__(self, equation: str, faults: Sequence[str]) -> None:
        super().__init__(f"{equation}: {'; '.join(faults)}.")
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Outcome:
    """One result. `unit` is UCUM; `bands` from the lowest to the highest. `categorical`: the band
    itself is the value; `whole`: the value is a count of points."""

    outcome: str
    unit: str
    horizon_years: int | None = None
    bands: tuple[str, ...] = ()
    categorical: bool = False
    whole: bool = False

    @property
    def column(self) -> str:
        """Its name in a frame: `total_cvd_10y`, `egfr`."""
        return self.outcome if self.horizon_years is None else f"{self.outcome}_{self.horizon_years}y"


@dataclass(frozen=True)
class Computed:
    """Per outcome, in the declared order: values (NaN: not given for this person) and the position
    of the band (`NO_BAND`: none). `model`: position in the equation's models. `refusals` begin with
    the name of the input at fault."""

    values: tuple[Floats, ...]
    bands: tuple[Indices | None, ...]
    model: Indices
    warnings: tuple[Condition, ...] = ()
    refusals: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Equation:
    """A published equation. `formula` and `not_for` are sentences for the reader of docs/equations.md."""

    name: str
    title: str
    inputs: tuple[Input, ...]
    outcomes: tuple[Outcome, ...]
    models: tuple[str, ...]
    compute: Callable[[Columns], Computed]
    formula: str
    citation: str
    not_for: tuple[str, ...]


def band(values: Floats, *edges: float) -> Indices:
    """Which band a value is in: below the first edge 0, from an edge on the next; NaN has none."""
    found = np.searchsorted(np.asarray(edges), values, side="right").astype(np.int64)
    return np.where(np.isnan(values), NO_BAND, found)


def one_model(columns: Columns) -> Indices:
    """For equations with a single model."""
    return np.zeros(len(next(iter(columns.values()))), dtype=np.int64)
