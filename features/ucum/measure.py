"""A unit in base units, exactly: a rational factor and powers; and the way from one unit to another."""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from features.ucum.expression import NotUcum, Symbol, Term, parse

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Measure:
    """`factor` times base units to their `powers`; `notes` are the annotations, which have no size.

    With a `curve` the unit is no multiple: a value is turned by that function before the factor.
    """

    factor: Fraction
    powers: tuple[tuple[str, int], ...]
    notes: frozenset[str] = NONE
    curve: str | None = None


@lru_cache(maxsize=4096)
def measure(unit: str, apart: frozenset[str] = NONE) -> Measure:
    """The unit in base units; atoms in `apart` count as base units of their own.

    Raises:
        NotUcum: the text is no UCUM unit, or multiplies one that is no multiple (`Cel/s`).
    """
    return _measured(parse(unit), apart)


def _measured(term: Term, apart: frozenset[str]) -> Measure:
    factor, powers, notes = Fraction(1), Counter[str](), set[str]()
    curve = None
    for part in term:
        if isinstance(part.what, int):
            factor *= _power(Fraction(part.what), part.sign)
            continue
        one = _measured(part.what, apart) if isinstance(part.what, tuple) else _symbol(part.what, apart)
        if one.curve is not None and (len(term) > 1 or part.sign < 0):
            raise NotUcum("a unit that is no multiple cannot be part of another")
        curve = one.curve
        factor *= _power(one.factor, part.sign)
        notes |= one.notes
        for base, power in one.powers:
            powers[base] += part.sign * power
    return Measure(factor, tuple(sorted((b, p) for b, p in powers.items() if p)), frozenset(notes), curve)


def _symbol(symbol: Symbol, apart: frozenset[str]) -> Measure:
    atom, notes = symbol.atom, NONE if symbol.note is None else frozenset([symbol.note])
    if atom is None:
        return Measure(Fraction(1), (), notes)
    prefix = symbol.prefix.factor if symbol.prefix else Fraction(1)
    if atom.curve is not None:
        if symbol.exponent != 1:
            raise NotUcum("a unit that is no multiple has no powers")
        base = measure(atom.unit, apart)
        # The prefix belongs to the value on the curve, not to the unit behind it.
        return Measure(atom.value * base.factor, base.powers, notes, f"{atom.curve}|{prefix}")
    base = (
        Measure(Fraction(1), ((atom.code, 1),))
        if not atom.unit or atom.code in apart
        else measure(atom.unit, apart)
    )
    factor = _power(
        prefix * (atom.value if atom.unit and atom.code not in apart else 1) * base.factor, symbol.exponent
    )
    return Measure(factor, tuple((b, p * symbol.exponent) for b, p in base.powers), notes)


def _power(factor: Fraction, exponent: int) -> Fraction:
    if abs(exponent) > 200:  # 10*200 is beyond any measure, and 10*999999999 would not end
        raise NotUcum("a power beyond any measure")
    return Fraction(factor**exponent)


# To the value in the unit behind the function, and back.
_CURVES: Mapping[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "Cel": (lambda x: x + 273.15, lambda x: x - 273.15),
    "degF": (lambda x: x + 459.67, lambda x: x - 459.67),
    "degRe": (lambda x: x + 218.52, lambda x: x - 218.52),
    "pH": (lambda x: 10**-x, lambda x: -math.log10(x)),
    "ln": (math.exp, math.log),
    "lg": (lambda x: 10**x, math.log10),
    "ld": (lambda x: 2**x, math.log2),
    "lgTimes2": (lambda x: 10 ** (x / 2), lambda x: 2 * math.log10(x)),
    "tanTimes100": (lambda x: math.atan(x / 100), lambda x: 100 * math.tan(x)),
    "100tan": (lambda x: math.atan(x / 100), lambda x: 100 * math.tan(x)),
    "sqrt": (lambda x: x**2, math.sqrt),
}


def convert(value: float, source: str, target: str) -> float | None:
    """`value` in another unit by UCUM alone; None if the two measure different things.

    Raises:
        NotUcum: one of the two is no UCUM unit.
    """
    start, end = measure(source), measure(target)
    if start.powers != end.powers:
        return None
    if start.curve is None and end.curve is None:
        return float(Fraction(value) * start.factor / end.factor)
    try:
        base = _from_curve(value, start) * float(start.factor)
        return _to_curve(base / float(end.factor), end)
    except (KeyError, ValueError, OverflowError):  # a homoeopathic potency; a logarithm of nothing
        return None


def _from_curve(value: float, of: Measure) -> float:
    if of.curve is None:
        return value
    name, _, prefix = of.curve.partition("|")
    return _CURVES[name][0](value * float(Fraction(prefix)))


def _to_curve(value: float, of: Measure) -> float:
    if of.curve is None:
        return value
    name, _, prefix = of.curve.partition("|")
    return _CURVES[name][1](value) / float(Fraction(prefix))
