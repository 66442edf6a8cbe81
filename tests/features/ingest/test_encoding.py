"""Records in another encoding than UTF-8: read, or named."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from features.ingest.encoding import Recoded, utf16

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench, Records

PERSON = [{"family": "Соловьёв😀"}]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_json_in_utf_16_with_its_mark_is_read(bench: Bench, records: Records, encoding: str) -> None:
    whole = json.dumps(records.patient(name=PERSON), ensure_ascii=False)
    lines = f"{whole}\n{json.dumps(records.observation())}\n"
    bench.write("a.json", "\ufeff".encode(encoding) + whole.encode(encoding))
    bench.write("b.ndjson", "\ufeff".encode(encoding) + lines.encode(encoding))

    account = bench.ingest()

    assert (account.mapped, account.quarantined) == (3, 0)
    assert bench.people[0].family == "Соловьёв😀"


def test_utf_16_that_is_cut_off_is_named(bench: Bench, records: Records) -> None:
    text = "\n".join(json.dumps(records.observation(str(n))) for n in range(3)) + "\n"
    bench.write("a.ndjson", b"\xff\xfe" + text.encode("utf-16-le")[:-1])

    account = bench.ingest()

    assert account.mapped == 3
    assert "begins as UTF-16, but is cut off or damaged: export as UTF-8" in bench.reasons


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r"])
def test_json_in_a_russian_encoding_is_named(bench: Bench, records: Records, encoding: str) -> None:
    bench.write("good.json", records.observation())
    patient = json.dumps(records.patient(name=[{"family": "Соловьёв"}]), ensure_ascii=False)
    bench.write("a.json", patient.encode(encoding))
    bench.write("b.ndjson", f"{json.dumps(records.observation('2'))}\n{patient}\n".encode(encoding))

    account = bench.ingest()

    assert set(bench.reasons) == {"not UTF-8: JSON of FHIR is UTF-8; export it as that"}
    assert account.mapped == 2
    assert bench.people == []


def test_a_source_is_recoded_however_it_is_cut() -> None:
    class Bytewise(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(1)

    packed = "\ufeffПривет 😀".encode("utf-16-be")

    source = Recoded(Bytewise(packed), "utf-16-be")
    found = b""
    while chunk := source.read(3):
        assert len(chunk) <= 3
        found += chunk

    assert found.decode() == "Привет 😀"
    assert not source.broken


@pytest.mark.parametrize(
    ("head", "codec"), [(b"\xff\xfe{\0", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"{", None)]
)
def test_utf_16_is_told_by_its_mark_alone(head: bytes, codec: str | None) -> None:
    assert utf16(head) == codec
