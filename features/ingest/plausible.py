"""What no body ever had and no day ever was: values and dates that are errors of unit, sensor or entry.

The bounds are wide: what somebody survived is inside. A value in a unit that cannot be judged is left alone,
for features do not use it either. Nothing is corrected: what is wrong is kept aside with the reason.

Sources of the bounds. Pressure: cuffs end at 300 mm Hg, sensors in an artery near 400; weight lifters went
beyond, to 480/350 for a beat (MacDougall et al., J Appl Physiol 1985;58:785), which no visit records. Pulse:
beats that move blood end near 350/min; 600 was seen once for seconds. Temperature survived: Gilbert et al.,
Lancet 2000;355:375 (13.7 °C), Slovis et al., Ann Emerg Med 1982;11:269 (46.5 °C). Creatinine: 73.8 mg/dL
(6,525 µmol/L) survived, in a case report. Height, weight, glucose (147.6 mmol/L) survived: Guinness World
Records. Others: panic values of textbooks (Tietz, 6th ed.) taken three times or more. But for MacDougall
these were not checked against the source (docs/unverified.md); being wide, they do not hang on it.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from features import schema
from features.ingest import reason
from features.ingest.instant import DAY
from features.ingest.reason import Unusable
from features.ingest.staging import Row
from features.unit import between


class Bounds(NamedTuple):
    """Of one kind of measurement, in `unit` (UCUM)."""

    name: str
    low: float
    high: float
    unit: str


_TABLE: dict[Bounds, str] = {
    Bounds("systolic pressure", 20, 400, "mm[Hg]"): "8480-6 8459-0 8460-8 8461-6 8479-8 76534-7",
    Bounds("diastolic pressure", 5, 300, "mm[Hg]"): "8462-4 8453-3 8454-1 8455-8 8475-6 76535-4",
    Bounds("heart rate", 8, 350, "/min"): "8867-4 40443-4 8889-8 68999-2 76282-3",
    Bounds("respiratory rate", 1, 150, "/min"): "9279-1",
    Bounds("body temperature", 13, 47, "Cel"): "8310-5 8331-1 8332-9 8328-7 8329-5 8333-7 76011-6",
    Bounds("oxygen saturation", 10, 100, "%"): "2708-6 59408-5 20564-1",
    Bounds("height", 20, 275, "cm"): "8302-2 8306-3 8308-9 3137-7",
    Bounds("weight", 0.2, 650, "kg"): "29463-7 3141-9 3142-7 8335-2",
    Bounds("body mass index", 4, 210, "kg/m2"): "39156-5",
    Bounds("waist", 15, 350, "cm"): "8280-0 56086-2",
    Bounds("HbA1c", 1.5, 30, "%"): "4548-4 17856-6",
    Bounds(
        "glucose", 0, 160, "mmol/L"
    ): "14771-0 1558-6 76629-5 77145-1 14749-6 15074-8 2339-0 2345-7 41653-7",
    Bounds("cholesterol", 0, 80, "mmol/L"): "14647-2 2093-3 39469-2 22748-8 18262-6 13457-7 14646-4 2085-9",
    Bounds("triglycerides", 0, 400, "mmol/L"): "14927-8 2571-8",
    Bounds("creatinine", 1, 8_000, "umol/L"): "14682-9 2160-0 38483-4",
    Bounds("sodium", 80, 255, "mmol/L"): "2951-2 2947-0",
    Bounds("potassium", 0.5, 25, "mmol/L"): "2823-3 6298-4",
    Bounds("chloride", 30, 220, "mmol/L"): "2075-0 2069-3",
    Bounds("calcium", 0.2, 10, "mmol/L"): "17861-6 2000-8",
    Bounds("haemoglobin", 3, 320, "g/L"): "718-7 20509-6 30313-1",
    Bounds("alanine aminotransferase", 0, 60_000, "U/L"): "1742-6 1743-4 1744-2",
    Bounds("aspartate aminotransferase", 0, 60_000, "U/L"): "1920-8 30239-8 88112-8",
}
_SYSTOLIC, _DIASTOLIC = PRESSURES = ("LOINC//8480-6", "LOINC//8462-4")


@cache
def _bounds() -> dict[str, Bounds]:
    return {f"LOINC//{code}": bounds for bounds, codes in _TABLE.items() for code in codes.split()}


def bounded(code: str) -> bool:
    """Whether anything can be said of the values of a code."""
    return code in _bounds()


@lru_cache(maxsize=1 << 12)
def limits(code: str, unit: str | None) -> tuple[float, float, str] | None:
    """The least and the greatest value in `unit` and the reason beyond them; None if nothing can be said."""
    found = _bounds().get(code)
    if found is None or unit is None:
        return None
    way = between(unit, found.unit, code.removeprefix("LOINC//"))
    if way is None:
        return None
    scale, offset = way
    slack = 1e-6 * abs(found.high)  # of what is said in single precision
    low, high = (found.low - slack - offset) / scale, (found.high + slack - offset) / scale
    return low, high, reason.OUTSIDE.format(*found)


def implausible(row: Row) -> str | None:
    """Why one event cannot be true; None if it may be."""
    _, time, code, number, _, unit, _, _ = row
    if time is not None and 0 <= time < DAY and code != schema.BIRTH and code != schema.DEATH:
        return reason.CLOCK_NOT_SET
    if number is None:
        return None
    found = limits(code, unit)
    if found is None or found[0] <= number <= found[1]:
        return None
    return found[2]


def crossed(rows: Sequence[Row]) -> bool:
    """Whether the two blood pressures of one measurement are swapped or mistyped."""
    high = [(row[3], row[5]) for row in rows if row[2] == _SYSTOLIC and row[3] is not None]
    low = [(row[3], row[5]) for row in rows if row[2] == _DIASTOLIC and row[3] is not None]
    return len(high) == len(low) == 1 and high[0][1] == low[0][1] and high[0][0] <= low[0][0]


def check(rows: Sequence[Row]) -> None:
    """All events of one record.

    Raises:
        Unusable: one of them cannot be true, so that none of the record can be relied on.
    """
    for row in rows:
        why = implausible(row)
        if why:
            raise Unusable(why)
    if len(rows) > 1 and crossed(rows):
        raise Unusable(reason.SWAPPED)
