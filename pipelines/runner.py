"""How work is called: directly, or as tasks of a Prefect flow. Phases do not know which."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
K = TypeVar("K")

RETRIES, DELAY_SECONDS = 2, 2.0


class Runner(Protocol):
    """Calls work once, or once per key (an event shard, a model); results in the order of the keys."""

    def call(self, work: Callable[[], T], name: str) -> T: ...

    def map(self, work: Callable[[K], T], keys: Iterable[K], name: str) -> list[T]: ...


class Direct:
    """In this process, two shards at a time: most of the work is in libraries that use both cores."""

    def call(self, work: Callable[[], T], name: str) -> T:
        return work()

    def map(self, work: Callable[[K], T], keys: Iterable[K], name: str) -> list[T]:
        with ThreadPoolExecutor(2, thread_name_prefix=name) as pool:
            return list(pool.map(work, keys))


class Tasks:
    """As tasks of the Prefect flow that is running: each one seen in its own right, retried on I/O."""

    def call(self, work: Callable[[], T], name: str) -> T:
        result: T = self._task(work, name)()
        return result

    def map(self, work: Callable[[K], T], keys: Iterable[K], name: str) -> list[T]:
        futures = self._task(work, name).map(list(keys))
        return [future.result() for future in futures]

    @staticmethod
    def _task(work: Callable[..., Any], name: str) -> Any:
        from prefect import Task
        from prefect.cache_policies import NO_CACHE

        return Task(
            work,
            name=name,
            retries=RETRIES,
            retry_delay_seconds=DELAY_SECONDS,
            retry_condition_fn=_only_io,
            cache_policy=NO_CACHE,  # what is current is decided by the stages, not by arguments
        )


def _only_io(_task: object, _run: object, state: Any) -> bool:
    """Retry what may pass (a busy disk, a server that restarts), never what is wrong with the data."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, OSError) and not isinstance(error, FileNotFoundError | PermissionError)
