"""The clinic's database with every slice's tables: what the edge opens, hands down and commits."""

import sqlite3
from pathlib import Path

from clinic.consent.tables import TABLES as CONSENT
from clinic.identity.tables import TABLES as IDENTITY
from clinic.kit import database
from clinic.notification.tables import TABLES as NOTIFICATION

transaction = database.transaction


def connect(folder: Path) -> sqlite3.Connection:
    """Open the clinic's state in its folder of the home; made where it lacks.

    Raises:
        DatabaseError: the file is not a database, or was written by a newer version.
    """
    return database.connect(folder, (IDENTITY, CONSENT, NOTIFICATION))
