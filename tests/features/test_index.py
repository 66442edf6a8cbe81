"""Clinical indices against published or hand-worked values."""

import numpy as np
import pytest

from features import index
from features.feature import Floats

NAN = float("nan")


def of(*values: float) -> tuple[Floats, ...]:
    return tuple(np.array([value], np.float64) for value in values)


@pytest.mark.parametrize(
    ("name", "inputs", "expected"),
    [
        ("mean_pressure", (120, 80), 93.333),
        ("waist_to_height", (90, 180), 0.5),
        ("ratio", (1.5, 1.2), 1.25),
        ("percent", (18, 60), 30.0),
        ("share", (1, 3), 0.25),
        ("change", (75, 80), -6.25),
        ("tyg", (1.69355, 5.5506), 8.9227),  # 150 and 100 mg/dL: ln(7500)
        ("homa_ir", (5.0, 60.0), 2.2222),  # 10 mU/L
        ("remnant", (5.2, 1.3, 3.2), 0.7),
        ("remnant", (4.0, 1.3, 3.2), 0.0),
        ("fib4", (61, 53, 45, 168), 2.8687),
        ("anion_gap", (140, 104, 24), 12.0),
        ("corrected_calcium", (2.1, 30), 2.3),
        ("kidney_stage", (95,), 1),
        ("kidney_stage", (60,), 2),
        ("kidney_stage", (59.9,), 3),
        ("kidney_stage", (44,), 3.5),
        ("kidney_stage", (29,), 4),
        ("kidney_stage", (14,), 5),
        ("anaemic", (125, 1), 1),
        ("anaemic", (125, 0), 0),
        ("five_or_more", (5,), 1),
        ("five_or_more", (4,), 0),
        ("some", (1, 0, 3), 2),
        ("total", (1, 0, 3), 4),
        # Sampson 2020 by hand, 200, 50 and 150 mg/dL: 210.970 − 51.493 − 26.640 − 9.44; measured goes first.
        ("ldl", (NAN, 200 / 38.67, 50 / 38.67, 150 / 88.57), 123.397 / 38.67),
        ("ldl", (2.5, 5.0, 1.0, 1.0), 2.5),
        ("metabolic_syndrome", (100, 2.0, 0.9, 135, 80, 6.0, 1), 5),
        ("metabolic_syndrome", (85, 1.0, 1.2, 120, 80, NAN, 1), 0),
        ("metabolic_syndrome", (85, 1.0, 1.2, 120, 80, NAN, 0), 2),
        ("metabolic_syndrome", (NAN, 2.0, 1.2, NAN, 90, 6.0, 1), 3),
    ],
)
def test_an_index_gives_the_value_worked_out_by_hand(
    name: str, inputs: tuple[float, ...], expected: float
) -> None:
    assert getattr(index, name)(*of(*inputs))[0] == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("ratio", (1, 0)),
        ("ratio", (NAN, 1)),
        ("share", (0, 0)),
        ("change", (75, 0)),
        ("tyg", (0, 5)),
        ("tyg", (1, NAN)),
        ("fib4", (61, 53, 45, 0)),
        ("kidney_stage", (NAN,)),
        ("anaemic", (125, NAN)),
        ("ldl", (NAN, 5.0, 1.0, 9.5)),  # triglycerides above 800 mg/dL
        ("metabolic_syndrome", (100, 2.0, NAN, NAN, NAN, NAN, 1)),
        ("metabolic_syndrome", (100, 2.0, 0.9, 135, 80, 6.0, NAN)),
        ("five_or_more", (NAN,)),
    ],
)
def test_an_index_is_missing_where_it_cannot_be_known(name: str, inputs: tuple[float, ...]) -> None:
    assert np.isnan(getattr(index, name)(*of(*inputs))[0])


def test_the_charlson_index_counts_the_worse_of_two_stages_alone() -> None:
    names = [
        "failure",
        "dementia",
        "lung",
        "rheumatic",
        "liver",
        "diabetes",
        "hemiplegia",
        "kidney",
        "cancer",
        "severe",
        "metastatic",
        "hiv",
    ]

    def score(*ill: str) -> float:
        return float(index.charlson(*of(*(float(name in ill) for name in names)))[0])

    assert score() == 0
    assert score("failure", "diabetes", "kidney") == 4
    assert score("cancer") == 2
    assert score("cancer", "metastatic") == 6
    assert score("liver", "severe") == 4
    assert score(*names) == 2 + 2 + 1 + 1 + 1 + 2 + 1 + 4 + 6 + 4
