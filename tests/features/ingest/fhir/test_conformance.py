"""Records that nobody here wrote: the official R4 examples and Synthea."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from features import schema
from features.ingest import tape, walk
from features.ingest.fhir import document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.features.ingest.conftest import Bench


def counted(resource: dict[str, Any]) -> Iterator[str]:
    """Types by the rule of the account, told in another way: a Bundle counts by its entries."""
    if resource["resourceType"] != "Bundle":
        yield resource["resourceType"]
        return
    for entry in resource.get("entry", []):
        if "resource" in entry:
            yield from counted(entry["resource"])
        else:
            yield "(no resource)"


def types_in(archive: Path) -> Counter[str]:
    with zipfile.ZipFile(archive) as members:
        return Counter(t for name in members.namelist() for t in counted(json.loads(members.read(name))))


def test_every_official_example_is_accounted_for(bench: Bench, shared_data: Path) -> None:
    archive = shared_data / "fhir_r4_examples" / "hl7_fhir_r4_examples.zip"

    account = bench.ingest(archive)

    assert account.read == types_in(archive)
    assert account.unreadable == 0
    assert account.mapped >= 170  # some name other servers than the first, and are kept apart
    assert all(item["reason"] and item["member"] and item["raw"] for item in bench.items)
    # Whatever a valid record holds, it has no shape, type or date that we do not know.
    assert not {
        why for why in bench.reasons if "shape" in why or "not one of" in why or "does not exist" in why
    }
    assert not {why for why in bench.reasons if "FHIR R5" in why}


def test_each_official_example_is_read_alone_without_a_crash(bench: Bench, shared_data: Path) -> None:
    archive = shared_data / "fhir_r4_examples" / "hl7_fhir_r4_examples.zip"
    with zipfile.ZipFile(archive) as members:
        names = members.namelist()
        assert len(names) == 484
        members.extractall(bench.inputs)

    account = bench.ingest()

    assert account.read == types_in(archive)
    assert account.files + account.unreadable == 484
    assert {Path(item["file"]).name for item in bench.items} <= set(names)


def test_synthea_is_accounted_for_to_the_last_resource(bench: Bench, shared_data: Path) -> None:
    account = bench.ingest(shared_data / "fhir_synthea" / "synthea_r4_150_bundles.zip", shards=32)

    assert account.resources == 51_206
    assert account.quarantined == 0
    table = {line.type: line for line in account.table()}
    assert table["Observation"].mapped == table["Observation"].read == 23_316
    assert table["Encounter"].mapped == 4_870
    assert table["Immunization"].mapped == 1_805
    assert table["DiagnosticReport"].mapped == 1_676
    assert account.events == account.new_events == bench.events.height
    assert account.persons == len(bench.people) == 150
    assert bench.events.schema == schema.EVENT
    assert bench.events["subject_id"].n_unique() == 150
    births = bench.events.filter(pl.col("code") == schema.BIRTH)
    assert births.height == 150


def test_synthea_streamed_gives_the_same_store(
    bench: Bench, shared_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = shared_data / "fhir_synthea" / "synthea_r4_150_bundles.zip"
    with zipfile.ZipFile(archive) as members:
        name = min(members.infolist(), key=lambda info: info.file_size)
        bench.write("one.json", members.read(name))
    whole = bench.ingest()
    loaded = bench.events

    monkeypatch.setattr(document, "LIMIT", 1 << 10)
    monkeypatch.setattr(document, "CHUNK", 1 << 10)
    monkeypatch.setattr(tape, "CHUNK", 1 << 10)
    monkeypatch.setattr(walk, "HEAD", 64)
    streamed = bench.ingest(store=tmp_path / "streamed")

    assert streamed.read == whole.read
    assert streamed.new_events == whole.new_events == loaded.height
