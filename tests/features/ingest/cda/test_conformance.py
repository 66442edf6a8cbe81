"""Documents of many makers: all are read, or kept aside with a reason; twice is once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench

WHOLE = {
    "recordTarget has only a national number (SNILS, SSN): send the clinic's own record number too",
    "recordTarget has no id with root and extension, so no patient",
    "a date that does not exist",
}


def test_public_documents_are_read_or_kept_aside_with_a_reason(bench: Bench, shared_data: Path) -> None:
    account = bench.ingest(shared_data / "ccda" / "ccda_samples.zip")

    documents = account.total("mapped", "CDA patient") + account.total("quarantined", "CDA document")
    assert documents == 129
    assert account.total("mapped", "CDA patient") == 116
    assert {item["reason"] for item in bench.items if item["type"] == "CDA document"} == WHOLE
    for kind in ("result", "problem", "medication", "allergy", "immunization", "procedure", "encounter"):
        assert account.total("mapped", f"CDA {kind}") > 100, kind
    assert account.quarantined < 0.05 * account.resources
    codes = bench.events["code"].to_list()
    known = sum(code.startswith(("LOINC//", "SNOMED//", "RXNORM//", "CVX//", "ICD10CM//")) for code in codes)
    assert known > 0.7 * len(codes)
    assert bench.ingest(shared_data / "ccda" / "ccda_samples.zip").new_events == 0
