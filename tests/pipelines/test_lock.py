import os
from pathlib import Path

import pytest

from pipelines import lock
from pipelines.home import Home
from pipelines.lock import HomeBusy


def test_a_second_writer_is_refused_and_told_who_holds_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with lock.writing(home, "ingest"), pytest.raises(HomeBusy) as refused, lock.writing(home, "remind"):
        pass
    assert "smartclinic ingest" in str(refused.value)
    assert str(os.getpid()) in str(refused.value)


def test_a_released_home_can_be_written_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with lock.writing(home, "ingest"):
        assert lock.writer(home) == {"pid": str(os.getpid()), "command": "ingest"}
    assert lock.writer(home) is None
    with lock.writing(home, "build"):
        assert (lock.writer(home) or {})["command"] == "build"


def test_a_server_is_found_by_its_address_while_it_runs(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert lock.server(home) is None
    with lock.serving(home, "http://127.0.0.1:9"):
        assert lock.server(home) == "http://127.0.0.1:9"
        with pytest.raises(HomeBusy, match=r"http://127\.0\.0\.1:9"), lock.serving(home, "http://x"):
            pass
    assert lock.server(home) is None


def test_an_empty_home_stays_empty_when_looked_at(tmp_path: Path) -> None:
    home = Home(tmp_path / "none")
    assert lock.server(home) is None
    assert lock.writer(home) is None
    assert not home.root.exists()
