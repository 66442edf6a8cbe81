"""From the unit of the source to the unit that features speak: a closed table by analyte.

value in the group's unit = value · scale + offset. A unit that is missing or not in the table is
not guessed: the value is not used, and `refused` counts it. UCUM codes stand beside the spellings
that senders really write, Russian ones included.
Sources: molar masses as commonly tabulated (glucose 18.016 mg/dL per mmol/L, cholesterol 38.67,
triglycerides 88.57, creatinine 88.42 µmol/L per mg/dL); HbA1c by the NGSP/IFCC master equation,
NGSP % = 0.09148 · IFCC mmol/mol + 2.152 (Hoelzel et al., Clin Chem 2004;50:166).
"""

from collections.abc import Iterable, Mapping
from functools import cache
from math import isfinite

import polars as pl

from features.answer import ANSWERS
from features.codes import CodeGroup

Factor = tuple[float, float]  # scale, offset

# By the group's unit: other spellings and plain scalings, which hold for every analyte.
_SAME: Mapping[str, Mapping[str, float]] = {
    "%": {"%": 1, "%{Hb}": 1, "% NGSP": 1, "{NGSP%}": 1},
    "mmol/L": {"mmol/L": 1, "mmol/l": 1, "ммоль/л": 1, "umol/L": 1e-3, "mol/m3": 1},
    "umol/L": {
        "umol/L": 1,
        "umol/l": 1,
        "µmol/L": 1,
        "μmol/L": 1,
        "мкмоль/л": 1,
        "mmol/L": 1e3,
        "ммоль/л": 1e3,
    },
    "g/L": {"g/L": 1, "g/l": 1, "г/л": 1, "g/dL": 10, "g/dl": 10, "г/дл": 10, "mg/mL": 1, "mg/dL": 0.01},
    "U/L": {"U/L": 1, "[IU]/L": 1, "IU/L": 1, "U/l": 1, "Ед/л": 1, "МЕ/л": 1, "ukat/L": 60, "мккат/л": 60},
    "mm[Hg]": {"mm[Hg]": 1, "mmHg": 1, "mm Hg": 1, "мм рт. ст.": 1, "мм рт.ст.": 1, "kPa": 7.500617},
    "/min": {
        **dict.fromkeys(("/min", "1/min", "{beats}/min", "{Beats}/min", "{beat}/min", "{bpm}"), 1),
        **dict.fromkeys(("beats/min", "beats/minute", "bpm", "уд/мин", "уд./мин", "/мин"), 1),
    },
    "cm": {"cm": 1, "см": 1, "m": 100, "м": 100, "mm": 0.1, "мм": 0.1, "[in_i]": 2.54, "[in_us]": 2.54},
    "kg": {"kg": 1, "кг": 1, "g": 1e-3, "г": 1e-3, "[lb_av]": 0.45359237, "[oz_av]": 0.028349523125},
    "kg/m2": {"kg/m2": 1, "kg/m^2": 1, "kg/m²": 1, "кг/м2": 1, "кг/м²": 1},
    "ms": {"ms": 1, "мс": 1, "s": 1e3, "с": 1e3},
    # LOINC 41950-7 is the number of steps in 24 hours, so a bare count of steps is a count a day.
    "/d": dict.fromkeys(("/d", "1/d", "{steps}/d", "{step}/d", "/(24.h)", "{steps}/(24.h)", "{steps}"), 1),
    "h": {"h": 1, "ч": 1, "min": 1 / 60, "мин": 1 / 60, "s": 1 / 3600, "с": 1 / 3600},
}


def _all(spellings: Iterable[str], scale: float, offset: float = 0.0) -> dict[str, Factor]:
    return dict.fromkeys(spellings, (scale, offset))


_MG_DL = ("mg/dL", "mg/dl", "мг/дл")
_CHOLESTEROL = _all(_MG_DL, 1 / 38.67)
_GLUCOSE = {**_all(_MG_DL, 1 / 18.016), **_all(("g/L", "г/л"), 100 / 18.016)}

# By analyte: mass to amount of substance, and HbA1c's line.
_ANALYTE: Mapping[str, Mapping[str, Factor]] = {
    "hba1c": _all(("mmol/mol", "mmol/mol{Hb}", "ммоль/моль"), 0.09148, 2.152),
    "fasting_glucose": _GLUCOSE,
    "glucose": _GLUCOSE,
    "total_cholesterol": _CHOLESTEROL,
    "ldl_cholesterol": _CHOLESTEROL,
    "hdl_cholesterol": _CHOLESTEROL,
    "triglycerides": _all(_MG_DL, 1 / 88.57),
    "creatinine": _all(_MG_DL, 88.42),
}


@cache
def factors(group: CodeGroup) -> Mapping[str, Factor]:
    """Every unit that is understood for this analyte, with the way to the group's own unit.

    Raises:
        KeyError: the group has no unit, or one that the table does not know.
    """
    if group.unit is None or group.unit not in _SAME:
        raise KeyError(f"{group.name}: no table of units leads to {group.unit}; add one to features/unit.py")
    same = {unit: (float(scale), 0.0) for unit, scale in _SAME[group.unit].items()}
    return {**same, **_ANALYTE.get(group.name, {})}


def convert(value: float, unit: str | None, group: CodeGroup) -> float | None:
    """`value` in the group's unit; None if the unit cannot be judged."""
    if unit is None or unit not in factors(group) or not isfinite(value):
        return None
    scale, offset = factors(group)[unit]
    return value * scale + offset


def members(codes: pl.Expr, group: CodeGroup) -> pl.Expr:
    """Whether a code belongs to the group."""
    exact = [c for c in group.codes if not c.endswith("*")]
    starts = [codes.str.starts_with(c[:-1]) for c in group.codes if c.endswith("*")]
    return pl.any_horizontal(codes.is_in(exact), *starts)


def refused(events: pl.DataFrame, groups: Iterable[CodeGroup]) -> pl.DataFrame:
    """Events of measured groups whose value no feature uses, to be shown to the owner of the data.

    Returns:
        analyte, code, unit, events (how many): there is no finite number, its unit is missing or not
        in the table, or a coded answer is not in features/answer.py. Largest count first.
    """
    known: list[pl.DataFrame] = []
    for group in groups:
        rows = events.lazy().filter(members(pl.col("code"), group))
        if group.name in ANSWERS:
            answer = pl.col("text_value").str.split("//").list.last()  # as `answer.code` does
            bad = rows.filter(~answer.is_in(list(ANSWERS[group.name])).fill_null(False))
        elif group.unit is not None:
            understood = pl.col("unit").is_in(list(factors(group))).fill_null(False)
            bad = rows.filter(~(understood & pl.col("numeric_value").is_finite().fill_null(False)))
        else:
            continue
        known.append(
            bad.group_by("code", "unit")
            .agg(pl.len().cast(pl.Int64).alias("events"))
            .select(pl.lit(group.name).alias("analyte"), "code", "unit", "events")
            .collect()
        )
    if not known:
        columns = {"analyte": pl.String, "code": pl.String, "unit": pl.String, "events": pl.Int64}
        return pl.DataFrame(schema=columns)
    return pl.concat(known).sort("events", "analyte", "code", "unit", descending=[True, False, False, False])
