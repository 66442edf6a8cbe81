"""The clinic's database with every slice's tables: what the edge opens, hands down and commits."""

import sqlite3
from pathlib import Path

from clinic.consent import tables as consent
from clinic.identity import tables as identity
from clinic.kit import database
from clinic.notification import tables as notification

transaction = database.transaction

_SLICES = (identity, consent, notification)
_TABLES = tuple(slice.TABLES for slice in _SLICES)
_UPGRADES = {1: tuple(slice.FROM_1 for slice in _SLICES)}


def connect(folder: Path) -> sqlite3.Connection:
    """Open the clinic's state in its folder of the home; made where it lacks.

    Raises:
        DatabaseError: the file is not a database, or was written by a newer version.
    """
    return database.connect(folder, _TABLES, _UPGRADES)
