"""What the engine says of people, and what it keeps silent about."""

from datetime import UTC, date, datetime

import pytest

from serving.recommendation import Engine

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def test_smoke(engine: Engine, subjects: list[int]) -> None:
    found = engine.recommend(subjects[:3], NOW)
    for f in found:
        print(f.model_dump_json(indent=1))
    print(engine.risks(subjects[:2], NOW)[0].model_dump_json(indent=1))
    from serving.case import Access
    print(engine.similar(subjects[0], NOW, Access("", "care")).model_dump_json(indent=1))
    assert 0
