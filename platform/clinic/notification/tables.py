"""Tables of the reminders: runs, letters, what was reminded of, and who got nothing and why."""

TABLES = """
CREATE TABLE IF NOT EXISTS run (
    run      INTEGER PRIMARY KEY,
    now      TEXT NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0 CHECK (finished IN (0, 1))
);

CREATE TABLE IF NOT EXISTS letter (
    letter     TEXT PRIMARY KEY,
    run        INTEGER NOT NULL REFERENCES run,
    subject_id INTEGER NOT NULL,
    written    INTEGER NOT NULL DEFAULT 0 CHECK (written IN (0, 1))
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS letter_not_written ON letter (letter) WHERE written = 0;

CREATE TABLE IF NOT EXISTS reminded (
    subject_id  INTEGER NOT NULL,
    examination TEXT NOT NULL,
    day         TEXT NOT NULL,
    letter      TEXT NOT NULL REFERENCES letter ON DELETE CASCADE,
    named       INTEGER NOT NULL DEFAULT 1 CHECK (named IN (0, 1)),
    PRIMARY KEY (subject_id, examination, day)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS reminded_by_letter ON reminded (letter);

CREATE TABLE IF NOT EXISTS suppression (
    run        INTEGER NOT NULL REFERENCES run,
    subject_id INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    PRIMARY KEY (run, subject_id)
) WITHOUT ROWID;
"""

FROM_1 = "ALTER TABLE reminded ADD COLUMN named INTEGER NOT NULL DEFAULT 1 CHECK (named IN (0, 1));"
