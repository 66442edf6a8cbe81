"""Coded answers that stand for a number: closed tables, by code group.

Smoking status (LOINC 72166-2, answer list LL2201-3, and the SNOMED CT codes that US Core pairs
with it): 1 smokes now, 0 does not (former or never). "Smoker, current status unknown" counts as
smoking now: someone wrote down a smoker and nobody wrote down that it stopped. "Unknown if ever
smoked" is no answer and stays out of the table, so it is missing.
"""

from collections.abc import Mapping

_SMOKES_NOW = (
    "449868002",  # smokes tobacco daily
    "428041000124106",  # occasional tobacco smoker
    "428071000124103",  # heavy tobacco smoker
    "428061000124105",  # light tobacco smoker
    "230059006",  # occasional cigarette smoker
    "65568007",  # cigarette smoker
    "77176002",  # smoker, current status unknown
    "LA18976-3",  # current every day smoker
    "LA18977-1",  # current some day smoker
    "LA18979-7",  # smoker, current status unknown
    "LA18981-3",  # heavy tobacco smoker
    "LA18982-1",  # light tobacco smoker
)
_DOES_NOT = (
    "8517006",  # ex-smoker
    "266919005",  # never smoked tobacco
    "8392000",  # non-smoker
    "LA15920-4",  # former smoker
    "LA18978-9",  # never smoker
)

ANSWERS: Mapping[str, Mapping[str, float]] = {
    "smoking_status": {**dict.fromkeys(_SMOKES_NOW, 1.0), **dict.fromkeys(_DOES_NOT, 0.0)},
}


def code(text: str) -> str:
    """The answer's code without its vocabulary: `SNOMED//449868002` and `449868002` are the same."""
    return text.rsplit("//", 1)[-1]
