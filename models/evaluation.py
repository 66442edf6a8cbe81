"""How good a model is on subjects that it has never seen: discrimination, error, calibration."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.calibration import logistic, logit, slope

Floats = NDArray[np.float64]

NORMAL_95 = 1.6449  # the 95 % quantile of the normal distribution: both ends of a 90 % interval


@dataclass(frozen=True)
class Evaluation:
    """Figures on held_out rows.

    Calibration slope and intercept: logistic regression of the label on logit(p); 1 and 0 are
    perfect (Cox 1958; Van Calster et al. 2019, doi:10.1186/s12916-019-1466-7). Calibration in the
    large: the intercept when the slope is held at 1. Standard errors allow for several rows of one
    subject (cluster sandwich, Liang and Zeger 1986).
    """

    rows: int
    events: int
    prevalence: float
    mean_probability: float
    auroc: float
    average_precision: float
    brier: float
    brier_scaled: float
    calibration_slope: float
    calibration_slope_se: float
    calibration_intercept: float
    calibration_in_the_large: float

    def metrics(self) -> dict[str, float]:
        """All figures as numbers, for the manifest and for MLflow."""
        return {name: float(value) for name, value in asdict(self).items()}


def auroc(label: NDArray[np.int8], probability: Floats) -> float:
    """Area under the ROC curve by ranks, ties at half (Mann-Whitney)."""
    _, rank, count = np.unique(probability, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2
    positive = label == 1
    events, others = int(positive.sum()), int((~positive).sum())
    return float((middle[rank[positive]].sum() - events * (events + 1) / 2) / (events * others))


def auroc_lower(label: NDArray[np.int8], probability: Floats, subject: NDArray[np.int64]) -> float:
    """Lower end of the 90 % interval of the AUROC, several rows of one subject allowed for.

    The variance is that of DeLong et al. 1988 (doi:10.2307/2531595) with the contributions of one
    subject's rows added up, as Obuchowski 1997 (doi:10.2307/2533958) does for clustered data.
    """
    positive = label == 1
    share = np.empty(len(label))  # of the rows of the other outcome that a row is rightly ranked against
    for own, other in ((positive, ~positive), (~positive, positive)):
        among = np.sort(probability[other])
        below = np.searchsorted(among, probability[own], side="left")
        upto = np.searchsorted(among, probability[own], side="right")
        share[own] = (below + upto) / 2 / len(among)
    share[~positive] = 1 - share[~positive]
    area = float(share[positive].mean())
    pull = (share - area) / np.where(positive, positive.sum(), (~positive).sum())
    _, cluster = np.unique(subject, return_inverse=True)
    error = float(np.sqrt(np.sum(np.bincount(cluster, pull) ** 2)))
    return area - NORMAL_95 * error


def average_precision(label: NDArray[np.int8], probability: Floats) -> float:
    """Mean precision over the events, in order of falling probability; ties count together."""
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(label[order] == 1)
    last = np.append(np.diff(probability[order]) != 0, True)
    precision = hits[last] / (np.flatnonzero(last) + 1)
    recall = hits[last] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def _slope(score: Floats, label: Floats, subject: NDArray[np.int64]) -> tuple[float, float, float]:
    try:
        return slope(score, label, subject)
    except np.linalg.LinAlgError:  # one probability for all, or perfect separation: no slope to speak of
        return float("nan"), float("nan"), float("nan")


def evaluate(label: NDArray[np.int8], probability: Floats, subject: NDArray[np.int64]) -> Evaluation:
    """Evaluate probabilities against 0/1 labels; both outcomes must occur."""
    y = label.astype(np.float64)
    score = logit(probability)
    beta, beta_se, intercept = _slope(score, y, subject)
    brier = float(np.mean((probability - y) ** 2))
    in_the_large = logistic(np.ones((len(y), 1)), y, offset=score)[0]
    return Evaluation(
        rows=len(y),
        events=int(y.sum()),
        prevalence=float(y.mean()),
        mean_probability=float(probability.mean()),
        auroc=auroc(label, probability),
        average_precision=average_precision(label, probability),
        brier=brier,
        brier_scaled=1 - brier / float(y.mean() * (1 - y.mean())),
        calibration_slope=beta,
        calibration_slope_se=beta_se,
        calibration_intercept=intercept,
        calibration_in_the_large=float(in_the_large),
    )


def calibration_plot(
    label: NDArray[np.int8], probability: Floats, title: str, path: Path, bins: int = 10
) -> None:
    """Write a PNG: observed share against predicted probability in `bins` groups of equal size."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    order = np.argsort(probability, kind="stable")
    groups = [g for g in np.array_split(order, bins) if len(g)]
    predicted = np.array([probability[g].mean() for g in groups])
    events = np.array([label[g].sum() for g in groups], dtype=np.float64)
    size = np.array([len(g) for g in groups], dtype=np.float64)
    observed = events / size
    # Wilson's interval: groups of rare outcomes often hold no event at all.
    z = 1.96
    middle = (observed + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z * np.sqrt(observed * (1 - observed) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)

    figure = Figure(figsize=(5.4, 6.2), layout="constrained")
    FigureCanvasAgg(figure)
    top, bottom = figure.subplots(2, 1, height_ratios=[4, 1])
    reach = 1.08 * float(max(predicted.max(), (middle + half).max()))
    top.plot([0, reach], [0, reach], color="0.6", linewidth=1, label="perfect")
    top.vlines(predicted, np.maximum(middle - half, 0), middle + half, color="#1f6f8b", linewidth=1.5)
    top.plot(
        predicted, observed, "o", color="#1f6f8b", label=f"{len(groups)} groups of equal size, 95 % interval"
    )
    top.set(
        xlim=(0, reach), ylim=(0, reach), xlabel="predicted probability", ylabel="observed share", title=title
    )
    top.legend(loc="upper left", frameon=False)
    bottom.hist(probability, bins=40, range=(0, reach), color="#9cc5d1", log=True)
    bottom.set(xlim=(0, reach), xlabel="predicted probability", ylabel="rows")
    figure.savefig(path, dpi=120, metadata={"Software": None})
