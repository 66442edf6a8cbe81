"""Who trains, who tunes, who is held out: by subject alone, the same for every model and every run."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

SPLITS = ("train", "tuning", "held_out")
_KEY = np.uint64(0x5A3C_91D7_0B4E_F268)  # any constant will do; changing it changes every split


def _mixed(subject_ids: NDArray[np.int64], salt: int) -> NDArray[np.uint64]:
    """SplitMix64's finaliser (Steele, Lea, Flood 2014): each bit depends on every bit of the input."""
    with np.errstate(over="ignore"):
        x = subject_ids.astype(np.uint64) ^ _KEY
        x = x + np.uint64(salt + 1) * np.uint64(0x9E37_79B9_7F4A_7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
        return x ^ (x >> np.uint64(31))


def fraction(subject_ids: NDArray[np.int64], salt: int) -> NDArray[np.float64]:
    """A number in [0, 1) for each subject that depends on the subject and `salt` only."""
    return (_mixed(subject_ids, salt) >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def split(subject_ids: pl.Series) -> pl.Series:
    """`train` (60 %), `tuning` (20 %) or `held_out` (20 %) for each subject."""
    u = fraction(subject_ids.to_numpy(), salt=0)
    return pl.Series("split", np.asarray(SPLITS)[np.searchsorted([0.6, 0.8], u, side="right")])


def folds(subject_ids: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """A fold 0 … count - 1 for each subject, independent of its split."""
    return (fraction(subject_ids, salt=1) * count).astype(np.int64)
