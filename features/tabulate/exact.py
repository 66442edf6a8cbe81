"""Sums of floating-point numbers without error: each number as whole multiples of a power of two.

A running total of floats loses what is small beside what came before, and a window's sum would depend
on values outside of it. Whole numbers lose nothing, so the difference of two totals is the window's sum,
and the order of events is of no account. The sum is rounded once, to float64.
"""

import math

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_ONE = 62  # bits of a signed total that is sure not to overflow
_LIMB = 30  # bits of one limb where one total does not do: 2**23 of them add up exactly in float64


def sums(value: Floats, group: Ints, enter: Ints, leave: Ints, of: Ints) -> Floats:
    """At each state, the sum of the values that have entered and not left.

    Args:
        value: finite numbers, (events,).
        group: which numbers may be added up with each other, from 0, ascending, (events,).
        enter, leave: the first state that holds the event, and the first that no longer does; states of
            a group lie side by side, and at its last state nothing is left, (events,).
        of: the group of each state, (states,).

    Returns:
        (states,) sums, each the true sum rounded to nearest.
    """
    low, bits = _scale(value, group)
    most = int(np.bincount(group).max()) if len(group) else 0
    wide = bits + most.bit_length() > _ONE
    scaled = np.ldexp(value, -low[group])
    out = np.zeros(len(of))
    if not wide.all():
        simple = ~wide[group]
        total = _total(scaled[simple].astype(np.int64), enter[simple], leave[simple], len(of))
        out = np.ldexp(total.astype(np.float64), low[of])
    if wide.any():
        of_wide, events = wide[of], wide[group]
        limbs = _limbs(scaled[events], int(bits[wide].max()))
        totals = [_total(limb, enter[events], leave[events], len(of))[of_wide] for limb in limbs]
        out[of_wide] = _joined(totals, low[of][of_wide])
    return out


def _scale(value: Floats, group: Ints) -> tuple[Ints, Ints]:
    """By group: the exponent of the lowest bit that any of its numbers has, and how many bits lie
    between it and the highest."""
    mantissa, exponent = np.frexp(value)
    whole = np.abs(np.ldexp(mantissa, 53)).astype(np.int64)
    zeros = np.frexp((whole & -whole).astype(np.float64))[1].astype(np.int64) - 1
    some = whole != 0
    count = int(group[-1]) + 1 if len(group) else 0
    low = np.full(count, 2**31, np.int64)
    high = np.full(count, -(2**31), np.int64)
    np.minimum.at(low, group[some], (exponent - 53 + zeros)[some])
    np.maximum.at(high, group[some], exponent[some])
    none = high < low  # only zeros
    low[none], high[none] = 0, 0
    return low, high - low


def _total(whole: Ints, enter: Ints, leave: Ints, states: int) -> Ints:
    change = np.zeros(states + 1, np.int64)
    np.add.at(change, enter, whole)
    np.subtract.at(change, leave, whole)
    return np.cumsum(change[:states])


def _limbs(scaled: Floats, bits: int) -> list[Ints]:
    limbs = []
    for _ in range(bits // _LIMB):
        above = np.floor(np.ldexp(scaled, -_LIMB))
        limbs.append((scaled - np.ldexp(above, _LIMB)).astype(np.int64))
        scaled = above
    return [*limbs, scaled.astype(np.int64)]


def _joined(totals: list[Ints], low: Ints) -> Floats:
    # Each limb's total is exact in float64; fsum rounds their sum once.
    parts = [np.ldexp(total.astype(np.float64), low + number * _LIMB) for number, total in enumerate(totals)]
    if len(parts) == 2:
        return np.asarray(parts[0] + parts[1])
    return np.array([math.fsum(few) for few in zip(*(part.tolist() for part in parts), strict=True)])
