"""Quarantine: what, where and why, for the owner's eyes, and gone when it is mended."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench, Records


def test_an_item_has_place_reason_and_the_record_itself(bench: Bench, records: Records) -> None:
    bad = records.observation("bad", code={"text": "сахар"})
    path = bench.write("Иванова.ndjson", [records.patient(), bad])
    bench.ingest()

    assert bench.items == [
        {
            "file": str(path),
            "member": None,
            "line": 2,
            "entry": None,
            "type": "Observation",
            "id": "bad",
            "reason": "no code, only text",
            "raw": bad,
        }
    ]


def test_only_the_owner_may_look(bench: Bench, records: Records) -> None:
    bench.take(records.patient(), records.observation(code=None))

    assert stat.S_IMODE(bench.quarantine.stat().st_mode) == 0o700
    [file] = bench.quarantine.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "records" not in file.name


def test_reading_again_changes_nothing_and_mending_removes_it(bench: Bench, records: Records) -> None:
    bench.write("a.ndjson", [records.patient(), records.observation(code=None)])
    bench.write("b.ndjson", [records.observation("b", code=None)])
    bench.ingest()
    before = {path.name: path.read_bytes() for path in bench.quarantine.iterdir()}

    bench.ingest()
    assert {path.name: path.read_bytes() for path in bench.quarantine.iterdir()} == before

    bench.write("a.ndjson", [records.patient(), records.observation()])
    bench.ingest()

    assert [Path(item["file"]).name for item in bench.items] == ["b.ndjson"]


def test_many_items_of_many_files_are_all_kept(bench: Bench, records: Records) -> None:
    for number in range(3):
        bad = [records.observation(f"{number}-{n}", code=None) for n in range(600)]
        bench.write(f"{number}.ndjson", [records.patient(), *bad])

    account = bench.ingest()

    assert account.quarantined == 1800
    assert len({item["id"] for item in bench.items}) == 1800


def test_what_a_killed_run_left_is_swept(bench: Bench, records: Records) -> None:
    bench.quarantine.mkdir()
    (bench.quarantine / "0123.ndjson.part").write_bytes(b'{"half": ')
    bench.take(records.patient())

    assert list(bench.quarantine.iterdir()) == []
