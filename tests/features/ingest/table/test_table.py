"""Tables through a mapping, end to end."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from features.ingest import Account, Options
from features.ingest.table.load import parse
from features.ingest.table.prepared import prepare

LONG = """
tables:
  - name: labs
    files: "*.csv"
    patient: pid
    time: date
    zone: Europe/Moscow
    dates: ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
    events:
      - code: {column: code, vocabulary: LOINC}
        value: value
        unit: {column: unit}
"""
HEADER = "pid,date,code,value,unit\n"
GOOD = "1,05.06.2024 10:00,4548-4,6.5,%\n"


@pytest.fixture
def take(bench: Any) -> Callable[..., Account]:
    """Ingest what is in the inputs with a mapping."""

    def run(mapping: str = LONG, **changes: Any) -> Account:
        prepared = prepare(parse(mapping, "m.yaml"), bench.inputs)
        found: Account = bench.ingest(options=Options(tables=prepared), **changes)
        return found

    return run


def test_a_row_becomes_an_event_in_utc(bench: Any, take: Callable[..., Account]) -> None:
    bench.write("labs.csv", HEADER + GOOD)

    account = take()

    event = bench.event("LOINC//4548-4")
    assert account.mapped == 1
    assert event["time"] == event["known_at"] == datetime(2024, 6, 5, 7)
    assert (event["numeric_value"], event["unit"], event["source"]) == (6.5, "%", "table")
    assert event["source_id"].startswith("table/")
