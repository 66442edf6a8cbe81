"""The aggregates by definition, one row and one event after another, in plain Python: no polars, no
numpy, nothing of the code under test."""

import math
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

EARLIEST = datetime(1, 1, 1)  # stands for "known from the start"
Event = Mapping[str, Any]
Value = tuple[str, str | None, str, str | None]  # code, unit, aggregate, window


def float32(number: float) -> float:
    """Rounded to 32 bits; beyond them infinite."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)


def visible(events: Iterable[Event], at: datetime) -> list[Event]:
    """What may be used at `at`: of each record the version learned last among those that count by then."""
    known = [
        e
        for e in events
        if (e["time"] is None or e["time"] <= at) and (e.get("known_at") is None or e["known_at"] <= at)
    ]
    last: dict[Any, datetime] = {}
    emptied = set()
    for e in known:
        if e.get("source_id") is not None:
            learned = e.get("known_at") or EARLIEST
            last[e["source_id"]] = max(last.get(e["source_id"], EARLIEST), learned)
    for e in known:
        if e["code"] == "WITHDRAWN" and e.get("source_id") is not None:
            learned = e.get("known_at") or EARLIEST
            if learned == last[e["source_id"]]:
                emptied.add(e["source_id"])
    return [
        e
        for e in known
        if e["code"] != "WITHDRAWN"
        and (
            e.get("source_id") is None
            or ((e.get("known_at") or EARLIEST) == last[e["source_id"]] and e["source_id"] not in emptied)
        )
    ]


def row(
    events: Iterable[Event],
    at: datetime,
    windows: Mapping[str, timedelta | None],
    wanted: Iterable[str],
    kept: Mapping[str, set[Any]],
) -> dict[Value, float]:
    """Every stored entry of one row. `kept`: by family, the codes or (code, unit) that have columns."""
    seen = visible(events, at)
    out: dict[Value, float] = {}
    for e in seen:
        if e["time"] is None and e["code"] in kept["static"] and "static/present" in wanted:
            out[(e["code"], None, "static/present", None)] = 1
    for window, span in windows.items():
        inside = [e for e in seen if e["time"] is not None and (span is None or e["time"] > at - span)]
        held: dict[tuple[str, str | None], list[Event]] = defaultdict(list)
        for e in inside:
            if e["code"] in kept["code"] and "code/count" in wanted:
                key = (e["code"], None, "code/count", window)
                out[key] = out.get(key, 0) + 1
            if e.get("numeric_value") is not None and (e["code"], e.get("unit")) in kept["value"]:
                held[(e["code"], e.get("unit"))].append(e)
        for (code, unit), ones in held.items():
            for name, number in _values(ones).items():
                if f"value/{name}" in wanted:
                    out[(code, unit, f"value/{name}", window)] = number
    return out


def _values(ones: list[Event]) -> dict[str, float]:
    ones = sorted(ones, key=lambda e: (e["time"], e.get("known_at") or EARLIEST, e["numeric_value"]))
    numbers = [float32(e["numeric_value"]) for e in ones]
    total = math.fsum(numbers)
    return {
        "count": len(numbers),
        "sum": float32(total),
        "sum_sqd": math.fsum(n * n for n in numbers),
        "mean": float32(total / len(numbers)),
        "min": min(numbers),
        "max": max(numbers),
        "first": numbers[0],
        "last": numbers[-1],
    }


def kept(events: Iterable[Event], least: int) -> dict[str, set[Any]]:
    """The columns of each family: what is there at least so often."""
    counts: dict[str, dict[Any, int]] = {name: defaultdict(int) for name in ("static", "code", "value")}
    for e in events:
        if e["code"] == "WITHDRAWN" or e["code"] is None:
            continue
        if e["time"] is None:
            counts["static"][e["code"]] += 1
            continue
        counts["code"][e["code"]] += 1
        if e.get("numeric_value") is not None:
            counts["value"][(e["code"], e.get("unit"))] += 1
    return {name: {k for k, n in found.items() if n >= max(least, 1)} for name, found in counts.items()}
