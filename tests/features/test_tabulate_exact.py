"""A window's sum is the true sum, rounded once, whatever else came before it."""

import math
import random

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.tabulate.exact import sums

single = st.floats(width=32, allow_nan=False, allow_infinity=False)
near = st.integers(-(2**24), 2**24).map(lambda n: n / 64)
wide = st.integers(-(2**24), 2**24).map(lambda n: n * 2.0**20) | st.integers(-9, 9).map(
    lambda n: n * 2.0**-24
)
numbers = st.lists(st.one_of(single, single.map(lambda n: n * n), near, wide), min_size=1, max_size=30)


@given(numbers=numbers, chance=st.randoms())
@example(numbers=[2.0**60, 1.0, -(2.0**60), 2.0**-40], chance=random.Random(1))
@settings(max_examples=300, deadline=None)
def test_each_state_holds_the_true_sum_of_what_is_in_it(numbers: list[float], chance: random.Random) -> None:
    cut = chance.randrange(len(numbers) + 1)
    spans = [tuple(sorted(chance.sample(range(8), 2))) for _ in numbers]
    groups = [0] * cut + [1] * (len(numbers) - cut)
    if cut in (0, len(numbers)):
        groups = [0] * len(numbers)
    enter = np.array([8 * g + s[0] for g, s in zip(groups, spans, strict=True)], np.int64)
    leave = np.array([8 * g + s[1] for g, s in zip(groups, spans, strict=True)], np.int64)
    of = np.repeat(np.arange(groups[-1] + 1), 8)
    found = sums(np.array(numbers), np.array(groups, np.int64), enter, leave, of)
    for state in range(len(of)):
        inside = [n for n, a, b in zip(numbers, enter, leave, strict=True) if a <= state < b]
        assert found[state] == math.fsum(inside)


def test_numbers_far_apart_add_up_in_two_and_in_many_parts() -> None:
    chance = np.random.default_rng(4)
    for apart in (45, 60, 100, 250):
        scale = 2.0 ** chance.integers(-apart // 2, apart // 2, 200)
        numbers = (chance.normal(size=200) * scale).astype(np.float32)
        found = sums(
            numbers.astype(np.float64),
            np.zeros(200, np.int64),
            np.zeros(200, np.int64),
            np.arange(1, 201),
            np.zeros(201, np.int64),
        )
        assert found.tolist() == [math.fsum(numbers[n:].tolist()) for n in range(201)]
