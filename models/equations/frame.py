"""Many people at once: a polars frame in, a frame of results out, in slices that bound the memory."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from models.equations import unit
from models.equations.check import MISSING, check, fault, filled
from models.equations.equation import Columns, Computed, Condition, Equation, InputRefused, Mask
from models.equations.input import Input

SLICE = 50_000  # rows
_BITS = 60  # conditions that one integer tells apart


def results(
    equation: Equation, people: pl.DataFrame, *, keep: Sequence[str], units: Mapping[str, str]
) -> pl.DataFrame:
    """See `register.calculate_frame`."""
    factors = _readable(equation, people, keep, units)
    slices = [
        _slice(equation, people.slice(start, SLICE), keep, factors)
        for start in range(0, max(people.height, 1), SLICE)
    ]
    return pl.concat(slices)


def _readable(
    equation: Equation, people: pl.DataFrame, keep: Sequence[str], units: Mapping[str, str]
) -> dict[str, unit.Factor]:
    """The conversion of each column, once the frame as a whole has been found to be readable."""
    declared = {i.name: i for i in equation.inputs}
    faults = [f"{c}: not an input of {equation.name}" for c in people.columns if c not in {*declared, *keep}]
    faults += [f"{name}: not a column to keep" for name in keep if name not in people.columns]
    faults += [f"{name}: not an input with a unit" for name in units if name not in people.columns]
    found = {}
    for name, wanted in declared.items():
        if name not in people.columns:
            if wanted.required:
                faults.append(fault(wanted, MISSING))
            continue
        if not _fits(wanted, people.schema[name]):
            kind = "numbers" if wanted.kind == "number" else wanted.range()
            faults.append(fault(wanted, f"must be a column of {kind}"))
        factor = unit.factor(wanted, units[name]) if name in units else (1.0, 0.0)
        if factor is None:
            faults.append(fault(wanted, f"its unit is not understood; give {unit.wanted(wanted)}"))
        else:
            found[name] = factor
    if faults:
        raise InputRefused(equation.name, faults)
    return found


def _fits(wanted: Input, kind: pl.DataType) -> bool:
    if kind == pl.Null:
        return True
    if wanted.kind == "flag":
        return kind == pl.Boolean
    if wanted.kind == "choice" and isinstance(wanted.options[0], str):
        return kind in (pl.String, pl.Categorical, pl.Enum)
    return kind.is_numeric()


def _slice(
    equation: Equation, people: pl.DataFrame, keep: Sequence[str], factors: Mapping[str, unit.Factor]
) -> pl.DataFrame:
    columns, unreadable = _columns(equation, people, factors)
    unusable = (*unreadable, *_without(check(equation, columns), unreadable))
    good = ~_any(unusable, people.height)
    complete, assumed = filled(equation, {name: values[good] for name, values in columns.items()})
    computed = equation.compute(complete)
    refused = _spread(computed.refusals, good)
    answered = good & ~_any(refused, people.height)
    return pl.DataFrame(
        [
            *people.select(keep).get_columns(),
            _words(equation.models, computed.model, good, answered).alias("model"),
            *_outcomes(equation, computed, good, answered),
            _told(_spread((*assumed, *computed.warnings), good), answered).alias("warnings"),
            _joined((*unusable, *refused), people.height),
        ]
    )


def _columns(
    equation: Equation, people: pl.DataFrame, factors: Mapping[str, unit.Factor]
) -> tuple[Columns, list[Condition]]:
    found, unreadable = {}, list[Condition]()
    for wanted in equation.inputs:
        if wanted.name not in people.columns:
            found[wanted.name] = np.full(people.height, np.nan)
            continue
        column = people[wanted.name]
        absent = column.is_null().to_numpy()
        if wanted.kind == "choice":
            places = {o: float(p) for p, o in enumerate(wanted.options)}
            plain = column.cast(pl.String if isinstance(wanted.options[0], str) else pl.Float64)
            read = plain.replace_strict(places, default=None, return_dtype=pl.Float64)
            what = f"must be one of {wanted.range()}"
        else:
            scale, offset = factors[wanted.name]
            read = column.cast(pl.Float64) * scale + offset
            read = pl.select(pl.when(read.is_finite()).then(read)).to_series()
            what = "not a finite number"
        values = read.cast(pl.Float64).fill_null(np.nan).to_numpy()
        unreadable.append((fault(wanted, what), np.isnan(values) & ~absent))
        found[wanted.name] = values
    return found, unreadable


def _without(checked: Sequence[Condition], unreadable: Sequence[Condition]) -> list[Condition]:
    """A value that could not be read is NaN by now, but it is not "not given"."""
    read = {text.split(":")[0]: of for text, of in unreadable}
    return [
        (text, of & ~read[text.split(":")[0]] if text.split(":")[0] in read else of) for text, of in checked
    ]


def _any(conditions: Sequence[Condition], height: int) -> Mask:
    found = np.zeros(height, dtype=np.bool_)
    for _, of in conditions:
        found |= of
    return found


def _spread(conditions: Sequence[Condition], good: Mask) -> tuple[Condition, ...]:
    """From the computed rows to all rows."""
    spread = []
    for text, of in conditions:
        if of.any():
            wide = np.zeros(len(good), dtype=np.bool_)
            wide[good] = of
            spread.append((text, wide))
    return tuple(spread)


def _words(
    words: Sequence[str], places: np.ndarray[tuple[int, ...], np.dtype[np.int64]], good: Mask, shown: Mask
) -> pl.Series:
    """One word a row, null where there is none."""
    wide = np.full(len(good), len(words), dtype=np.int64)
    wide[good] = np.where(places < 0, len(words), places)
    wide[~shown] = len(words)
    return pl.Series([*words, None], dtype=pl.String).gather(wide)


def _outcomes(equation: Equation, computed: Computed, good: Mask, shown: Mask) -> list[pl.Series]:
    made = []
    for outcome, values, bands in zip(equation.outcomes, computed.values, computed.bands, strict=True):
        wide = np.full(len(good), np.nan)
        wide[good] = values
        wide[~shown] = np.nan
        series = pl.Series(outcome.column, wide).fill_nan(None)
        if not outcome.categorical:
            made.append(series.cast(pl.Int64) if outcome.whole else series)
        if bands is not None:
            named = _words(outcome.bands, bands, good, shown)
            made.append(named.alias(outcome.column if outcome.categorical else f"{outcome.column}_band"))
    return made


def _told(conditions: Sequence[Condition], shown: Mask) -> pl.Series:
    """The texts that hold, as a list a row: each combination is written once and then pointed to."""
    lists = pl.Series([[]] * 1, dtype=pl.List(pl.String)).gather(np.zeros(len(shown), dtype=np.int64))
    for start in range(0, len(conditions), _BITS):
        part = conditions[start : start + _BITS]
        code = np.zeros(len(shown), dtype=np.int64)
        for bit, (_, of) in enumerate(part):
            code |= (of & shown).astype(np.int64) << bit
        kinds, place = np.unique(code, return_inverse=True)
        texts = [[text for bit, (text, _) in enumerate(part) if kind >> bit & 1] for kind in kinds.tolist()]
        more = pl.Series(texts, dtype=pl.List(pl.String)).gather(place)
        lists = more if start == 0 else pl.select(pl.concat_list(lists, more)).to_series()
    return lists


def _joined(conditions: Sequence[Condition], height: int) -> pl.Series:
    """Why a row has no results, as one text; null if it has."""
    present = [condition for condition in conditions if condition[1].any()]
    lists = _told(present, np.ones(height, dtype=np.bool_))
    text = lists.list.join("; ")
    return pl.select(pl.when(lists.list.len() > 0).then(text).alias("refused")).to_series()
