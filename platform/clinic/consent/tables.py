"""Table of the consents: rows are added, never changed."""

TABLES = """
CREATE TABLE IF NOT EXISTS consent (
    subject_id INTEGER NOT NULL,
    purpose    TEXT NOT NULL CHECK (purpose IN ('reminder', 'research', 'marketing')),
    time       TEXT NOT NULL,
    permitted  INTEGER NOT NULL CHECK (permitted IN (0, 1)),
    PRIMARY KEY (subject_id, purpose, time, permitted)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS consent_by_purpose ON consent (purpose, subject_id, time, permitted);

CREATE TRIGGER IF NOT EXISTS consent_is_not_changed BEFORE UPDATE ON consent
BEGIN
    SELECT raise(ABORT, 'the consent ledger is only added to');
END;

CREATE TRIGGER IF NOT EXISTS consent_is_not_deleted BEFORE DELETE ON consent
BEGIN
    SELECT raise(ABORT, 'the consent ledger is only added to');
END;
"""
