"""Where shards are worked on makes no difference to what comes of them."""

import shutil
import socket
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines import cluster
from pipelines.outside import ServerAway

if TYPE_CHECKING:
    from tests.pipelines.conftest import Smartclinic

CLUSTERS = [
    "dask",
    pytest.param(
        "ray",
        marks=[pytest.mark.slow, pytest.mark.skipif(find_spec("ray") is None, reason="Ray is an extra")],
    ),
]


@pytest.mark.parametrize("runner", CLUSTERS)
def test_two_workers_of_a_cluster_make_what_threads_make(
    filled: Path, tmp_path: Path, smartclinic: "Smartclinic", runner: str
) -> None:
    home = tmp_path / "home"
    shutil.copytree(filled, home, ignore=shutil.ignore_patterns("events", "features", "prefect", "mlflow"))

    for command in (("ingest",), ("build",)):
        done = smartclinic(home, *command, "--runner", runner, "--workers", 2)
        assert done.returncode == 0, done.stderr

    for folder, name in (("events", "shard=*.parquet"), ("features", "*.parquet")):
        expected = sorted((filled / folder).glob(name))
        assert [path.name for path in sorted((home / folder).glob(name))] == [path.name for path in expected]
        assert expected
        for path in expected:
            assert_frame_equal(pl.read_parquet(home / folder / path.name), pl.read_parquet(path))


@pytest.mark.parametrize("where", ["spark", "tcp://", "http://scheduler:8786", ""])
def test_a_runner_that_is_none_is_told_with_those_that_are(where: str) -> None:
    with pytest.raises(cluster.NoRunner, match="use threads, dask, ray, or a cluster's address"):
        cluster.demand(where)


def test_a_cluster_that_does_not_answer_is_told_before_anything_is_read(
    tmp_path: Path, here: Callable[..., Any]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(ServerAway, match="no cluster answers at"):
            cluster.demand(address)
        done = here(tmp_path / "home", "run", "--runner", address, "--no-serve")

    assert done.returncode == 1
    assert "no cluster answers" in done.stderr
    assert not (tmp_path / "home" / "records").exists()
