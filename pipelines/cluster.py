"""Where mapped work runs: threads of this process, or the workers of a Dask or Ray cluster by Prefect's
task runners. The workers of a cluster see the home folder under the same path as this process does.
"""

import logging
import os
import socket
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar
from urllib.parse import urlsplit

from features.error import Problem
from pipelines.outside import TIMEOUT_SECONDS, ServerAway
from pipelines.runner import Concealed, Direct, Runner, Tasks

T = TypeVar("T")

THREADS, DASK, RAY = "threads", "dask", "ray"
WORKERS = 2
_SCHEMES = {"tcp": DASK, "tls": DASK, "ray": RAY}
_PACKAGES = {DASK: "prefect_dask", RAY: "prefect_ray"}


class NoRunner(Problem):
    """There is no such place to run, or its package is not installed."""


class _Here:
    """Holds what does not leave this process, though Prefect sends the flow along with each task."""

    def __init__(self, held: Any = None) -> None:
        self.held = held

    def __reduce__(self) -> tuple[type["_Here"], tuple[()]]:
        return _Here, ()


def under(where: str, workers: int, name: str, work: Callable[[Runner], T]) -> T:
    """`work` with a runner that maps over `where`; for threads no flow is begun.

    Raises:
        NoRunner, ServerAway: it cannot run there.
    """
    if where == THREADS:
        return work(Direct(workers))
    chosen = task_runner(where, workers)  # said before Prefect's start, which takes seconds
    from prefect import flow

    here = _Here(work)

    @flow(name=name, task_runner=chosen, validate_parameters=False)
    def mapped() -> T:
        result: T = here.held(Tasks())
        return result

    try:
        return mapped()
    except Concealed as concealed:
        raise concealed.cause or concealed from None


def task_runner(where: str, workers: int) -> Any:
    """Prefect's task runner for `threads`, `dask`, `ray` or the address of a cluster.

    Raises:
        NoRunner: there is no such place, or its package is not installed.
        ServerAway: nothing listens at the address.
    """
    kind, address = demand(where)
    if kind == THREADS:
        from prefect.task_runners import ThreadPoolTaskRunner

        return ThreadPoolTaskRunner(max_workers=workers)
    return (_dask if kind == DASK else _ray)(address, workers)


def demand(where: str) -> tuple[str, str | None]:
    """Go on only if work can run there: which kind it is, and the address of a cluster.

    Raises:
        NoRunner, ServerAway: it cannot.
    """
    kind, address = _parsed(where)
    if kind != THREADS and find_spec(_PACKAGES[kind]) is None:
        raise NoRunner(f"{kind} is not installed: pip install 'smartclinic[{kind}]'")
    if address is not None:
        _answer(address)
    return kind, address


def _parsed(where: str) -> tuple[str, str | None]:
    if where in (THREADS, DASK, RAY):
        return where, None
    scheme = urlsplit(where).scheme
    if scheme not in _SCHEMES or not urlsplit(where).hostname:
        raise NoRunner(
            f"there is no runner {where!r}: use {THREADS}, {DASK}, {RAY}, or a cluster's address such as "
            "tcp://HOST:8786 (Dask) or ray://HOST:10001 (Ray)"
        )
    return _SCHEMES[scheme], where


def _answer(address: str) -> None:
    try:
        at = urlsplit(address)
        socket.create_connection((at.hostname or "", at.port or 0), TIMEOUT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise ServerAway(
            f"no cluster answers at {address} ({type(error).__name__}): start it, or leave --runner out"
        ) from None


def _dask(address: str | None, workers: int) -> Any:
    # Its workers inherit this: what happens is told by the phases.
    os.environ.setdefault("DASK_DISTRIBUTED__LOGGING__DISTRIBUTED", "critical")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    runner = import_module(_PACKAGES[DASK]).DaskTaskRunner
    if address is not None:
        return runner(address=address)
    local = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    return runner(cluster_kwargs=local)


def _ray(address: str | None, workers: int) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    runner = import_module(_PACKAGES[RAY]).RayTaskRunner
    quiet = {"logging_level": "ERROR", "log_to_driver": False}
    if address is not None:
        return runner(address=address, init_kwargs=quiet)
    return runner(init_kwargs={**quiet, "num_cpus": workers, "include_dashboard": False})
