"""What a person sees who names the wrong thing: one plain line, an exit code, and nothing lost."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

Smartclinic = Callable[..., subprocess.CompletedProcess[str]]

PATIENT = {"resourceType": "Patient", "id": "1", "gender": "female", "birthDate": "1970-05-17"}


def empty_folder(place: Path) -> Path:
    (place / "empty").mkdir()
    return place / "empty"


def nowhere(place: Path) -> Path:
    return place / "nowhere"


def truncated(place: Path) -> Path:
    path = place / "bundle.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": [{"resource": PATIENT}]})[:40])
    return path


def wrong_zip(place: Path) -> Path:
    path = place / "records.zip"
    path.write_bytes(b"PK\x03\x04 this is no archive")
    return path


def zip_of_pictures(place: Path) -> Path:
    path = place / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cat.png", b"\x89PNG\r\n\x1a\n")
    return path


def newer_release(place: Path) -> Path:
    encounter = {
        "resourceType": "Encounter",
        "id": "e",
        "status": "completed",
        "class": [{"coding": [{"code": "AMB"}]}],
        "subject": {"reference": "Patient/1"},
        "actualPeriod": {"start": "2025-01-01T10:00:00Z"},
    }
    path = place / "r5.json"
    path.write_text(
        json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": encounter}]})
    )
    return path


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (empty_folder, "no files"),
        (nowhere, "no file or folder"),
        (truncated, "JSON"),
        (wrong_zip, "zip"),
        (zip_of_pictures, "expected"),
        (newer_release, "R5"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_nothing_readable_is_said_in_one_line(
    make: Callable[[Path], Path], word: str, tmp_path: Path, here: Smartclinic
) -> None:
    done = here(tmp_path / "home", "ingest", make(tmp_path))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Error:" in done.stderr
    assert word in done.stderr


def test_a_broken_file_among_good_ones_is_kept_and_the_rest_goes_in(
    tmp_path: Path, here: Smartclinic
) -> None:
    records = tmp_path / "records"
    records.mkdir()
    (records / "good.ndjson").write_text(json.dumps(PATIENT) + "\n")
    truncated(records)
    done = here(tmp_path / "home", "ingest", records)
    assert done.returncode == 0, done.stderr
    assert "2 resources read = 1 mapped + 0 ignored + 1 quarantined" in done.stderr
    kept = [
        json.loads(line)
        for p in (tmp_path / "home/clinic/quarantine").glob("*.ndjson")
        for line in p.read_text().splitlines()
    ]
    assert [Path(item["file"]).name for item in kept] == ["bundle.json"]


def test_a_folder_without_permission_is_named_as_such(tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.mkdir()
    (records / "a.ndjson").write_text(json.dumps(PATIENT))
    code = (
        "import os; from pathlib import Path\n"
        "from features.ingest.source import files\n"
        f"folder = Path({str(records)!r}); folder.chmod(0)\n"
        "if os.geteuid() == 0: os.setegid(65534); os.seteuid(65534)\n"
        "print([trouble.why for _, trouble in files(folder) if trouble])\n"
    )
    # Root reads everything, so the look is taken as nobody; the way to the folder is opened for that.
    for parent in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        parent.chmod(0o755)
    try:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    finally:
        records.chmod(0o755)
    assert "permission" in done.stdout, done.stderr


def test_an_unknown_patient_and_an_empty_home_are_said_plainly(tmp_path: Path, here: Smartclinic) -> None:
    for arguments in (("recommend", 5), ("build",), ("up",), ("remind",), ("train",), ("score",), ("index",)):
        done = here(tmp_path / "home", *arguments)
        assert done.returncode == 1, arguments
        assert "Traceback" not in done.stderr, arguments
        assert "Error:" in done.stderr, arguments


def test_a_home_inside_the_records_is_refused(tmp_path: Path, here: Smartclinic) -> None:
    (tmp_path / "patient.json").write_text(json.dumps(PATIENT))
    done = here(tmp_path / "home", "ingest", tmp_path)
    assert done.returncode == 1
    assert "lies inside" in done.stderr


def test_a_home_that_cannot_be_used_is_said_plainly(tmp_path: Path, here: Smartclinic) -> None:
    (tmp_path / "home").write_text("a file")
    done = here(tmp_path / "home", "build")
    assert (done.returncode, "SMARTCLINIC_HOME" in done.stderr) == (1, True)
    assert "cannot be written" in here(tmp_path / "home", "doctor").stdout


def test_a_server_that_is_away_is_said_before_the_work(tmp_path: Path, here: Smartclinic) -> None:
    records = tmp_path / "records"
    records.mkdir()
    (records / "patient.json").write_text(json.dumps(PATIENT))
    assert here(tmp_path / "home", "ingest", records).returncode == 0
    for variable, command in (("SMARTCLINIC_QDRANT_URL", "index"), ("MLFLOW_TRACKING_URI", "train")):
        done = here(tmp_path / "home", command, **{variable: "http://127.0.0.1:9"})
        assert done.returncode == 1
        assert f"unset {variable}" in done.stderr
