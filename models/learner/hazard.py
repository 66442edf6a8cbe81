"""A discrete-time hazard by LightGBM on a grid up to the horizon, for censored rows and competing death.

A row becomes one row for each step that it was followed through; the trees know the step, so risk
factors may matter early and not late. Who died of something else stays at risk with the weight of
Fine and Gray (models/learner/cox.py). (Tutz and Schmid 2016, Modeling Discrete Time-to-Event Data.)
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.learner import boosted, cox
from models.learner.graph import Graph
from models.learner.learner import Floats, Progress, Settings
from models.learner.sample import CENSORED, DEATH, EVENT, Sample, Shape
from models.learner.trees import TreePart, Trees, ensemble
from models.link import hazard_contributions, log_odds_of_hazard, softplus

NAME = "hazard"
STEPS = 6
ROWS = 40_000  # expanded rows on which settings are chosen


@dataclass(frozen=True)
class Hazard:
    """Trees of the log-odds of each step's hazard; the last input of theirs is the step."""

    trees: Trees
    steps: int

    def score(self, x: NDArray[np.float32], rounds: int | None = None) -> Floats:
        """Log-odds of the event by the last step [rows]."""
        odds = self.trees.score(expanded(x, self.steps), rounds).reshape(len(x), self.steps)
        return log_odds_of_hazard(softplus(odds).sum(axis=1))

    def contributions(self, x: NDArray[np.float32]) -> Floats:
        """[rows, inputs + 1]: TreeSHAP of each step, joined along the path from base to row."""
        shap = self.trees.contributions(expanded(x, self.steps))
        return hazard_contributions(shap.reshape(len(x), self.steps, -1))

    def onnx(self, graph: Graph, x: str) -> str:
        """[rows]."""
        width = self.trees.booster.num_feature() - 1
        steps = graph.constant(np.arange(self.steps, dtype=np.float64)[None, :, None])
        one = graph.add("Reshape", x, graph.constant(np.array([-1, 1, width])))
        shape = graph.constant(np.array([1, self.steps, 1]))
        many = graph.add("Expand", one, shape)
        # The step as a column: x's first column times 0 would keep NaN, so it is made from the shape.
        blank = graph.add("Where", graph.add("IsNaN", many), graph.constant(0.0), graph.constant(0.0))
        first = graph.add("Gather", blank, graph.constant(np.array([0])), axis=2)
        whole = graph.add("Concat", many, graph.add("Add", first, steps), axis=2)
        flat = graph.add("Reshape", whole, graph.constant(np.array([-1, width + 1])))
        coded = self.trees.encoding.onnx(graph, flat, width + 1)
        odds = ensemble(graph, self.trees.booster, coded)
        by_step = graph.add("Reshape", graph.softplus(odds), graph.constant(np.array([-1, self.steps])))
        return graph.log_odds_of_hazard(graph.summed(by_step, axis=1))

    def parts(self) -> list[TreePart]:
        """One."""
        (trees,) = self.trees.parts()
        said: Mapping[str, object] = {**trees.said, "kind": "hazard", "steps": self.steps}
        return [TreePart(said, trees.trees)]


def expanded(x: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """Each row `steps` times, with the step as its last column."""
    step = np.tile(np.arange(steps, dtype=np.float32), len(x))
    return np.column_stack([np.repeat(x, steps, axis=0), step])


def expand(shape: Shape, part: Sample) -> tuple[Sample, NDArray[np.int64]]:
    """One row a step followed through, and the row of `part` that each came from."""
    if part.follow is None or shape.horizon is None:
        raise ValueError("a survival model needs follow-up times and a horizon")
    time, event = part.follow.time, part.follow.event
    length = shape.horizon / STEPS
    happened = (event == EVENT) & (time <= shape.horizon)
    at = np.clip(np.ceil(time / length).astype(np.int64) - 1, 0, STEPS - 1)
    # Censored within a step: at risk through it if for more than half.
    through = np.clip(np.floor(time / length + 0.5).astype(np.int64), 0, STEPS)
    dead = event == DEATH
    count = np.where(happened, at + 1, np.where(dead, STEPS, through))
    source = np.repeat(np.arange(len(time)), count)
    step = np.arange(len(source)) - np.repeat(np.cumsum(count) - count, count)
    y = (happened[source] & (step == at[source])).astype(np.int8)
    weight = np.ones(len(source))
    after = dead[source] & (step * length > time[source])
    if after.any():
        ends = event == CENSORED
        then = cox.kaplan_meier(time, ends, step[after] * length)
        weight[after] = then / cox.kaplan_meier(time, ends, time[source[after]])
    x = np.column_stack([part.x[source], step.astype(np.float32)])
    return Sample(x, y, part.subject[source], weight), source


def tune(shape: Shape, part: Sample, threads: int) -> Settings:
    """Settings of least log loss of the steps."""
    rows, _ = expand(shape, part.few(ROWS // STEPS * 2))
    return boosted.tune(shape.with_step(), rows, threads)


def cross_fit(
    shape: Shape,
    part: Sample,
    fold: NDArray[np.int64],
    settings: Settings,
    threads: int,
    progress: Progress,
) -> tuple[Floats, Settings]:
    """Scores of every row by trees that never saw its fold; rounds are chosen by the steps' loss."""
    rows, source = expand(shape, part)
    curves, made, size = [], [], []
    for number in np.unique(fold):
        outside = fold == number
        far = outside[source]
        trees, curve = boosted.curve(
            shape.with_step(), rows.rows(~far).known(), rows.rows(far).known(), settings, threads
        )
        curves.append(curve)
        made.append((outside, trees))
        size.append(int(far.sum()))
        progress()
    rounds = 1 + int(np.argmin(boosted.mean(curves, size)))
    found = np.empty(len(part.y))
    for outside, trees in made:
        found[outside] = Hazard(trees, STEPS).score(part.x[outside], rounds)
    return found, {**settings, "rounds": rounds}


def fit(shape: Shape, part: Sample, settings: Settings, threads: int) -> Hazard:
    """Fit on all rows."""
    rows, _ = expand(shape, part)
    return Hazard(boosted.fit(shape.with_step(), rows, settings, threads), STEPS)
