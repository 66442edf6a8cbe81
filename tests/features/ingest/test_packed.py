"""Packed files: bombs, zips in zips, office documents, names that point elsewhere."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.ingest import blob, unpack
from features.ingest.source import Trouble
from features.ingest.tape import Tape

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench, Records

BOMB = "it unpacks to more than 200 times its size: taken for an attack; pack it anew, or give it unpacked"


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def kept(bench: Bench) -> list[tuple[str | None, str]]:
    return [(item["member"], item["reason"]) for item in bench.items]


def test_a_gzip_bomb_is_named_and_the_run_goes_on(
    bench: Bench, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "FREE", 4 << 20)
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as file:
        file.write(json.dumps(records.observation("before")).encode() + b"\n")
        for _ in range(300):
            file.write(bytes(1 << 20))
    bench.write("a.ndjson.gz", out.getvalue())
    bench.write("b.json", records.observation("after"))

    account = bench.ingest()

    assert BOMB in bench.reasons
    assert account.mapped == 2


def test_a_zip_bomb_is_named_before_it_is_unpacked(bench: Bench, records: Records) -> None:
    bench.write(
        "a.zip",
        zipped(("bomb.json", bytes(80 << 20)), ("good.json", json.dumps(records.observation()).encode())),
    )

    account = bench.ingest()

    assert kept(bench) == [("bomb.json", BOMB)]
    assert account.mapped == 1


def test_a_gzip_bomb_within_a_zip_is_named(
    bench: Bench, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "FREE", 4 << 20)
    bench.write("a.zip", zipped(("bomb.json.gz", gzip.compress(b"[" + bytes(40 << 20)))))
    bench.write("b.json", records.observation())

    bench.ingest()

    assert BOMB in bench.reasons


def test_members_that_share_their_bytes_are_named(bench: Bench, records: Records) -> None:
    packed = zipped(("a.json", json.dumps(records.observation("x" * 60)).encode()), method=zipfile.ZIP_STORED)
    directory = packed.index(b"PK\x01\x02")
    entry = packed[directory : packed.index(b"PK\x05\x06")]
    end = bytearray(packed[packed.index(b"PK\x05\x06") :])
    end[8:12] = b"\x14\x00\x14\x00"  # twenty members
    end[12:16] = (20 * len(entry)).to_bytes(4, "little")
    bench.write("a.zip", packed[:directory] + 20 * entry + bytes(end))
    bench.write("b.json", records.observation())

    bench.ingest()

    assert kept(bench) == [(None, BOMB)]


def test_a_zip_in_a_zip_is_read_and_a_deeper_one_is_named(bench: Bench, records: Records) -> None:
    deepest = zipped(("deep.json", json.dumps(records.observation("deep")).encode()))
    inner = zipped(("in.json", json.dumps(records.observation("in")).encode()), ("deepest.zip", deepest))
    bench.write(
        "a.zip", zipped(("inner.zip", inner), ("out.json", json.dumps(records.observation()).encode()))
    )

    account = bench.ingest()

    assert account.mapped == 2
    assert kept(bench) == [("inner.zip/deepest.zip", "a zip in a zip in a zip: give the inner one by itself")]


def test_a_broken_zip_in_a_zip_leaves_the_others(bench: Bench, records: Records) -> None:
    bench.write(
        "a.zip",
        zipped(("inner.zip", b"PK\x03\x04 no"), ("o.json", json.dumps(records.observation()).encode())),
    )

    assert bench.ingest().mapped == 1
    assert kept(bench) == [("inner.zip", "the zip is damaged or is no zip")]


def test_members_that_name_a_place_outside_are_read_and_write_nothing(
    bench: Bench, records: Records, tmp_path: Path
) -> None:
    names = ("/etc/x.json", "../../../x.json", "C:\\x.json", "a/../../x.json")
    bench.write(
        "a.zip", zipped(*((n, json.dumps(records.observation(str(i))).encode()) for i, n in enumerate(names)))
    )
    before = set(tmp_path.parent.parent.glob("x.json"))

    assert bench.ingest().mapped == 4
    assert set(tmp_path.parent.parent.glob("x.json")) == before
    assert not Path("/etc/x.json").exists()


def office() -> bytes:
    return zipped(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>"))


def test_an_office_document_is_one_file_wherever_it_lies(tmp_path: Path) -> None:
    alone = tmp_path / "a.xlsx"
    alone.write_bytes(office())
    within = tmp_path / "b.zip"
    within.write_bytes(zipped(("lab/a.xlsx", office())))

    for path, member in ((alone, None), (within, "lab/a.xlsx")):
        taken = []
        used: list[int] = []
        for found in blob.blobs(path, used.append):
            assert isinstance(found.content, Tape)
            assert found.content.fill(4)[:4] == b"PK\x03\x04"
            with found.content.file() as file:
                taken.append((found.member, file.read()))
        assert taken == [(member, office())]
        assert sum(used) > 0


def test_a_zip_of_pictures_is_walked_member_by_member(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(("xl/a.json", b"{}"), (".hidden/b.json", b"{}"), ("__MACOSX/c", b"")))

    found = [(b.member, isinstance(b.content, Trouble)) for b in blob.blobs(path, lambda size: None)]

    assert found == [("xl/a.json", False)]
