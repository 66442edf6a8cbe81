"""Every feature of the product, in the order of its columns, and the page that lists them."""

import sys
from collections.abc import Iterable

from features.declared import (
    analytes,
    days,
    demographics,
    derived,
    diagnoses,
    drugs,
    examination,
    labs,
    missing,
    pressure,
    visits,
    vitals,
    wearables,
)
from features.feature import DeclarationError, Feature

_DECLARED = {
    "Demographics": demographics,
    "Diagnoses": diagnoses,
    "Drugs": drugs,
    "Laboratory": labs,
    "Laboratory: further tests": analytes,
    "Derived": derived,
    "Vital signs and visits": vitals,
    "Blood pressure": pressure,
    "Examination": examination,
    "Visits, appointments, prevention": visits,
    "Wearables": wearables,
    "Wearables: days and nights": days,
    "What is known": missing,
}

_HEAD = """# Features

Made from the declarations in `features/declared` by `make docs`
(`python -m features.catalogue > docs/features.md`); change those, not this page.

A feature at prediction time T sees events of its window (T − window, T] that were known at T; of a
corrected record only the latest version known at T. Values are turned into the unit shown; a value
whose unit is missing or unknown is not used. Missing values are null; `any`, `count`, `value_count`
and `days` of nothing are 0. "Modifiable" marks what a person can change by living or treatment.
"""


def named(features: Iterable[Feature]) -> dict[str, Feature]:
    """Features by name.

    Raises:
        DeclarationError: two have the same name.
    """
    found: dict[str, Feature] = {}
    for feature in features:
        if feature.name in found:
            raise DeclarationError(f"{feature.name} is declared twice; a name is a column")
        found[feature.name] = feature
    return found


by_name: dict[str, Feature] = named(f for part in _DECLARED.values() for f in part.FEATURES)
FEATURES: tuple[Feature, ...] = tuple(by_name.values())


def table() -> str:
    """The page docs/features.md."""
    lines = [_HEAD, f"{len(FEATURES)} features.\n"]
    for title, part in _DECLARED.items():
        lines.append(f"## {title}\n")
        lines.append("| name | unit | from | aggregate | window, days | modifiable | ru | en |")
        lines.append("|---|---|---|---|---|---|---|---|")
        lines.extend(_line(feature) for feature in part.FEATURES)
        lines.append("")
    return "\n".join(lines)


def _line(feature: Feature) -> str:
    if feature.codes is None:
        source, how = ", ".join(i.name for i in feature.inputs), getattr(feature.formula, "__name__", "")
    else:
        source, how = feature.codes.name, str(feature.aggregate)
    window = "" if feature.window_days is None else str(feature.window_days)
    yes = "yes" if feature.modifiable else ""
    cells = (f"`{feature.name}`", feature.unit, source, how, window, yes, feature.ru, feature.en)
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(table())
