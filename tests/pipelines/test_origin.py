from datetime import date
from pathlib import Path

import pytest

from pipelines import origin, stage
from pipelines.home import Home
from pipelines.origin import Cohort, MixedOrigin, Origin

COHORT = Cohort(10, 5, 1, date(2026, 11, 1))


def filled(root: Path) -> Home:
    home = Home(root)
    for folder in home.data():
        folder.mkdir(parents=True)
        (folder / "something").write_text("x")
    return home


def test_what_is_written_is_read(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert origin.read(home) is None
    for held in (Origin("simulated", COHORT), Origin("records")):
        origin.write(home, held)
        assert origin.read(home) == held


def test_clearing_a_simulated_home_leaves_nothing_of_it(tmp_path: Path) -> None:
    home = filled(tmp_path)
    origin.write(home, Origin("simulated", COHORT))
    origin.clear(home)
    assert list(home.root.iterdir()) == []


def test_real_records_are_never_cleared(tmp_path: Path) -> None:
    home = filled(tmp_path)
    origin.write(home, Origin("records"))
    with pytest.raises(MixedOrigin, match="SMARTCLINIC_HOME"):
        origin.clear(home)
    assert all((folder / "something").exists() for folder in home.data())


def test_what_a_killed_clearing_left_is_swept(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / ".cleared-1" / "clinic").mkdir(parents=True)
    origin.sweep(home)
    assert list(tmp_path.iterdir()) == []


def test_a_simulation_after_a_killed_ingest_of_real_records_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    records = tmp_path / "records"
    records.mkdir()
    stage.admit(home, records)  # and then the process died while reading
    with pytest.raises(MixedOrigin):
        origin.clear(home)
