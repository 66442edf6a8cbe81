"""A subject's diagnoses, drugs and state, as a case is described and looked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from features.catalogue import FEATURES
from features.feature import Feature
from serving.case import Vector
from serving.encoder import Encoder

# Vocabularies whose codes say what a person has or takes, and whose names are dictionary words.
CLINICAL = ("ICD10", "ICD10CM", "SNOMED", "ATC", "RXNORM")


@dataclass(frozen=True)
class Profile:
    """Codes and their dictionary names, each once, latest first."""

    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def profiles(seen: pl.DataFrame) -> dict[int, Profile]:
    """Profiles of everybody with a clinical code among the visible events."""
    found = (
        seen.filter(pl.any_horizontal(pl.col("code").str.starts_with(f"{name}//") for name in CLINICAL))
        .sort("time", descending=True, nulls_last=True)
        .group_by("subject_id", maintain_order=True)
        .agg(
            pl.col("code").unique(maintain_order=True),
            pl.col("text_value").drop_nulls().unique(maintain_order=True),
        )
    )
    return {subject: Profile(tuple(codes), tuple(names)) for subject, codes, names in found.iter_rows()}


def state_features() -> list[Feature]:
    """Features that describe a state by a quantity: age, and what is measured or computed from measurements.
    Yes/no features have no unit and are codes already."""
    quantity = ("last", "mean", "years_since_last", None)
    return [feature for feature in FEATURES if feature.aggregate in quantity and feature.unit != "1"]


@dataclass(frozen=True)
class Scale:
    """How measured features become a vector: fitted on the indexed cases, kept with the index."""

    names: tuple[str, ...]
    median: Vector
    spread: Vector  # interquartile range / 1.349: a standard deviation that outliers do not move

    @classmethod
    def fit(cls, names: Sequence[str], values: npt.NDArray[np.float32]) -> "Scale":
        """Args: values: [cases, features], NaN where missing. Features that do not vary are left out."""
        known = [i for i in range(len(names)) if np.isfinite(values[:, i]).any()]
        quartiles = np.nanpercentile(values[:, known], (25, 50, 75), axis=0) if known else np.zeros((3, 0))
        spread = (quartiles[2] - quartiles[0]) / 1.349
        varies = np.flatnonzero(spread > 0)
        return cls(
            tuple(names[known[i]] for i in varies),
            quartiles[1][varies].astype(np.float32),
            spread[varies].astype(np.float32),
        )

    def vector(self, values: npt.NDArray[np.float32]) -> Vector | None:
        """Robust z, squashed so that one wild value cannot dominate; missing is 0; length 1.

        None: nothing is known, or everything is exactly typical.
        """
        z = np.tanh((values - self.median) / self.spread / 2.5)
        z = np.where(np.isfinite(z), z, 0.0).astype(np.float32)
        length = float(np.sqrt(z @ z))
        return (z / length).astype(np.float32) if length > 0 else None


class Names:
    """Vectors of dictionary names, each encoded once: a few hundred names make thousands of cases."""

    LIMIT = 50_000

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._known: dict[str, Vector] = {}

    def learn(self, names: Collection[str]) -> Mapping[str, Vector]:
        """Encode what is new. Returns a mapping that holds all of `names`, whoever learns meanwhile."""
        known = self._known
        new = sorted(set(names) - known.keys())
        if len(known) + len(new) > self.LIMIT:
            known = self._known = {}
            new = sorted(set(names))
        known.update(zip(new, self.encoder.encode(new), strict=True))
        return known

    def mean(self, names: Sequence[str]) -> Vector | None:
        """The mean of the names' vectors, not yet centred; None without names."""
        if not names:
            return None
        known = self.learn(names)
        found = np.vstack([known[name] for name in names])
        return np.asarray(found.mean(axis=0), np.float32)


def centred(vector: Vector | None, mean: Vector) -> Vector | None:
    """What tells a text from all the others, at length 1."""
    if vector is None:
        return None
    away = vector - mean
    length = float(np.sqrt(away @ away))
    return (away / length).astype(np.float32) if length > 1e-6 else None
