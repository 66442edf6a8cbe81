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
        *planted(records),
    ]
    bench.write(f"{NAME}.ndjson", resources)
    bench.write(f"{LATIN}.json", f'{{"resourceType": "Patient", "name": "{who}')
    bench.write(
        "feed.csv",
        "patient_id,date,device,resting_heart_rate,rmssd,steps,sleep_minutes,wear_minutes,synced_at\n"
        f"p1,2026-03-04,{LATIN},60,,,,,2026-03-05T00:00:00Z\n"
        f"{LATIN},2026-03-04,{NAME} watch,60,,,,,2026-03-05T00:00:00Z\n",
    )

    account = bench.ingest()

    assert account.mapped == 16 + len(
        planted(records)
    )  # all of these became events: the search is not in vain
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
            assert part.casefold() not in text.casefold()


def planted(records: Records) -> list[dict[str, Any]]:
    """The name wherever a sender can write something beside free text: all of these are events."""
    loinc, icd10, own = "http://loinc.org", "http://hl7.org/fhir/sid/icd-10", "urn:clinic:own"
    atc, snomed, cvx = "http://www.whocc.no/atc", "http://snomed.info/sct", "http://hl7.org/fhir/sid/cvx"

    def code(system: str, code: str, display: str | None = None) -> dict[str, Any]:
        return {"coding": [{"system": system, "code": code, "display": display or f"{code} {NAME} {LATIN}"}]}

    places: list[dict[str, Any]] = []
    for name in (NAME, LATIN, f"{LATIN} {NAME}", LATIN.upper()):
        places += [
            records.observation(name),
            records.condition(name) | {"code": code(icd10, "E11.9")},
            records.allergy(name) | {"code": code(atc, "C10AA05")},
            *(
                records.observation(f"{name} {system}", code=code(system, name))
                for system in (loinc, own, snomed)
            ),
            *(
                records.condition(f"{name} {system}") | {"code": code(system, name)}
                for system in (icd10, own, "")
            ),
            records.procedure(name, code=code(own, name)),
            records.immunization(name, vaccineCode=code(cvx, name)),
            records.request(name, medicationCodeableConcept=code(atc, name)),
            records.encounter(name, **{"class": {"code": name}}),
            records.observation(f"{name} answer", valueQuantity=None, valueCodeableConcept=code(own, name)),
            records.observation(f"{name} known", valueQuantity=None, valueCodeableConcept=code(snomed, name)),
            records.observation(f"{name} text", valueQuantity=None, valueCodeableConcept={"text": name}),
            *(
                records.observation(f"{name} {number}", valueQuantity={"value": 5, **unit})
                for number, unit in enumerate(
                    (
                        {"unit": name},
                        {"unit": f"% {name}"},
                        {"unit": f"mg/{name}"},
                        {"unit": f"mg{{{name}}}"},
                        {"code": name, "system": "http://unitsofmeasure.org"},
                    )
                )
            ),
        ]
    return places


def test_units_that_say_something_else_are_counted_and_left_out(bench: Bench, records: Records) -> None:
    account = bench.take(
        records.observation("1", valueQuantity={"value": 5, "unit": f"ммоль/л {NAME}"}),
        records.observation("2", valueQuantity={"value": 5, "unit": "+79000000001"}),
        records.observation("3", valueQuantity={"value": 5, "unit": "ммоль/л"}),
    )

    assert account.units_refused == 2
    assert sorted(bench.events["unit"].to_list(), key=str) == [None, None, "ммоль/л"]


def test_an_error_names_no_file(bench: Bench) -> None:
    bench.write(f"{NAME}/{LATIN}.json.gz", gzip.compress(b"{"))

    with pytest.raises(NothingReadable) as error:
        bench.ingest(bench.inputs / NAME)
    assert NAME not in str(error.value)
    assert LATIN not in str(error.value)
