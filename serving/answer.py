"""From scores and dates to the sentences of the contract."""

from collections.abc import Iterator, Mapping, Sequence
from math import log, log1p

import numpy as np
import numpy.typing as npt

from models.manifest import Text
from serving.bundle import Bundle, Rows
from serving.dating import Dated
from serving.problem import say
from serving.reason import dated_by_model, reasons
from serving.schemas import (
    Language,
    ModelReference,
    Reason,
    Recommendation,
    RiskAssessment,
    RuleReference,
)
from serving.scoring import Scored

SMALLEST = 1e-9
Contributions = npt.NDArray[np.float64]


def assessments(scored: Scored, language: Language) -> list[RiskAssessment]:
    """One a row of the table that was scored."""
    bundle = scored.bundle
    contributions = _scaled(bundle, scored.rows[list(scored.position)])
    found = []
    for row, why_not in enumerate(scored.silence):
        at = scored.position.get(row)
        why: list[Reason] = []
        probability = base = other = None
        if at is not None:
            why = reasons("risk", bundle.columns, scored.rows[row], contributions[at], language)
            probability, base = float(scored.probability[at]), float(contributions[at, -1])
            # What is not shown, and what the float32 of the graph rounds: the sum is the answer's own.
            other = _logit(probability) - base - sum(reason.contribution or 0.0 for reason in why)
        found.append(
            RiskAssessment(
                outcome=bundle.manifest.outcome,
                title=say(bundle.manifest.title, language),
                probability=probability,
                when_days=bundle.manifest.horizon_days,
                reasons=why,
                base=base,
                other=other,
                not_given=say(why_not, language) if why_not else None,
                model=_reference(bundle),
            )
        )
    return found


def recommendation(
    item: Dated,
    title: Text | None,
    model: Scored | None,
    causes: Sequence[Reason],
    priority: int,
    language: Language,
) -> Recommendation:
    """One examination. What set its date comes first among the reasons, then `causes`, the model's own."""
    spoke = model if item.step is not None else None
    title = title or (model.bundle.manifest.title if model else None)
    first: list[Reason] = []
    if item.basis == "rule" and item.rule is not None:
        first = [Reason(text=say(item.rule.why, language))]
    elif item.probability is not None:
        first = [Reason(text=dated_by_model(item.probability, item.due, language))]
    return Recommendation(
        examination=item.examination,
        title=say(title, language) if title else item.examination,
        due=item.due,
        overdue=item.overdue,
        last_done=item.last_done,
        priority=priority,
        basis=item.basis,
        probability=item.probability,
        reasons=[*first, *causes],
        rule=RuleReference(id=item.rule.id, source=item.rule.source) if item.rule else None,
        model=_reference(spoke.bundle) if spoke else None,
    )


def explained(
    timing: Mapping[str, Scored], dated: Sequence[Sequence[Dated]], language: Language
) -> Iterator[tuple[tuple[int, str], list[Reason]]]:
    """Reasons of each day that a model spoke on, at the step on which the day falls: one call a model."""
    for name, scored in timing.items():
        spoken = [
            (row, item.step)
            for row, items in enumerate(dated)
            for item in items
            if item.examination == name and item.step is not None
        ]
        if not spoken:
            continue
        rows, steps = [row for row, _ in spoken], [step for _, step in spoken]
        asked = scored.bundle.at_step(scored.rows[rows], np.asarray(steps, np.float32))
        contributions = _scaled(scored.bundle, asked)
        names = scored.bundle.manifest.features
        for at, row in enumerate(rows):
            yield (row, name), reasons("timing", names, asked[at], contributions[at], language)


def _scaled(bundle: Bundle, rows: Rows) -> Contributions:
    """[rows, features + 1], log-odds of the calibrated probability; the last column is the base."""
    platt = bundle.manifest.calibration
    found = platt.slope * bundle.explainer.contributions(rows)
    found[:, -1] += platt.intercept
    return np.asarray(found, np.float64)


def _logit(probability: float) -> float:
    """Bounded, for float32 rounds the last probabilities to 0 and 1, whose odds are endless."""
    bounded = min(max(probability, SMALLEST), 1.0 - SMALLEST)
    return log(bounded) - log1p(-bounded)


def _reference(bundle: Bundle) -> ModelReference:
    return ModelReference(name=bundle.manifest.name, version=bundle.manifest.version)
