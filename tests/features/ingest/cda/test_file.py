"""Files that are broken, hostile, long, in another encoding, or packed."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.ingest.cda import tree as trees
from features.ingest.cda.tree import Broken, tree

if TYPE_CHECKING:
    from tests.features.ingest.cda.conftest import Documents
    from tests.features.ingest.conftest import Bench

DOCTYPE = (
    "a document type or entities are declared, with which XML reads files or fills memory: export without"
)


def beside_a_good_one(bench: Bench, documents: Documents, content: bytes | str, name: str = "b.xml") -> None:
    bench.write("a.xml", documents.document())
    bench.write(name, content)


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE ClinicalDocument [<!ENTITY x SYSTEM "file://{secret}">]>',
        '<!DOCTYPE ClinicalDocument [<!ENTITY % x SYSTEM "file://{secret}"> %x;]>',
        '<!DOCTYPE ClinicalDocument SYSTEM "file://{secret}">',
        '<!DOCTYPE ClinicalDocument [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY x "&b;&b;&b;">]>',
    ],
)
def test_entities_are_refused_and_no_text_of_a_file_gets_out(
    bench: Bench, documents: Documents, tmp_path: Path, declared: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("<!-- top secret -->")
    text = documents.document(
        doctype=declared.format(secret=secret), names="<name><family>&x;</family></name>"
    )
    beside_a_good_one(bench, documents, text)

    account = bench.ingest()

    (item,) = bench.items
    assert (item["reason"], item["type"]) == (DOCTYPE, "CDA document")
    assert "top secret" not in repr(item) + repr(bench.people) + repr(account.to_json())


def test_a_document_that_is_cut_off_is_kept_aside_with_the_line(bench: Bench, documents: Documents) -> None:
    beside_a_good_one(bench, documents, "\n" + documents.document(declaration="")[:-40])

    bench.ingest()

    assert [(item["reason"], item["line"]) for item in bench.items] == [("broken XML: cut off or damaged", 2)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1251", "koi8-r"])
def test_a_document_in_any_encoding_that_it_names_is_read(
    bench: Bench, documents: Documents, encoding: str
) -> None:
    named = "utf-8" if encoding == "utf-8-sig" else encoding
    text = documents.document(declaration=f'<?xml version="1.0" encoding="{named}"?>')
    bench.write("a.xml", text.encode(encoding))

    bench.ingest()

    assert bench.people[0].family == "Соловьёв"


def test_an_encoding_that_is_not_known_is_named(bench: Bench, documents: Documents) -> None:
    text = documents.document(declaration='<?xml version="1.0" encoding="martian"?>')
    beside_a_good_one(bench, documents, text)

    bench.ingest()

    assert bench.reasons == ["an encoding that is not known, or bytes that are not of it: write UTF-8"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"ids": ""}, "recordTarget has no id with root and extension, so no patient"),
        ({"time": ""}, "the document has no effectiveTime: nothing in it can be placed in time"),
        ({"time": '<effectiveTime value="20290101"/>'}, "a date in the future"),
    ],
)
def test_a_document_that_cannot_be_placed_is_kept_aside_as_a_whole(
    bench: Bench, documents: Documents, change: dict[str, str], why: str
) -> None:
    beside_a_good_one(bench, documents, documents.document(**change))

    bench.ingest()

    assert bench.reasons == [why]


def test_a_document_of_another_namespace_is_named(bench: Bench, documents: Documents) -> None:
    beside_a_good_one(bench, documents, documents.document().replace("urn:hl7-org:v3", "urn:other"))

    bench.ingest()

    assert bench.reasons == ["ClinicalDocument is not of the namespace urn:hl7-org:v3: export as CDA R2"]


def test_a_bad_birth_date_keeps_the_person_aside_and_the_results_go_in(
    bench: Bench, documents: Documents
) -> None:
    section = documents.section("30954-2", documents.panel(documents.result()))
    bench.write("a.xml", documents.document(section, birth='<birthTime value="19701345"/>'))

    bench.ingest()

    assert [(item["type"], item["reason"]) for item in bench.items] == [
        ("CDA patient", "a date that does not exist")
    ]
    assert bench.codes() == ["LOINC//4548-4"]
    assert bench.people == []


def test_a_document_without_a_structured_body_gives_its_patient(bench: Bench, documents: Documents) -> None:
    body = '<nonXMLBody><text mediaType="application/pdf" representation="B64">JVBERi0=</text></nonXMLBody>'
    bench.write("a.xml", documents.document(body=body))

    account = bench.ingest()

    assert len(bench.people) == 1
    assert account.reasons("ignored") == [
        ("a document without a structured body: a picture, a PDF or text", "CDA document", 1)
    ]


def test_what_is_embedded_is_not_held_in_memory(documents: Documents) -> None:
    start, end = documents.document(body="<nonXMLBody><text>|</text></nonXMLBody>").encode().split(b"|")
    file = io.BytesIO(start + b"A" * (32 << 20) + end)
    tracemalloc.start()
    try:
        found = tree(file)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert found.root.tag == "ClinicalDocument"


@pytest.mark.parametrize(
    ("name", "limit", "text"),
    [
        ("LONG", 1000, f"<a>{'x' * 2000}</a>"),
        ("ELEMENTS", 10, f"<a>{'<b/>' * 20}</a>"),
        ("DEPTH", 10, "<a>" * 20 + "</a>" * 20),
        ("LIMIT", 10, f"<a>{'x' * 20}</a>"),
    ],
)
def test_a_document_beyond_a_limit_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, limit: int, text: str
) -> None:
    tree(io.BytesIO(text.encode()))
    monkeypatch.setattr(trees, name, limit)

    with pytest.raises(Broken, match="more than 64 MB"):
        tree(io.BytesIO(text.encode()))


def test_a_package_of_an_export_is_walked_and_what_lies_beside_is_no_record(
    bench: Bench, documents: Documents
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("IHE_XDM/SUBSET01/DOC0001.XML", documents.document())
        archive.writestr(
            "IHE_XDM/SUBSET01/METADATA.XML",
            '<?xml version="1.0"?><lcm:SubmitObjectsRequest xmlns:lcm="urn:x"/>',
        )
        archive.writestr("IHE_XDM/SUBSET01/CDA.XSL", '<xsl:stylesheet xmlns:xsl="urn:x" version="1.0"/>')
        archive.writestr("INDEX.HTM", "<html/>")
        archive.writestr("README.TXT", "Export of a clinic")
    bench.write("export.zip", out.getvalue())

    account = bench.ingest()

    assert account.reasons("ignored") == [
        ("what lies beside the documents of an export: no record", "CDA package", 4)
    ]
    assert account.quarantined == 0
    assert len(bench.people) == 1
