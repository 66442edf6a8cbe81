"""What patients permit: FHIR R4 Consent, one purpose each; the latest word counts.

Shares are design values.
"""

import numpy as np
import polars as pl

from features.simulate.course import Course
from features.simulate.person import People
from features.simulate.record import Ids, Lines, begins
from features.simulate.template import coding, local, template
from features.simulate.window import Ints, Window

PURPOSE = "https://smartclinic.example/consent-purpose"
# Purpose: share that permits among those who are asked, share of permits withdrawn later.
CONSENTS = {"reminder": (0.91, 0.03), "research": (0.64, 0.04), "marketing": (0.44, 0.08)}
ASKED = 0.96

_CONSENT = template(
    {
        "resourceType": "Consent",
        "id": "$id",
        "status": "active",
        "scope": coding("http://terminology.hl7.org/CodeSystem/consentscope", "$scope", "$scope_name"),
        "category": [coding("http://loinc.org", "59284-0", "Consent Document")],
        "patient": {"reference": "Patient/$patient"},
        "dateTime": "$time",
        "organization": [{"reference": "Organization/$clinic"}],
        "policyRule": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "$rule"}]
        },
        "provision": {"type": "$decision", "purpose": [{"system": PURPOSE, "code": "$purpose"}]},
    }
)


def consents(
    rng: np.random.Generator, span: Window, who: People, ids: Ids, clinic: Ints, lived: Course
) -> Lines:
    """One consent a purpose for each patient who was asked; a withdrawal is a later refusal."""
    count = len(who)
    end = np.minimum(lived.death, span.days)
    asked = rng.random(count) < ASKED
    day = np.minimum(np.floor(rng.exponential(60.0, count)), np.maximum(end - 1, 0)) + rng.random(count)
    parts = []
    for purpose, (permits, withdrawn) in CONSENTS.items():
        permit = rng.random(count) < permits
        later = np.floor(day) + 1 + rng.random(count) * np.maximum(end - day - 2, 0)
        back = asked & permit & (rng.random(count) < withdrawn) & (later < end)
        for chosen, when, decision in ((asked, day, permit), (back, later, np.zeros(count, dtype=np.bool_))):
            at = np.flatnonzero(chosen)
            parts.append(
                pl.DataFrame(
                    {
                        "patient": ids.patients.gather(at),
                        "clinic": clinic[at],
                        "time": begins(span, when[at]),
                        "purpose": [purpose] * len(at),
                        "decision": np.where(decision[at], "permit", "deny"),
                    }
                )
            )
    rows = pl.concat(parts).with_columns(
        local("time"),
        rule=pl.when(pl.col("decision") == "permit").then(pl.lit("OPTIN")).otherwise(pl.lit("OPTOUT")),
        scope=pl.when(pl.col("purpose") == "research")
        .then(pl.lit("research"))
        .otherwise(pl.lit("patient-privacy")),
        scope_name=pl.when(pl.col("purpose") == "research")
        .then(pl.lit("Research"))
        .otherwise(pl.lit("Privacy Consent")),
    )
    yield "Consent", _CONSENT.render(rows.with_columns(id=ids.of("s", len(rows))))
