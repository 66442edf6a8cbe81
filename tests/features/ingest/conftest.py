"""A place to ingest into, and small records to ingest."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features import schema, visible
from features.build import build
from features.catalogue import by_name
from features.ingest import Account, ConsentRecord, Person, ingest, intake, items
from features.shards import ParquetEvents

NOW = datetime(2026, 11, 25, 12)
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
MKB = "urn:oid:1.2.643.5.1.13.13.11.1005"


def pseudonym(patient_id: str) -> int:
    """63 bits of a plain hash: enough for tests."""
    return int.from_bytes(hashlib.blake2b(patient_id.encode(), digest_size=8).digest(), "big") >> 1


@dataclass
class Bench:
    """One home for tests: `inputs` to write records to, and what came of them."""

    root: Path
    people: list[Person] = field(default_factory=list)
    consents: list[ConsentRecord] = field(default_factory=list)

    @property
    def inputs(self) -> Path:
        return self.root / "inputs"

    @property
    def store(self) -> Path:
        return self.root / "events"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    def write(self, name: str, content: Any) -> Path:
        """A file: bytes as they are, a list of dicts as NDJSON, anything else as JSON."""
        path = self.inputs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        elif isinstance(content, list):
            path.write_text(
                "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in content), encoding="utf-8"
            )
        else:
            path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return path

    def ingest(self, inputs: Path | None = None, **changes: Any) -> Account:
        """Ingest everything; the sum must be exact, always."""
        arguments: dict[str, Any] = {
            "store": self.store,
            "staging": self.root / "staging",
            "subject": pseudonym,
            "people": self._people,
            "consents": self._consents,
            "quarantine": self.quarantine,
            "now": NOW,
            "shards": 4,
        }
        account = ingest(inputs or self.inputs, **{**arguments, **changes})
        assert account.balanced
        assert account.resources == account.mapped + account.ignored + account.quarantined
        assert account.quarantined == len(self.items)
        return account

    def _people(self, batch: Sequence[Person]) -> None:
        self.people.extend(batch)

    def _consents(self, batch: Sequence[ConsentRecord]) -> None:
        self.consents.extend(batch)

    @property
    def items(self) -> list[dict[str, Any]]:
        """Everything in quarantine."""
        return list(items(self.quarantine))

    @property
    def reasons(self) -> list[str]:
        """Why things are in quarantine."""
        return [item["reason"] for item in self.items]

    @property
    def events(self) -> pl.DataFrame:
        """Every event of the store, in one order."""
        frames = list(ParquetEvents(self.store).shards())
        return pl.concat(frames).sort("subject_id", "time", "code", "source_id") if frames else pl.DataFrame()

    @staticmethod
    def record(kind: str, id: str, patient: str = "p1") -> str:
        """The `source_id` of a patient's resource."""
        return intake.record(kind, id, pseudonym(patient))

    def codes(self) -> list[str]:
        """The codes of all events, sorted."""
        return sorted(self.events["code"].to_list()) if self.events.height else []

    def event(self, code: str) -> dict[str, Any]:
        """The only event with this code."""
        return self.events.row(by_predicate=pl.col("code") == code, named=True)

    def seen(self, at: datetime) -> list[tuple[Any, ...]]:
        """`(code, number)` of what may be seen at `at`, sorted."""
        events = self.events
        withdrawn = (events["code"] == schema.WITHDRAWN).to_numpy()
        since, until = visible.seen(
            events["subject_id"].to_numpy(),
            visible.instants(events["time"]),
            visible.instants(events["known_at"]),
            events["source_id"],
            withdrawn,
        )
        moment = int(pl.Series([at], dtype=schema.INSTANT).to_physical()[0])
        rows = events.filter((since <= moment) & (moment < until) & ~withdrawn)
        return sorted(rows.select("code", "numeric_value").rows(), key=str)

    def feature(self, name: str, at: datetime, patient: str = "p1") -> float | None:
        """A feature of one patient at `at`."""
        rows = pl.DataFrame(
            {"subject_id": [pseudonym(patient)], "prediction_time": [at]}, schema=schema.INDEX
        )
        return build(self.events, rows, [by_name[name]]).item(0, name)  # type: ignore[no-any-return]  # a cell

    def take(self, *resources: dict[str, Any]) -> Account:
        """Ingest these resources as one NDJSON file."""
        self.write("records.ndjson", list(resources))
        return self.ingest()


class Records:
    """Small FHIR R4 resources. Keyword arguments replace elements; None removes one."""

    @staticmethod
    def _of(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in {**base, **changes}.items() if v is not None}

    def patient(self, id: str = "p1", **changes: Any) -> dict[str, Any]:
        return self._of(
            {"resourceType": "Patient", "id": id, "gender": "female", "birthDate": "1970-03-02"}, changes
        )

    def observation(self, id: str = "o1", **changes: Any) -> dict[str, Any]:
        return self._of(
            {
                "resourceType": "Observation",
                "id": id,
                "status": "final",
                "code": {"coding": [{"system": LOINC, "code": "4548-4"}]},
                "subject": {"reference": "Patient/p1"},
                "effectiveDateTime": "2024-05-06T10:00:00+03:00",
                "issued": "2024-05-07T09:30:00+03:00",
                "valueQuantity": {"value": 6.5, "unit": "%", "system": UCUM, "code": "%"},
            },
            changes,
        )

    def condition(self, id: str = "c1", code: str = "E11.9", **changes: Any) -> dict[str, Any]:
        return self._of(
            {
                "resourceType": "Condition",
                "id": id,
                "code": {"coding": [{"system": MKB, "code": code, "display": "Сахарный диабет 2 типа"}]},
                "subject": {"reference": "Patient/p1"},
                "onsetDateTime": "2020-01-10",
                "recordedDate": "2020-02-03",
            },
            changes,
        )

    def encounter(self, id: str = "e1", **changes: Any) -> dict[str, Any]:
        return self._of(
            {
                "resourceType": "Encounter",
                "id": id,
                "status": "finished",
                "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
                "subject": {"reference": "Patient/p1"},
                "period": {"start": "2024-05-06T10:00:00+03:00", "end": "2024-05-06T10:20:00+03:00"},
            },
            changes,
        )

    def request(self, id: str = "m1", **changes: Any) -> dict[str, Any]:
        return self._of(
            {
                "resourceType": "MedicationRequest",
                "id": id,
                "status": "active",
                "intent": "order",
                "medicationCodeableConcept": {
                    "coding": [
                        {"system": "http://www.whocc.no/atc", "code": "C10AA05", "display": "аторвастатин"}
                    ]
                },
                "subject": {"reference": "Patient/p1"},
                "authoredOn": "2021-04-05",
            },
            changes,
        )

    def statement(self, id: str = "s1", **changes: Any) -> dict[str, Any]:
        return self._of(
            {
                "resourceType": "MedicationStatement",
                "id": id,
                "status": "active",
                "medicationCodeableConcept": {
                    "coding": [{"system": "http://www.whocc.no/atc", "code": "A10BA02"}]
                },
                "subject": {"reference": "Patient/p1"},
                "effectivePeriod": {"start": "2020-06-01"},
                "dateAsserted": "2021-04-05",
            },
            changes,
        )

    def procedure(self, id: str = "pr1", **changes: Any) -> dict[str, Any]:
        return self._of(
            {
                "resourceType": "Procedure",
                "id": id,
                "status": "completed",
                "code": {"coding": [{"system": "urn:oid:1.2.643.5.1.13.13.11.1070", "code": "A05.10.006"}]},
                "subject": {"reference": "Patient/p1"},
                "performedPeriod": {"start": "2022-01-02T08:00:00Z", "end": "2022-01-02T09:00:00Z"},
            },
            changes,
        )

    def immunization(self, id: str = "i1", **changes: Any) -> dict[str, Any]:
        return self._of(
            {
                "resourceType": "Immunization",
                "id": id,
                "status": "completed",
                "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]},
                "patient": {"reference": "Patient/p1"},
                "occurrenceDateTime": "2023-10-01",
                "recorded": "2023-10-02",
            },
            changes,
        )

    def report(self, id: str = "d1", **changes: Any) -> dict[str, Any]:
        return self._of(
            {
                "resourceType": "DiagnosticReport",
                "id": id,
                "status": "final",
                "code": {"coding": [{"system": LOINC, "code": "58410-2"}]},
                "subject": {"reference": "Patient/p1"},
                "effectiveDateTime": "2023-03-01",
                "issued": "2023-03-03T00:00:00Z",
            },
            changes,
        )

    def allergy(self, id: str = "a1", **changes: Any) -> dict[str, Any]:
        return self._of(
            {
                "resourceType": "AllergyIntolerance",
                "id": id,
                "code": {"coding": [{"system": "http://www.whocc.no/atc", "code": "C10AA05"}]},
                "patient": {"reference": "Patient/p1"},
                "recordedDate": "2019-09-09",
            },
            changes,
        )

    def consent(self, id: str = "k1", purpose: str = "reminder", **changes: Any) -> dict[str, Any]:
        return self._of(
            {
                "resourceType": "Consent",
                "id": id,
                "status": "active",
                "patient": {"reference": "Patient/p1"},
                "dateTime": "2023-01-01",
                "provision": {
                    "type": "permit",
                    "purpose": [{"system": "https://smartclinic.example/consent-purpose", "code": purpose}],
                },
            },
            changes,
        )

    def bundle(self, *resources: dict[str, Any] | None, **changes: Any) -> dict[str, Any]:
        entries = [
            {"fullUrl": f"urn:uuid:{r.get('id', n)}", "resource": r} if r else {"request": {"method": "GET"}}
            for n, r in enumerate(resources)
        ]
        return self._of({"resourceType": "Bundle", "type": "collection", "entry": entries}, changes)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An empty home."""
    return Bench(tmp_path)


@pytest.fixture
def records() -> Records:
    """Makes FHIR resources."""
    return Records()


@pytest.fixture(scope="session")
def records_of() -> Records:
    """The same for a property test, which may not have a fixture of each test."""
    return Records()


@pytest.fixture(scope="session")
def bench_at() -> Callable[[Path], Bench]:
    """Makes a home at a folder, for a property test."""
    return Bench


@pytest.fixture
def shared_data() -> Path:
    """The folder of public data sets; tests that want it are skipped without it."""
    default = Path(__file__).resolve().parents[3].parent / "shared" / "data"
    folder = Path(os.environ.get("SMARTCLINIC_SHARED_DATA") or default)
    if not folder.is_dir():
        pytest.skip("the shared data sets are not on this machine")
    return folder
