"""Versions of a document: what holds when, whatever the order in which they come."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from features import visible
from features.ingest import Options

if TYPE_CHECKING:
    from tests.features.ingest.cda.conftest import Documents
    from tests.features.ingest.conftest import Bench, Records

RECORD = "1.2.3.4"  # the system of the record numbers of these documents
BEFORE, BETWEEN, AFTER = datetime(2024, 5, 7, 6), datetime(2024, 5, 8), datetime(2024, 6, 1)


def version(documents: Documents, number: int, day: str, *results: str, set_id: bool = True) -> str:
    named = f'<setId root="9.9" extension="s"/><versionNumber value="{number}"/>' if set_id else ""
    parent = f'<id root="9.9.9" extension="d{number - 1}"/>' if number > 1 else ""
    related = (
        f'<relatedDocument typeCode="RPLC"><parentDocument>{parent}</parentDocument></relatedDocument>'
        if parent
        else ""
    )
    return documents.document(
        documents.section("30954-2", documents.panel(*results)),
        id=f'<id root="9.9.9" extension="d{number}"/>',
        set=named + related,
        time=f'<effectiveTime value="{day}"/>',
    )


def glucose(value: float) -> str:
    return f'<value xsi:type="PQ" value="{value}" unit="mmol/L"/>'


@pytest.mark.parametrize("order", ["ab", "ba"])
@pytest.mark.parametrize("set_id", [True, False])
def test_a_later_version_corrects_the_earlier_whatever_the_order(
    bench: Bench, documents: Documents, order: str, set_id: bool
) -> None:
    first = documents.result("2345-7", glucose(5.4)), documents.result()
    second = (documents.result("2345-7", glucose(6.4)),)
    for name, text in zip(
        order,
        (
            version(documents, 1, "20240507093000+0300", *first, set_id=set_id),
            version(documents, 2, "20240509093000+0300", *second, set_id=set_id),
        ),
        strict=True,
    ):
        bench.write(f"{name}.xml", text)

    bench.ingest()

    def seen(at: datetime) -> list[tuple[str, float | None]]:
        return [(c, n if n is None else round(n, 2)) for c, n in bench.seen(at) if c.startswith("LOINC")]

    assert seen(BEFORE) == []
    assert seen(BETWEEN) == [("LOINC//2345-7", 5.4), ("LOINC//4548-4", 6.5)]
    assert seen(AFTER) == [("LOINC//2345-7", 6.4)]  # what the second does not say any more is gone


def test_two_versions_of_one_day_are_told_apart_by_their_numbers(bench: Bench, documents: Documents) -> None:
    bench.write("a.xml", version(documents, 2, "20240507", documents.result("2345-7", glucose(6.4))))
    bench.write("b.xml", version(documents, 1, "20240507", documents.result("2345-7", glucose(5.4))))

    bench.ingest()

    assert [(c, round(n, 2)) for c, n in bench.seen(AFTER) if n] == [("LOINC//2345-7", 6.4)]


def test_a_version_that_says_nothing_any_more_withdraws_the_earlier(
    bench: Bench, documents: Documents
) -> None:
    bench.write("a.xml", version(documents, 1, "20240507093000+0300", documents.result()))
    bench.ingest()
    bench.write("a.xml", version(documents, 2, "20240509093000+0300"))
    bench.ingest()

    assert "LOINC//4548-4" in [code for code, _ in bench.seen(BETWEEN)]
    assert "LOINC//4548-4" not in [code for code, _ in bench.seen(AFTER)]


def test_a_document_read_again_adds_nothing(bench: Bench, documents: Documents) -> None:
    bench.write("a.xml", version(documents, 1, "20240507093000+0300", documents.result()))

    assert bench.ingest().new_events == 3
    assert bench.ingest().new_events == 0


def test_documents_of_two_patients_with_one_number_of_the_document_stay_apart(
    bench: Bench, documents: Documents
) -> None:
    section = documents.section("30954-2", documents.panel(documents.result()))
    bench.write("a.xml", documents.document(section))
    bench.write("b.xml", documents.document(section, ids='<id root="1.2.3.4" extension="p2"/>'))

    bench.ingest()

    assert bench.codes().count("LOINC//4548-4") == 2


def test_a_correction_here_takes_back_nothing_that_another_source_said(
    bench: Bench, documents: Documents, records: Records
) -> None:
    options = Options(authority=RECORD)
    bench.write("p.json", records.patient(deceasedDateTime="2025-01-02"))
    bench.write("a.xml", documents.document())
    bench.ingest(options=options)
    bench.write("a.xml", documents.document(birth='<birthTime value="19700304"/>'))
    bench.ingest(options=options)

    assert bench.events["subject_id"].n_unique() == 1
    assert visible.current(bench.events)["code"].to_list().count("MEDS_DEATH") == 1
