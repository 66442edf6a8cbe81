"""Documents of every form, and references within a Bundle."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from features.ingest import Account, NothingReadable, blob, tape, total, walk
from features.ingest.device import feed
from features.ingest.fhir import bundle, document

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench, Records

URN = "urn:uuid:0b6b5b9a-98e5-4b5c-8a26-2ad7f6fe0c5a"


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def forms(first: dict[str, Any], second: dict[str, Any]) -> dict[str, bytes]:
    """The same two resources, as people send them."""
    lines = b"".join(json.dumps(r).encode() + b"\n" for r in (first, second))
    bundle = {"resourceType": "Bundle", "entry": [{"resource": first}, {"resource": second}]}
    nested = {"resourceType": "Bundle", "entry": [{"resource": bundle}]}
    return {
        "ndjson": lines,
        "ndjson without the last newline": lines.rstrip(),
        "ndjson with blank lines and CRLF": b"\r\n" + lines.replace(b"\n", b"\r\n\r\n"),
        "ndjson with a mark": b"\xef\xbb\xbf" + lines,
        "bundle": json.dumps(bundle).encode(),
        "pretty bundle": json.dumps(bundle, indent=4).encode(),
        "bundle with a mark": b"\xef\xbb\xbf" + json.dumps(bundle).encode(),
        "bundle in a bundle": json.dumps(nested).encode(),
        "bundles line by line": json.dumps(bundle).encode() + b"\n" + json.dumps(bundle).encode(),
        "array": json.dumps([first, second], indent=1).encode(),
        "gz": gzip.compress(lines),
        "gz of two parts": gzip.compress(json.dumps(first).encode() + b"\n")
        + gzip.compress(json.dumps(second).encode()),
        "zip": zipped(
            **{"a/b.json": json.dumps(bundle).encode(), "__MACOSX/._b.json": b"\0\0", "a/.x": b"?"}
        ),
        "zip of gz": zipped(**{"x.ndjson.gz": gzip.compress(lines)}),
        "zip of lines": zipped(one=json.dumps(first).encode(), two=json.dumps(second).encode()),
    }


@pytest.mark.parametrize("name", ["records", "records.json", "records.ndjson.gz", "records.zip"])
@pytest.mark.parametrize("form", list(forms({}, {})))
def test_the_content_decides_what_a_file_is_and_not_its_name(
    bench: Bench, records: Records, form: str, name: str
) -> None:
    bench.write(name, forms(records.observation(), records.condition())[form])

    account = bench.ingest()

    assert bench.codes() == ["ICD10//E11.9", "LOINC//4548-4"]
    assert account.mapped == account.resources == (4 if form == "bundles line by line" else 2)
    assert (account.files, account.unreadable) == (1, 0)


@pytest.mark.parametrize(
    "form", [name for name in forms({}, {}) if "bundle" in name or name in ("array", "zip")]
)
def test_a_bundle_too_long_to_load_is_read_the_same(
    bench: Bench, records: Records, form: str, short_documents: None
) -> None:
    bench.write("records", forms(records.observation(), records.condition())[form])

    account = bench.ingest()

    assert bench.codes() == ["ICD10//E11.9", "LOINC//4548-4"]
    assert account.quarantined == 0


@pytest.mark.parametrize("form", ["ndjson", "gz", "zip of gz", "zip of lines"])
def test_a_resource_too_long_to_load_is_quarantined(
    bench: Bench, records: Records, form: str, short_documents: None
) -> None:
    bench.write("records", forms(records.observation(), records.condition())[form])

    with pytest.raises(NothingReadable, match=r"one resource of more than 16 MB \(2\)"):
        bench.ingest()


def test_a_resource_of_no_use_may_be_as_long_as_it_likes(bench: Bench, short_documents: None) -> None:
    account = bench.take({"resourceType": "Binary", "id": "x", "data": "QUJD" * 1000})

    assert (account.ignored, account.quarantined) == (1, 0)


@pytest.fixture
def short_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents of more than 64 bytes are too long to load."""
    monkeypatch.setattr(document, "LIMIT", 64)
    monkeypatch.setattr(document, "CHUNK", 16)
    monkeypatch.setattr(tape, "CHUNK", 16)
    monkeypatch.setattr(walk, "HEAD", 16)
    monkeypatch.setattr(blob, "LIMIT", 64)


def test_folders_are_read_to_the_bottom_and_hidden_files_are_not(bench: Bench, records: Records) -> None:
    bench.write("a/b/c/one.json", records.observation("1"))
    bench.write("a/two.ndjson", [records.observation("2")])
    bench.write(".hidden.json", records.observation("3"))
    bench.write(".git/four.json", records.observation("4"))
    (bench.inputs / "a" / "loop").symlink_to(bench.inputs)

    account = bench.ingest()

    assert account.mapped == 2
    assert account.files == 2


def test_one_file_can_be_named(bench: Bench, records: Records) -> None:
    path = bench.write("one.json", records.observation("1"))
    bench.write("two.json", records.observation("2"))

    assert bench.ingest(path).mapped == 1


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("long", [False, True])
def test_a_reference_is_resolved_within_the_bundle_wherever_the_patient_stands(
    bench: Bench, records: Records, last: bool, long: bool, request: pytest.FixtureRequest
) -> None:
    if long:
        request.getfixturevalue("short_documents")
    entries = [
        {"fullUrl": URN, "resource": records.patient("card-1", gender=None)},
        {"resource": records.observation(subject={"reference": URN})},
    ]
    bench.write("b.json", {"resourceType": "Bundle", "entry": entries[::-1] if last else entries})

    bench.ingest()

    assert bench.codes() == ["LOINC//4548-4", "MEDS_BIRTH"]
    assert bench.events["subject_id"].n_unique() == 1
    assert bench.people[0].patient_id == "card-1"


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p1",
        "https://server.example/fhir/Patient/p1",
        "Patient/p1/_history/3",
        "http://server.example/fhir/Patient/p1/_history/3",
    ],
)
def test_every_form_of_a_reference_is_the_same_subject(
    bench: Bench, records: Records, reference: str
) -> None:
    bench.take(records.patient(), records.observation(subject={"reference": reference}))

    assert bench.events["subject_id"].n_unique() == 1


def test_a_patient_without_an_id_is_known_by_its_full_url(bench: Bench, records: Records) -> None:
    bench.write(
        "b.json",
        {
            "resourceType": "Bundle",
            "entry": [
                {"fullUrl": URN, "resource": records.patient() | {"id": None}},
                {"resource": records.observation(subject={"reference": URN})},
            ],
        },
    )
    bench.ingest()

    assert bench.events["subject_id"].n_unique() == 1
    assert bench.people[0].patient_id == URN.removeprefix("urn:uuid:")


def test_a_bundle_is_not_counted_and_its_entries_are(bench: Bench, records: Records) -> None:
    inner = records.bundle(records.observation("2"), {"resourceType": "Organization", "id": "o"})
    bundle = records.bundle(records.observation("1"), None, inner, records.observation("3", code=None))
    bundle["entry"].append({"request": {"method": "DELETE", "url": "Observation/9"}})
    bench.write("b.json", bundle)

    account = bench.ingest()

    table = {line.type: (line.read, line.mapped, line.ignored, line.quarantined) for line in account.table()}
    assert table == {
        "Observation": (3, 2, 0, 1),
        "Organization": (1, 0, 1, 0),
        "(no resource)": (2, 0, 1, 1),
    }
    assert [(item["entry"], item["reason"]) for item in bench.items] == [
        (4, "no code"),
        (5, "a deletion names no patient and cannot be applied"),
    ]


def test_an_item_deep_inside_is_found_by_its_entry(bench: Bench, records: Records) -> None:
    inner = records.bundle(records.observation("ok"), records.observation("bad", code=None))
    bench.write("b.json", records.bundle(records.patient(), inner))
    bench.ingest()

    assert bench.items[0]["entry"] == "2.2"


def test_bundles_nested_without_end_are_refused(bench: Bench, records: Records) -> None:
    bundle = records.bundle(records.observation())
    for _ in range(200):
        bundle = records.bundle(bundle)
    bench.write("deep.json", bundle)
    bench.write("good.json", records.observation("x"))

    bench.ingest()

    assert bench.reasons == ["an element has another shape than FHIR R4 gives it"]


def test_a_bundle_of_a_later_release_is_refused_entry_by_entry(bench: Bench, records: Records) -> None:
    bench.write("b.json", records.bundle(records.patient(), records.observation(), issues={}))
    bench.write("good.json", records.observation("x"))

    account = bench.ingest()

    assert account.quarantined == 2
    assert set(bench.reasons) == {"FHIR R5 element Bundle.issues; this reads R4: export as R4"}


def test_an_account_adds_up_and_survives_json(bench: Bench, records: Records) -> None:
    first = bench.take(records.patient(), records.observation(code=None))
    assert Account.from_json(json.loads(json.dumps(first.to_json()))) == first
    both = total([first, first])
    assert both.resources == 4
    assert both.quarantined == 2
    assert both.balanced
    assert [line.read for line in both.table()] == [2, 2]


def test_the_sum_fails_when_a_resource_is_lost_on_the_way(
    bench: Bench, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = records.request(
        medicationCodeableConcept=None, medicationReference={"reference": "Medication/later"}
    )
    bench.write("a.ndjson", [records.observation(), waiting])
    account = bench.ingest()
    assert (account.balanced, account.read["MedicationRequest"]) == (True, 1)

    monkeypatch.setattr(bundle._Spill, "drain", lambda spill: iter(()))
    with pytest.raises(AssertionError):  # what `ingest` of the bench asserts: the sum is exact
        bench.ingest()


def test_the_sum_fails_when_a_row_of_the_feed_is_lost(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    header = "patient_id,date,device,resting_heart_rate,rmssd,steps,sleep_minutes,wear_minutes,synced_at"
    row = "p1,2026-03-04,W,61,,,,,2026-03-05T06:00:00Z"
    bench.write("feed.csv", f"{header}\n{row}\n{row.replace('03-04', '03-03')}\n")
    assert bench.ingest().balanced
    whole = feed._batch

    def short(*arguments: Any) -> feed.Batch:
        batch = whole(*arguments)
        return replace(batch, mapped=batch.mapped - 1)

    monkeypatch.setattr(feed, "_batch", short)
    with pytest.raises(AssertionError):
        bench.ingest()
