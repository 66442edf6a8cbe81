"""Why a model says what it says: exact TreeSHAP contributions from the trees beside the graph.

Lundberg et al. 2020, Nature Machine Intelligence 2:56. The only module that imports LightGBM.
"""

from pathlib import Path

import lightgbm
import numpy as np
import numpy.typing as npt

MANY = 64  # rows from which a second thread pays


class Explainer:
    """The trees of one model."""

    def __init__(self, path: Path) -> None:
        self._booster = lightgbm.Booster(model_file=str(path))
        self.features = self._booster.num_feature()

    def contributions(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """float64 [rows, features + 1], log-odds; the last column is the model's base.

        A row adds up to the raw score, before calibration.
        """
        if not len(rows):
            return np.zeros((0, self.features + 1))
        found = self._booster.predict(
            rows,
            pred_contrib=True,
            num_threads=1 if len(rows) < MANY else 2,
            predict_disable_shape_check=True,
        )
        return np.asarray(found, np.float64)
