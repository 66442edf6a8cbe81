"""The recommendation API's contract: what serving answers and what its callers may rely on.

Names follow FHIR R4 where it has the idea (RiskAssessment: outcome, probability, when). Subject
numbers are 63-bit, so JSON carries them as strings: JavaScript would round them.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from serving import example

SubjectId = Annotated[int, PlainSerializer(str, return_type=str, when_used="json")]
Language = Literal["ru", "en"]


class Contract(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(Contract):
    """One cause, in words, with the subject's own value."""

    feature: str | None = Field(default=None, description="feature of the model; null: a rule's reason")
    text: str
    value: float | None = None
    unit: str | None = Field(default=None, description="UCUM")
    contribution: float | None = Field(
        default=None,
        description="log-odds that this value adds: of a risk to its probability; of a date to the chance "
        "that a result is abnormal within the step of the model in which `due` lies",
    )


class ModelReference(Contract):
    name: str
    version: str


class RuleReference(Contract):
    id: str
    source: str = Field(description="the order or guideline, with its paragraph")


class RiskAssessment(Contract):
    """A probability, or what is missing to give one; never a silent number."""

    outcome: str = Field(description="VOCABULARY//CODE")
    title: str
    probability: float | None = Field(default=None, ge=0, le=1)
    when_days: int = Field(description="the probability is for this many days from prediction_time")
    reasons: list[Reason] = Field(
        default=[],
        description="the strongest; base + other + their contributions = ln(probability / (1 - probability))",
    )
    base: float | None = Field(default=None, description="log-odds before anything is known of the subject")
    other: float | None = Field(default=None, description="log-odds that all that is not named adds")
    not_given: str | None = Field(default=None, description="why there is no probability, in words")
    model: ModelReference


class Recommendation(Contract):
    """One examination that is due."""

    examination: str
    title: str
    due: date
    overdue: bool
    last_done: date | None = None
    priority: int = Field(
        default=100,
        description="which examination to name first; lower is sooner: what finds the most dangerous "
        "treatable disease",
    )
    basis: Literal["rule", "model"] = Field(description="what set the date")
    probability: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="that the result would be abnormal by `due` (by now, if that has passed), reckoned from "
        "the last examination; null: no timing model speaks of it, whatever set the date",
    )
    reasons: list[Reason]
    rule: RuleReference | None = None
    model: ModelReference | None = None


class Recommendations(Contract):
    """What is due by today first, by priority; then what comes, soonest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [example.RECOMMENDATIONS]})

    subject_id: SubjectId | None = Field(description="null: an inline record of an unknown patient")
    prediction_time: datetime
    data_as_of: datetime | None = Field(description="the subject's latest known event; null: no data")
    language: Language
    recommendations: list[Recommendation]
    notes: list[str] = Field(default=[], description="what could not be said, and why")


class Risks(Contract):
    """What the risk models say of a subject."""

    model_config = ConfigDict(json_schema_extra={"examples": [example.RISKS]})

    subject_id: SubjectId | None
    prediction_time: datetime
    data_as_of: datetime | None
    language: Language
    risks: list[RiskAssessment]


class SimilarCase(Contract):
    """Another patient's state, without anything that names the patient."""

    case: str = Field(description="a random token of the case, not the subject")
    similarity: float
    sex: Literal["F", "M"] | None
    age_band: str = Field(description="five years, such as 50-54")
    shared: list[str] = Field(description="codes that both have")


class SimilarCases(Contract):
    """Cases of other patients, most alike first."""

    model_config = ConfigDict(json_schema_extra={"examples": [example.SIMILAR]})

    subject_id: SubjectId
    prediction_time: datetime
    cases: list[SimilarCase]
    notes: list[str] = []


class Health(Contract):
    status: Literal["alive"]


class Readiness(Contract):
    """`ready`: every model and index that is published is loaded."""

    ready: bool
    models: dict[str, str] = Field(description="versions that are served, by model")
    refused: dict[str, str] = Field(
        default={}, description="published models that are not served, with the reason"
    )
    cases: str | None = Field(description="version of the index of cases; null: none is published")
    notes: list[str] = []
