"""Table of the consents: rows are added, never changed."""

TABLES = """
CREATE TABLE IF NOT EXISTS consent (
    subject_id INTEGER NOT NULL,
    purpose    TEXT NOT NULL CHECK (purpose IN ('reminder', 'research', 'marketing')),
    consent    TEXT NOT NULL,
    time       TEXT NOT NULL,
    until      TEXT,
    permitted  INTEGER NOT NULL CHECK (permitted IN (0, 1))
);

CREATE UNIQUE INDEX IF NOT EXISTS consent_once
ON consent (purpose, subject_id, consent, time, permitted, coalesce(until, ''));

CREATE TRIGGER IF NOT EXISTS consent_is_not_changed BEFORE UPDATE ON consent
BEGIN
    SELECT raise(ABORT, 'the consent ledger is only added to');
END;

CREATE TRIGGER IF NOT EXISTS consent_is_not_deleted BEFORE DELETE ON consent
BEGIN
    SELECT raise(ABORT, 'the consent ledger is only added to');
END;
"""

# Version 1 did not keep which consent a decision came from: all of a subject's count as one.
FROM_1 = f"""
DROP TRIGGER consent_is_not_changed;
DROP TRIGGER consent_is_not_deleted;
DROP INDEX consent_by_purpose;
ALTER TABLE consent RENAME TO consent_1;
{TABLES}
INSERT INTO consent (subject_id, purpose, consent, time, until, permitted)
SELECT subject_id, purpose, '', time, NULL, permitted FROM consent_1;
DROP TABLE consent_1;
"""
