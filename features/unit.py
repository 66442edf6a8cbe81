"""From the unit of the source to the unit that features speak, by UCUM and a closed table of analytes.

value in the group's unit = value · scale + offset. A unit that is missing, that cannot be read, or that
measures something else is not guessed: the value is not used, and `refused` counts it. Mass turns into
amount of substance, equivalents into moles and international units into catalytic ones only where
features/analyte.py knows the analyte; what is a plain ratio (%) has a closed list of spellings.
"""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from math import isfinite

import polars as pl

from features.analyte import NONE, Analyte, analyte, by_loinc
from features.answer import ANSWERS
from features.codes import CodeGroup
from features.ucum.expression import NotUcum
from features.ucum.measure import Measure, measure
from features.ucum.spelling import ucum
from features.ucum.word import COMMON

Factor = tuple[float, float]  # scale, offset

# Bases of their own: UCUM makes a mole a number and an equivalent a mole, which an analyte decides here.
_APART = frozenset(["mol", "eq", "osm", "U", "kat", "[iU]"])
_CATALYSIS = {"kat": ("U", Fraction(60_000_000))}
# Annotations that only say what is counted, which the code says too.
_NOTES = "beats beat breaths steps step cells cell count rbc wbc platelets copies hb ngsp% index score"
_COUNTED = frozenset(_NOTES.split())
# Ratios have no base units, so that UCUM alone would take mmol/mol for %. unit → spellings and scale.
_RATIOS: Mapping[str, Mapping[str, str]] = {
    "%": {"%": "1", "%{Hb}": "1", "%{NGSP}": "1", "{NGSP%}": "1", "[ppth]": "0.1"},
    "%{volume}": {"%": "1", "L/L": "100", "l/l": "100", "%{volume}": "1"},
    "mg/g": {
        **dict.fromkeys(("mg/g", "mg/g{creat}", "ug/mg", "ug/mg{creat}", "mg/g{Cre}"), "1"),
        **dict.fromkeys(("mg/mmol", "mg/mmol{creat}", "g/mol", "g/mol{creat}", "mg/mmol{Cre}"), "8.842"),
    },
    "1": dict.fromkeys(("1", "{INR}", "{ratio}", "{index}"), "1") | {"%": "0.01"},
    "{score}": dict.fromkeys(("{score}", "{Score}", "1"), "1"),
    # LOINC 41950-7 is the number of steps in 24 hours, so a bare count of steps is a count a day.
    "/d": dict.fromkeys(("{steps}", "{step}", "{steps}/d", "/d", "1/d", "{steps}/(24.h)", "/(24.h)"), "1"),
}


class Factors(Mapping[str, Factor]):
    """Units as senders write them → the way to one unit; those that cannot be judged are not in it.

    Any spelling can be looked up; going through it gives the common ones.
    """

    def __init__(self, target: str, of: Analyte) -> None:
        self.target, self._of = target, of
        self._known: dict[str, Factor | None] = {}

    def __getitem__(self, unit: str) -> Factor:
        if unit not in self._known:
            if len(self._known) > 10_000:  # a sender with free text for units must not fill the memory
                self._known = {}
            self._known[unit] = between(unit, self.target, self._of)
        found = self._known[unit]
        if found is None:
            raise KeyError(unit)
        return found

    def __iter__(self) -> Iterator[str]:
        return (unit for unit in dict.fromkeys((self.target, *COMMON)) if unit in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def between(source: str, target: str, of: Analyte | str = NONE) -> Factor | None:
    """Scale and offset from one unit to another for an analyte (or its LOINC code).

    Args:
        source: as a sender writes it.
        target: UCUM.

    Returns:
        None: it cannot be judged.
    """
    if isinstance(of, str):
        of = by_loinc().get(of, NONE)
    said = target if source == target else ucum(source)
    if said is None:
        return None
    if target in _RATIOS:
        for unit, scale, offset in of.line if of.target == target else ():
            if said == unit:
                return float(scale), float(offset)
        scale = "1" if said == target else _RATIOS[target].get(said, "")
        return (float(Fraction(scale)), 0.0) if scale else None
    try:
        start, end = _amount(measure(said, _APART), of), _amount(measure(target, _APART), of)
    except NotUcum:
        return None
    if start.powers != end.powers or _meant(start) != _meant(end) or not end.powers:
        return None
    if start.curve or end.curve:
        return _temperature(said, target)
    scale_of = start.factor / end.factor
    return float(scale_of), 0.0


def _amount(unit: Measure, of: Analyte) -> Measure:
    """The unit with moles, equivalents, osmoles and international units in what the analyte allows."""
    ways: dict[str, tuple[str, Fraction]] = dict(_CATALYSIS)
    if of.charge:
        ways["eq"] = ("mol", Fraction(1, of.charge))
    if of.osmotic:
        ways["osm"] = ("mol", Fraction(1))
    if of.international:
        ways |= {"[iU]": ("mol", Fraction(of.international)), "U": ("mol", Fraction(of.international))}
    elif of.units == "same":
        ways["[iU]"] = ("U", Fraction(1))
    factor, powers = unit.factor, dict(unit.powers)
    for base, (other, size) in ways.items():
        if power := powers.pop(base, 0):
            factor *= size**power
            powers[other] = powers.get(other, 0) + power
    if of.mass and (power := powers.pop("mol", 0)):
        factor *= of.mass**power
        powers["g"] = powers.get("g", 0) + power
    return Measure(factor, tuple(sorted((b, p) for b, p in powers.items() if p)), unit.notes, unit.curve)


def _meant(unit: Measure) -> frozenset[str]:
    """Annotations that change what is measured: per gram of creatinine, per 1.73 m², FEU."""
    return frozenset(note for note in unit.notes if note.casefold() not in _COUNTED)


def _temperature(source: str, target: str) -> Factor | None:
    lines = {"Cel": (1.0, 0.0), "[degF]": (5 / 9, -160 / 9), "K": (1.0, -273.15)}
    return lines.get(source) if target == "Cel" else None


@cache
def factors(group: CodeGroup) -> Factors:
    """Every unit that is understood for this analyte, with the way to the group's own unit.

    Raises:
        KeyError: the group has no unit, or one that is not UCUM.
    """
    unit = group.unit
    if unit is None or ucum(unit) is None:
        raise KeyError(f"{group.name}: {unit} is no unit of UCUM")
    return Factors(unit, analyte(group.codes))


def convert(value: float, unit: str | None, group: CodeGroup) -> float | None:
    """`value` in the group's unit; None if the unit cannot be judged."""
    if unit is None or unit not in factors(group) or not isfinite(value):
        return None
    scale, offset = factors(group)[unit]
    return value * scale + offset


def understood(units: pl.Series, group: CodeGroup) -> list[str]:
    """Those of the units that lead to the group's."""
    return [unit for unit in units.drop_nulls().unique().sort().to_list() if unit in factors(group)]


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
        rows = events.lazy().filter(members(pl.col("code"), group)).collect()
        if group.name in ANSWERS:
            answer = pl.col("text_value").str.split("//").list.last()  # as `answer.code` does
            bad = rows.filter(~answer.is_in(list(ANSWERS[group.name])).fill_null(False))
        elif group.unit is not None:
            fine = pl.col("unit").is_in(understood(rows.get_column("unit"), group)).fill_null(False)
            bad = rows.filter(~(fine & pl.col("numeric_value").is_finite().fill_null(False)))
        else:
            continue
        known.append(
            bad.group_by("code", "unit")
            .agg(pl.len().cast(pl.Int64).alias("events"))
            .select(pl.lit(group.name).alias("analyte"), "code", "unit", "events")
        )
    if not known:
        columns = {"analyte": pl.String, "code": pl.String, "unit": pl.String, "events": pl.Int64}
        return pl.DataFrame(schema=columns)
    return pl.concat(known).sort("events", "analyte", "code", "unit", descending=[True, False, False, False])
