"""What the process tells a monitoring system: latencies and versions, nothing of any subject."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 10)
STAGES = ("store", "features", "models", "explain", "cases")

Observe = Callable[[str, float], None]


class Metrics:
    """One registry an application, so that two in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._request = Histogram(
            "smartclinic_request_seconds",
            "Time to answer, by route template",
            ("route", "method", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._stage = Histogram(
            "smartclinic_stage_seconds",
            "Time in one stage of an answer",
            ("stage",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._model = Gauge(
            "smartclinic_model_info",
            "1 for each model version that is served",
            ("model", "version"),
            registry=self.registry,
        )
        for stage in STAGES:
            self._stage.labels(stage)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """`route` is a template such as /v1/patients/{subject_id}/risks, never an address."""
        self._request.labels(route, method, str(status)).observe(seconds)

    def stage(self, name: str, seconds: float) -> None:
        self._stage.labels(name).observe(seconds)

    def text(self, versions: Mapping[str, str]) -> bytes:
        """The page of metrics, with the versions that are served now."""
        self._model.clear()
        for model, version in versions.items():
            self._model.labels(model, version).set(1)
        return generate_latest(self.registry)


@contextmanager
def timed(observe: Observe, stage: str) -> Iterator[None]:
    """Tell `observe` how long the block took, errors included."""
    start = perf_counter()
    try:
        yield
    finally:
        observe(stage, perf_counter() - start)
