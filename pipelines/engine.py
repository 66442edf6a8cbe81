"""The serving engine over a home folder, built in one place for the API and for batch work."""

from features.shards import ParquetEvents
from models.rule import rules
from pipelines.home import Home
from serving.bundle import Bundles
from serving.recommendation import Engine
from serving.settings import Settings


def settings(home: Home) -> Settings:
    """Serving's settings: the places of this home, the rest from `SMARTCLINIC_*`."""
    return Settings(events=home.events, bundles=home.bundles, cases=home.cases)


def batch(home: Home) -> Engine:
    """An engine without similar cases: their index may be held by the running API."""
    return Engine(ParquetEvents(home.events), Bundles(home.bundles), rules(), zone=settings(home).zone)
