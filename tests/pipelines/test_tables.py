"""`smartclinic ingest --mapping`, as a user types it."""

from pathlib import Path
from subprocess import CompletedProcess
from typing import Protocol

MAPPING = """
tables:
  - name: labs
    files: "*.csv"
    patient: pid
    time: date
    events: [{code: LOINC//4548-4, value: a1c, unit: "%"}]
"""


class Smartclinic(Protocol):
    def __call__(self, home: Path, *arguments: object) -> CompletedProcess[str]: ...


def test_a_dry_run_shows_rows_and_writes_nothing_and_then_they_are_read(
    tmp_path: Path, smartclinic: Smartclinic
) -> None:
    inputs, mapping, home = tmp_path / "in", tmp_path / "m.yaml", tmp_path / "home"
    inputs.mkdir()
    (inputs / "a.csv").write_text(
        "pid,date,a1c\nПетров,2024-01-05,6.5\nИванов,2024-01-05,x\n", encoding="utf-8"
    )
    mapping.write_text(MAPPING, encoding="utf-8")

    shown = smartclinic(home, "ingest", inputs, "--mapping", mapping, "--dry-run")

    assert shown.returncode == 0, shown.stderr
    assert "LOINC//4548-4" in shown.stdout
    assert "Would be kept aside" in shown.stdout
    assert "Петров" not in shown.stdout
    assert not (home / "events").exists()
    assert not (home / "clinic").exists()

    read = smartclinic(home, "ingest", inputs, "--mapping", mapping)

    assert read.returncode == 0, read.stderr
    assert "2 resources read = 1 mapped + 0 ignored + 1 quarantined" in read.stderr + read.stdout


def test_a_mistake_of_a_mapping_is_one_line_and_changes_nothing(
    tmp_path: Path, smartclinic: Smartclinic
) -> None:
    (tmp_path / "a.csv").write_text("pid,date,a1c\n1,2024-01-05,6.5\n", encoding="utf-8")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(MAPPING.replace("a1c", "hba1c"), encoding="utf-8")

    told = smartclinic(tmp_path / "home", "ingest", tmp_path / "a.csv", "--mapping", mapping)

    assert told.returncode == 1
    assert "there is no column “hba1c”; did you mean “a1c”?" in told.stderr
    assert "Traceback" not in told.stderr
    assert not (tmp_path / "home" / "events").exists()
