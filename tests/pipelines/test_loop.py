"""The whole loop on a small cohort: what a run leaves behind, and that a second one adds nothing."""

import base64
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from features.shards import ParquetEvents

PHASES = ("simulate", "ingest", "build", "train", "index", "score", "remind")


def shards(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((home / "events").glob("*.parquet"))}


def letters(home: Path) -> set[str]:
    return {path.name for path in (home / "clinic" / "mailbox").glob("*.eml")}


def test_a_run_ends_with_recommendations_a_letter_and_the_times(filled: Path) -> None:
    said = (filled / "run.out").read_text()
    subjects = {str(subject) for subject in ParquetEvents(filled / "events").subjects()}
    shown = {word for word in said.split() if word in subjects}
    assert len(shown) == 3
    assert "Subject:" in said
    assert str(filled / "clinic" / "mailbox") in said
    assert all(phase in said for phase in PHASES)
    assert letters(filled)
    assert "Traceback" not in (filled / "run.err").read_text()


def test_every_resource_of_the_run_is_accounted_for(filled: Path) -> None:
    line = next(line for line in (filled / "run.err").read_text().splitlines() if "resources read =" in line)
    read, mapped, ignored, quarantined = (
        int(word.replace(",", "")) for word in line.split(";")[0].split() if word.replace(",", "").isdigit()
    )
    assert read == mapped + ignored + quarantined
    files = [*(filled / "records").rglob("*.ndjson"), *(filled / "records").rglob("*.csv")]
    assert read == sum(len(path.read_text().splitlines()) - (path.suffix == ".csv") for path in files)


def test_running_the_stages_again_changes_nothing(
    filled: Path, tmp_path: Path, here: Callable[..., Any]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(filled, home)
    for command in ("ingest", "build", "train", "remind"):
        assert here(home, command).returncode == 0
    assert shards(home) == shards(filled)
    assert letters(home) == letters(filled)
    for name in ("type2_diabetes_2y", "lipid_panel_due"):
        table = f"features/{name}.parquet"
        assert pl.read_parquet(home / table).equals(pl.read_parquet(filled / table))


def test_names_and_contacts_are_nowhere_but_in_the_clinics_folder(filled: Path) -> None:
    lines = (filled / "records/fhir/Patient.ndjson").read_text().splitlines()
    # A sixth of the people: whatever leaks, leaks of everybody, and each word is looked for in 50 MB.
    patients = [json.loads(line) for line in lines[::6]]
    planted = {patient["name"][0]["family"] for patient in patients}
    planted |= {contact["value"] for patient in patients for contact in patient.get("telecom", ())}
    planted |= {patient["id"] for patient in patients}
    found = set()
    for path in filled.rglob("*"):
        inside = path.relative_to(filled).parts[0]
        if not path.is_file() or inside in ("clinic", "records", "truth", "run.out"):
            continue
        if path.suffix == ".parquet":
            strings = pl.read_parquet(path, hive_partitioning=False).select(
                pl.col(pl.String).unique().implode()
            )
            text = " ".join(str(column) for column in strings.rows(named=False)[0]) if strings.width else ""
        else:
            text = path.read_bytes().decode("utf-8", "replace")
        found |= {(inside, word) for word in planted if word in text}
    assert not found
    kept = (filled / "clinic" / "clinic.sqlite").read_bytes()
    assert all(word.encode() in kept for word in planted), "the search can find what it looks for"


def test_the_clinics_folder_is_readable_by_its_owner_alone(filled: Path) -> None:
    for path in [filled / "clinic", *(filled / "clinic").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_api_answers_and_the_commands_go_through_it(
    filled: Path, tmp_path: Path, start: Callable[..., subprocess.Popen[str]], here: Callable[..., Any]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(filled, home)
    process = start(home, "up", "--port", 0)
    url = served(process)
    subject = ParquetEvents(home / "events").subjects()[0]
    for path in ("recommendations", "risks", "similar"):
        answer = httpx.get(f"{url}/v1/patients/{subject}/{path}", timeout=30)
        assert answer.status_code == 200, answer.text
    assert httpx.get(f"{url}/v1/patients/17/recommendations", timeout=30).status_code == 404
    told = here(home, "recommend", subject, "--json")
    found, _ = json.loads(told.stdout)
    assert found["subject_id"] == str(subject)
    refused = here(home, "up", "--port", 0)
    assert refused.returncode == 1
    assert str(process.pid) in refused.stderr
    assert "answers 200" in here(home, "doctor").stdout.replace("\n", " ")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0


def served(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    for line in process.stderr:
        if line.strip().startswith("API on "):
            url = line.split()[2].rstrip(",")
            break
    for _ in range(150):
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                return url
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url} did not become ready")


def test_own_records_with_two_broken_files_go_through_and_no_name_leaks(
    tmp_path: Path, smartclinic: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    name = "Планетарский"
    records = tmp_path / f"{name}_records"
    records.mkdir()
    patient = {
        "resourceType": "Patient",
        "id": name,
        "name": [{"family": name, "given": ["Пётр", "Ильич"]}],
        "gender": "male",
        "birthDate": "1961-02-28",
        "telecom": [{"system": "email", "value": "planetarsky@mail.example"}],
    }
    observation = {
        "resourceType": "Observation",
        "id": "1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "14647-2"}], "text": name},
        "subject": {"reference": f"Patient/{name}", "display": name},
        "effectiveDateTime": "2024-03-01T09:00:00+03:00",
        "valueQuantity": {"value": 6.1, "code": "mmol/L", "system": "http://unitsofmeasure.org"},
        "note": [{"text": name}],
    }
    consent = {
        "resourceType": "Consent",
        "id": "1",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": f"Patient/{name}"},
        "dateTime": "2024-03-01",
        "policyRule": {"coding": [{"code": "OPTIN"}]},
        "provision": {
            "type": "permit",
            "purpose": [{"system": "https://smartclinic.example/consent-purpose", "code": "reminder"}],
        },
    }
    lines = (json.dumps(resource, ensure_ascii=False) for resource in (patient, observation, consent))
    (records / f"{name}.ndjson").write_text("\n".join(lines))
    (records / f"{name}.json").write_text('{"resourceType": "Bundle", "entry": [{"resour')
    (records / "scan.json").write_bytes(b"\x00\x01 not JSON")
    home = tmp_path / "home"
    done = smartclinic(home, "run", records, "--no-serve")
    assert done.returncode == 0, done.stderr
    assert "5 resources read = 3 mapped + 0 ignored + 2 quarantined" in done.stderr
    assert "not published" in done.stderr
    assert "Анализ крови на холестерин" in done.stdout
    assert len(letters(home)) == 1
    assert name not in done.stderr
    for path in home.rglob("*"):
        if path.is_file() and path.relative_to(home).parts[0] != "clinic":
            assert name.encode() not in path.read_bytes(), path
            assert json.dumps(name)[1:-1].encode() not in path.read_bytes(), path


def test_a_run_that_fails_tells_prefect_neither_the_path_nor_the_reason(
    tmp_path: Path, smartclinic: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    name = "Планетарская"
    records = tmp_path / f"{name} Анна 1961"
    records.mkdir()
    (records / f"{name}.json").write_text("no JSON")
    home = tmp_path / "home"
    done = smartclinic(home, "run", records, "--no-serve")
    assert done.returncode == 1
    assert "Error: nothing could be read" in done.stderr.replace("Nothing", "nothing")
    assert "Traceback" not in done.stderr
    for path in (home / "prefect").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            forms = (name.encode(), json.dumps(name)[1:-1].encode(), base64.b64encode(name.encode())[:20])
            assert not any(form in content for form in forms), path
    assert b"NothingReadable" in b"".join(p.read_bytes() for p in (home / "prefect").glob("prefect.db*"))
    assert not (home / "origin.json").exists()


def killed_after(process: subprocess.Popen[str], phase: str | None, delay: float) -> None:
    """Kill the run `delay` seconds into the phase that follows `phase`."""
    assert process.stderr
    for line in process.stderr if phase else ():
        if line.startswith(phase or ""):
            break
    time.sleep(delay)
    process.kill()
    process.wait()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_killed_in_any_phase_is_made_up_for_by_the_next(
    tmp_path: Path,
    start: Callable[..., subprocess.Popen[str]],
    smartclinic: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    cohort = ("run", "--patients", 400, "--until", "2026-11-01", "--no-serve")
    whole = tmp_path / "whole"
    assert smartclinic(whole, *cohort).returncode == 0
    broken = tmp_path / "broken"
    for phase, delay in ((None, 1.0), *((phase, 0.3) for phase in PHASES[:-1])):
        killed_after(start(broken, *cohort), phase, delay)
    done = smartclinic(broken, *cohort)
    assert done.returncode == 0, done.stderr
    events = pl.concat(ParquetEvents(broken / "events").shards())
    assert events.height == events.unique().height
    assert events.height == pl.concat(ParquetEvents(whole / "events").shards()).height
    assert len(letters(broken)) == len(letters(whole))
    assert not [p for p in broken.rglob("*") if ".partial" in p.name or p.name.startswith(".cleared")]
