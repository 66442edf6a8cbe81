"""Reading records: FHIR R4 and the wearable feed to events, with an exact account."""

from features.ingest.account import Account, Line, total
from features.ingest.options import Options
from features.ingest.person import PURPOSES, ConsentRecord, Person
from features.ingest.quarantine import items
from features.ingest.run import NothingReadable, ingest, read
from features.ingest.staging import NotStaging, merge_shard

__all__ = [
    "PURPOSES",
    "Account",
    "ConsentRecord",
    "Line",
    "NotStaging",
    "NothingReadable",
    "Options",
    "Person",
    "ingest",
    "items",
    "merge_shard",
    "read",
    "total",
]
