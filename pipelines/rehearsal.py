"""`smartclinic ingest --dry-run`: what a mapping would make of the tables, as tables for a terminal."""

import secrets
from hashlib import blake2b

from rich.markup import escape
from rich.table import Table

from features.ingest.table.sample import Sample, sample
from pipelines import stage, table
from pipelines.home import Home
from pipelines.records import Records


def rehearse(home: Home, records: Records) -> Sample:
    """Read the tables and write nothing; patients get pseudonyms of this run alone.

    Raises:
        NoRecords: there is nothing at that place.
        BadMapping: the mapping cannot be used.
    """
    stage.admissible(home, records.path)
    key = secrets.token_bytes(16)

    def pseudonym(patient_id: str) -> int:
        return int.from_bytes(blake2b(patient_id.encode(), key=key, digest_size=8).digest(), "big") >> 1

    return sample(records.path, stage.told(home, records), pseudonym, stage.now())


def tables(found: Sample) -> list[Table]:
    """The mapped rows, the account, and the rows that would be kept aside."""
    names = ("subject_id", "time", "code", "numeric_value", "text_value", "unit", "known_at")
    rows = table.columns("The first mapped rows", "table", *names)
    for event in found.events.iter_rows(named=True):
        cells = [event["source"], *(event[name] for name in names)]
        rows.add_row(*("" if cell is None else escape(str(cell)) for cell in cells))
    bad = table.columns("Would be kept aside", "file", "line", "table", "why")
    for one in found.bad:
        bad.add_row(escape(one.file), "" if one.line is None else str(one.line), one.kind, escape(one.why))
    shown = [rows, table.account(found.account)]
    for outcome in ("ignored", "quarantined"):
        if found.account.reasons(outcome):
            shown.append(table.reasons(found.account, outcome))
    return [*shown, *([bad] if found.bad else [])]
