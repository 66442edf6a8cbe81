"""How work is called: directly, or as tasks of a Prefect flow. Phases do not know which."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
K = TypeVar("K")

RETRIES, DELAY_SECONDS = 2, 2.0


class Runner(Protocol):
    """Calls work once, or once per key (an event shard, a model); results in the order of the keys."""

    def call(self, work: Callable[[], T], name: str) -> T: ...

    def map(self, work: Callable[[K], T], keys: Iterable[K], name: str) -> list[T]: ...


@dataclass(frozen=True)
class Direct:
    """In this process, a few shards at a time: most of the work is in libraries without Python's lock."""

    workers: int = 2

    def call(self, work: Callable[[], T], name: str) -> T:
        return work()

    def map(self, work: Callable[[K], T], keys: Iterable[K], name: str) -> list[T]:
        with ThreadPoolExecutor(self.workers, thread_name_prefix=name) as pool:
            return list(pool.map(work, keys))


class Concealed(Exception):
    """An error on its way through Prefect, which keeps what it sees in its database.

    Messages may name a file, and file names may hold names of patients: Prefect sees the type alone.
    `cause` is the error itself, in this process only: it is not pickled.
    """

    def __init__(self, kind: str, passing: bool = False, cause: Exception | None = None) -> None:
        super().__init__(kind)
        self.kind, self.passing, self.cause = kind, passing, cause

    def __reduce__(self) -> tuple[type["Concealed"], tuple[str, bool]]:
        return Concealed, (self.kind, self.passing)


@contextmanager
def concealing() -> Iterator[None]:
    """Let nothing but `Concealed` out of the block."""
    try:
        yield
    except Concealed:
        raise
    except Exception as error:  # noqa: BLE001 # whatever it is, Prefect must not read it
        # What may pass (a busy disk, a server that restarts) is retried, not what is wrong with the data.
        passing = isinstance(error, OSError) and not isinstance(error, FileNotFoundError | PermissionError)
        raise Concealed(type(error).__name__, passing, error) from None


class Tasks:
    """As tasks of the Prefect flow that is running: each one seen in its own right, retried on I/O."""

    def call(self, work: Callable[[], T], name: str) -> T:
        def task() -> T:
            with concealing():
                return work()

        result: T = _task(task, name)()
        return result

    def map(self, work: Callable[[K], T], keys: Iterable[K], name: str) -> list[T]:
        def task(key: K) -> T:
            with concealing():
                return work(key)

        futures = _task(task, name).map(list(keys))
        return [future.result() for future in futures]


def _task(work: Callable[..., Any], name: str) -> Any:
    from prefect import Task
    from prefect.cache_policies import NO_CACHE

    return Task(
        work,
        name=name,
        retries=RETRIES,
        retry_delay_seconds=DELAY_SECONDS,
        retry_condition_fn=_may_pass,
        cache_policy=NO_CACHE,  # what is current is decided by the stages, not by arguments
    )


def _may_pass(_task: object, _run: object, state: Any) -> bool:
    error = state.result(raise_on_failure=False)
    return isinstance(error, Concealed) and error.passing
