"""Bad input: a clear message, good records in, nothing lost."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.ingest import NothingReadable
from features.shards import NoEvents, ParquetEvents

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench, Records


def refused(bench: Bench, inputs: Path | None = None) -> NothingReadable:
    with pytest.raises(NothingReadable) as error:
        bench.ingest(inputs)
    assert error.value.account.balanced
    assert "expected: " in str(error.value) and "FHIR R4 as Bundle" in str(error.value)
    with pytest.raises(NoEvents, match="ingest"):  # the store was not made
        ParquetEvents(bench.store)
    return error.value


def test_a_truncated_bundle_gives_its_whole_entries_and_is_kept(bench: Bench, records: Records) -> None:
    whole = json.dumps(records.bundle(*(records.observation(f"o{n}") for n in range(10))))
    bench.write("cut.json", whole[: len(whole) * 2 // 3])
    bench.write("good.json", records.observation("good"))

    account = bench.ingest()

    assert bench.reasons == ["broken JSON: cut off or damaged"]
    assert 5 <= account.mapped < 11
    assert bench.items[0]["raw"].startswith('{"resourceType": "Bundle"')
    # Where to mend it: the line of the break, and the entry after the last whole one.
    assert (bench.items[0]["line"], bench.items[0]["entry"]) == (1, account.mapped)


def test_a_truncated_resource_alone_is_nothing_readable(bench: Bench, records: Records) -> None:
    bench.write("cut.json", json.dumps(records.observation())[:-20])

    error = refused(bench)

    assert "1 file found: broken JSON: cut off or damaged (1)" in str(error)
    assert bench.items[0]["type"] == "(unreadable)"


def test_a_broken_line_is_kept_with_its_number_and_the_others_go_in(bench: Bench, records: Records) -> None:
    good = json.dumps(records.observation("1"))
    bench.write("x.ndjson", f'{good[:-9]}\n{good}\n\n[1]\n7\n"x"\n{json.dumps(records.observation("2"))}')

    account = bench.ingest()

    assert account.mapped == 2
    assert [(item["line"], item["reason"]) for item in bench.items] == [
        (1, "broken JSON: cut off or damaged"),
        (4, "JSON, but not an object"),
        (5, "JSON, but not an object"),
        (6, "JSON, but not an object"),
    ]


def test_a_wrong_zip_is_named(bench: Bench) -> None:
    bench.write("records.zip", b"PK\x03\x04" + os.urandom(500))

    assert "the zip is damaged or is no zip (1)" in str(refused(bench))


def test_a_zip_cut_in_the_middle_of_a_download_is_named(bench: Bench, records: Records) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.json", json.dumps(records.observation()))
    bench.write("records.zip", out.getvalue()[:-30])

    assert "the zip is damaged or is no zip (1)" in str(refused(bench))


def test_a_damaged_member_of_a_zip_leaves_the_others(bench: Bench, records: Records) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.json", json.dumps(records.observation("a" * 40)))
        archive.writestr("b.json", json.dumps(records.observation("b")))
    bench.write("records.zip", out.getvalue().replace(b"a" * 40, b"x" * 40, 1))

    account = bench.ingest()

    assert account.mapped == 1
    assert [(item["member"], item["reason"]) for item in bench.items] == [
        ("a.json", "the zip is damaged or is no zip")
    ]


def test_a_locked_zip_is_named(bench: Bench, records: Records) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.json", json.dumps(records.observation()))
    locked = bytearray(out.getvalue())
    locked[6] |= 1  # the flag "encrypted" of the member
    locked[locked.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    bench.write("records.zip", bytes(locked))

    assert "the zip is locked by a password (1)" in str(refused(bench))


def test_a_truncated_gzip_gives_what_came_before(bench: Bench, records: Records) -> None:
    rows = [json.dumps(records.observation(os.urandom(16).hex())) for _ in range(5_000)]
    packed = gzip.compress("\n".join(rows).encode())
    bench.write("x.ndjson.gz", packed[: len(packed) // 2])

    account = bench.ingest()

    assert 1_000 < account.mapped < 5_000
    assert bench.reasons == ["broken JSON: cut off or damaged", "the gzip file is cut off or damaged"]
    assert account.files == 1


def test_gzip_that_is_none_is_named(bench: Bench) -> None:
    bench.write("x.gz", b"\x1f\x8b" + b"nothing of the kind")

    assert "the gzip file is cut off or damaged (1)" in str(refused(bench))


def test_an_empty_folder_is_named(bench: Bench) -> None:
    bench.inputs.mkdir()

    assert str(refused(bench)).startswith("nothing to read: the folder holds no files")


def test_a_missing_folder_is_named(bench: Bench) -> None:
    assert "no such file or folder (1)" in str(refused(bench))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b" \n ", "in none of the forms that are read: see docs/ingest.md"),
        (b"%PDF-1.7", "in none of the forms that are read: see docs/ingest.md"),
        ("Иванов Иван".encode("cp1251"), "in none of the forms that are read: see docs/ingest.md"),
        (b'{"a": 1}', "JSON without resourceType"),
        (b"[1]", "JSON, but not an object"),
        (b'{"resourceType": "Bundle"}', "no resource in them"),
        (b'{"resourceType": "Bundle", "entry": {"resource": {}}}', "another shape than FHIR R4"),
        (b'{"resourceType": "Bundle", "entry": [1]}', "another shape than FHIR R4"),
        (b'{"resourceType": "Bundle", "entry": [{"resource": 1}]}', "JSON, but not an object"),
        (b'{"resourceType": "Patient", "id": "\xff\xfe"}', "not UTF-8"),
    ],
)
def test_what_is_not_fhir_is_named(bench: Bench, content: bytes, why: str) -> None:
    bench.write("x.json", content)

    assert why in str(refused(bench))


def test_only_content_of_a_later_release_is_named(bench: Bench, records: Records) -> None:
    bench.write(
        "b.json",
        records.bundle(records.encounter(actualPeriod={}), records.request(medication={"concept": {}})),
    )

    assert "FHIR R5 element Encounter.actualPeriod; this reads R4: export as R4 (1)" in str(refused(bench))


def test_an_unreadable_file_among_good_ones_does_not_stop_the_rest(bench: Bench, records: Records) -> None:
    bench.write("a.zip", b"PK\x03\x04 broken")
    bench.write("b.json", "{")
    bench.write("c.ndjson", [records.observation()])
    bench.write("notes.txt", "позвонить Ивановой")

    account = bench.ingest()

    assert account.mapped == 1
    assert account.quarantined == 3
    assert (account.files, account.unreadable) == (1, 3)


def test_only_resources_of_no_use_are_read_all_the_same(bench: Bench) -> None:
    account = bench.take({"resourceType": "Organization", "id": "o"})

    assert (account.ignored, account.mapped) == (1, 0)
    assert bench.codes() == []


@pytest.fixture
def nobody(bench: Bench) -> Iterator[None]:
    """The rights of an ordinary user: root may read everything."""
    if os.geteuid():
        yield
        return
    parents = [bench.root, *bench.root.parents]
    before = {path: path.stat().st_mode for path in parents if path.stat().st_uid == 0}
    for path, mode in before.items():
        path.chmod(mode | 0o055)
    bench.root.chmod(0o777)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        for path, mode in before.items():
            path.chmod(mode)


@pytest.fixture
def locked_folder(bench: Bench, records: Records) -> Iterator[Path]:
    """Inputs with a folder and a file that their owner alone may read, and who is not us."""
    bench.write("good.json", records.observation("good"))
    bench.write("shut/a.json", records.observation("a"))
    bench.write("shut.json", records.observation("b"))
    shut = [bench.inputs / "shut", bench.inputs / "shut.json"]
    for path in shut:
        path.chmod(0)
    yield bench.inputs
    for path in shut:
        path.chmod(0o700)


def test_a_folder_and_a_file_without_permission_are_counted(
    bench: Bench, locked_folder: Path, nobody: None
) -> None:
    account = bench.ingest(locked_folder)

    assert account.mapped == 1
    assert (account.files, account.unreadable) == (1, 2)
    assert bench.reasons == ["no permission to read"] * 2


def test_a_folder_without_permission_alone_is_nothing_readable(
    bench: Bench, locked_folder: Path, nobody: None
) -> None:
    assert "no permission to read (1)" in str(refused(bench, locked_folder / "shut"))


@pytest.mark.parametrize("start", [b"", b'{"resourceType": "Bundle", "entry": '])
def test_json_of_countless_levels_is_kept_aside_without_the_memory_that_it_asks_for(
    bench: Bench, records: Records, start: bytes
) -> None:
    bench.write("deep.json", start + b"[" * 100_000 + b"]" * 100_000)
    bench.write("good.ndjson", [records.patient(), records.observation()])

    account = bench.ingest()

    assert account.mapped == 2
    assert bench.reasons == ["JSON nested deeper than any record: more than 1,000 levels"]


def test_a_value_that_is_no_number_is_kept_aside_and_not_taken_for_an_absent_one(
    bench: Bench, records: Records
) -> None:
    bench.take(records.patient(), records.observation(valueQuantity={"value": "NaN", "unit": "%"}))

    assert bench.reasons == ["a Quantity whose value is no number"]
