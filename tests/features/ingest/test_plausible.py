"""What cannot be true, by code, unit and date."""

from __future__ import annotations

import pytest

from features import schema
from features.ingest import plausible
from features.ingest.instant import DAY
from features.ingest.reason import Unusable
from features.ingest.staging import Row

NOON = 20_000 * DAY


def row(code: str, value: float | None, unit: str | None, time: int | None = NOON) -> Row:
    return (1, time, code, value, None, unit, NOON, "x")


@pytest.mark.parametrize(
    ("code", "value", "unit", "why"),
    [
        ("LOINC//8867-4", 0, "/min", "heart rate outside 8–350 /min: an error of unit or entry"),
        ("LOINC//8867-4", 72, "/min", None),
        ("LOINC//8310-5", 98.6, "[degF]", None),
        ("LOINC//8310-5", 98.6, "Cel", "body temperature outside 13–47 Cel: an error of unit or entry"),
        ("LOINC//2345-7", 96, "mg/dL", None),
        ("LOINC//2345-7", 96, "mmol/L", None),  # somebody lived with 147.6
        ("LOINC//2345-7", 480, "mmol/L", "glucose outside 0–160 mmol/L: an error of unit or entry"),
        ("LOINC//2345-7", -1, "mg/dL", "glucose outside 0–160 mmol/L: an error of unit or entry"),
        ("LOINC//718-7", 14.2, "g/dL", None),
        ("LOINC//718-7", 142, "g/dL", "haemoglobin outside 3–320 g/L: an error of unit or entry"),
        ("LOINC//718-7", 142, "furlong", None),  # cannot be judged
        ("LOINC//718-7", 142, None, None),
        ("LOINC//718-7", None, "g/dL", None),
        ("LOINC//2708-6", 100, "%", None),
        ("LOINC//9999-9", 1e9, "g/L", None),
    ],
)
def test_a_value_is_judged_in_its_own_unit(
    code: str, value: float | None, unit: str | None, why: str | None
) -> None:
    assert plausible.implausible(row(code, value, unit)) == why


@pytest.mark.parametrize(
    ("time", "odd"), [(0, True), (DAY - 1_000_000, True), (DAY, False), (-1, False), (None, False)]
)
def test_the_first_of_january_1970_is_the_date_of_a_clock_that_was_not_set(
    time: int | None, odd: bool
) -> None:
    assert (plausible.implausible(row("LOINC//718-7", 142, "g/L", time)) is not None) is odd
    assert plausible.implausible(row(schema.BIRTH, None, None, time)) is None


@pytest.mark.parametrize(
    ("systolic", "diastolic", "odd"), [(120, 80, False), (80, 120, True), (80, 80, True)]
)
def test_swapped_pressures_of_one_record_are_told(systolic: float, diastolic: float, odd: bool) -> None:
    rows = [row("LOINC//8480-6", systolic, "mm[Hg]"), row("LOINC//8462-4", diastolic, "mm[Hg]")]

    assert plausible.crossed(rows) is odd
    if odd:
        with pytest.raises(Unusable, match="swapped"):
            plausible.check(rows)


def test_pressures_in_two_units_or_without_a_partner_are_not_compared() -> None:
    assert not plausible.crossed([row("LOINC//8480-6", 16, "kPa"), row("LOINC//8462-4", 80, "mm[Hg]")])
    assert not plausible.crossed([row("LOINC//8480-6", 80, "mm[Hg]"), row("LOINC//8462-4", None, None)])


def test_every_bound_can_be_judged_in_its_own_unit_and_holds_what_is_usual() -> None:
    for bounds, codes in plausible._TABLE.items():
        for code in codes.split():
            found = plausible.limits(f"LOINC//{code}", bounds.unit)
            assert found is not None, (code, bounds)
            assert bounds.low == pytest.approx(found[0], abs=1e-3 * bounds.high)
            assert bounds.high == pytest.approx(found[1], rel=1e-3)
