"""Names stay with the clinic: a planted name is searched for in everything that ingest writes."""

from __future__ import annotations

import gzip
import json
import logging
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from features.ingest import NothingReadable

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench, Records

NAME = "Щербатова-Подставная"
LATIN = "Scherbatova-Planted"


def test_a_planted_name_is_in_no_event_and_no_log(
    bench: Bench, records: Records, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    who = f"{NAME} {LATIN}"
    named: dict[str, Any] = {
        "text": {"status": "generated", "div": f"<div>{who}</div>"},
        "contained": [{"resourceType": "Practitioner", "id": "d", "name": [{"family": who}]}],
        "note": [{"text": who}],
        "extension": [{"url": "urn:x", "valueString": who}],
        "identifier": [{"value": who}],
    }
    subject = {"reference": "Patient/p1", "display": who}
    code = {"coding": [{"system": "http://loinc.org", "code": "4548-4"}], "text": who}
    resources = [
        records.patient(name=[{"family": NAME, "given": [LATIN]}], **named),
        records.observation("1", subject=subject, code=code, **named),
        records.observation("2", valueQuantity=None, valueString=who, **named),
        records.observation("3", valueQuantity=None, valueString=f"положительно, {who}"),
        records.observation("4", valueQuantity=None, valueCodeableConcept={"text": who}),
        records.observation("5", valueQuantity=None, component=[{"code": code, "valueString": who}]),
        records.observation("6", performer=[{"display": who}], interpretation=[{"text": who}]),
        records.observation(f"{NAME} 7"),
        records.observation("8", valueQuantity={"value": 1, "comparator": who}),
        records.condition("9")
        | {"code": {"coding": [{"code": "I10", "system": "http://hl7.org/fhir/sid/icd-10"}], "text": who}},
        records.encounter("10", participant=[{"individual": {"display": who}}], **named),
        records.request("11", requester={"display": who}, dosageInstruction=[{"text": who}], **named),
        records.allergy("12", reaction=[{"description": who}], **named),
        records.report("13", conclusion=who, performer=[{"display": who}]),
        records.observation("14", code={"text": who}),
        {"resourceType": NAME, "id": LATIN},
    ]
    bench.write(f"{NAME}.ndjson", resources)
    bench.write(f"{LATIN}.json", f'{{"resourceType": "Patient", "name": "{who}')
    bench.write(
        "feed.csv",
        f"patient_id,date,device,resting_heart_rate,rmssd,steps,sleep_minutes,wear_minutes,synced_at\np1,2026-03-04,{LATIN} watch,60,,,,,2026-03-05T00:00:00Z\n",
    )

    account = bench.ingest()

    assert account.mapped == 15  # all of these became events: the search is not in vain
    assert bench.people[0].family == NAME
    assert NAME in json.dumps(bench.items, ensure_ascii=False)
    written = [
        p for folder in (bench.store, bench.root / "staging") for p in folder.rglob("*") if p.is_file()
    ]
    assert len(written) > 3
    output = capfd.readouterr()
    for text in [
        *(pl.read_parquet(p).write_csv() for p in written if p.suffix == ".parquet"),
        *(p.read_bytes().decode("utf-8", "ignore") for p in written),
        *(str(p) for p in written),
        json.dumps(account.to_json(), ensure_ascii=False),
        caplog.text,
        output.out,
        output.err,
        *(path.name for path in bench.quarantine.iterdir()),
    ]:
        for part in (NAME, LATIN, NAME.split("-")[0], LATIN.split("-")[0]):
            assert part not in text


def test_an_error_names_no_file(bench: Bench) -> None:
    bench.write(f"{NAME}/{LATIN}.json.gz", gzip.compress(b"{"))

    with pytest.raises(NothingReadable) as error:
        bench.ingest(bench.inputs / NAME)
    assert NAME not in str(error.value)
    assert LATIN not in str(error.value)
