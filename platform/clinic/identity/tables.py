"""Tables of the people behind the subjects."""

TABLES = """
CREATE TABLE IF NOT EXISTS person (
    subject_id   INTEGER PRIMARY KEY CHECK (subject_id > 0),
    patient_id   TEXT NOT NULL UNIQUE,
    family       TEXT,
    given        TEXT,
    patronymic   TEXT,
    sex          TEXT,
    birth_date   TEXT,
    email        TEXT,
    phone        TEXT,
    language     TEXT,
    organisation TEXT,
    deceased     INTEGER NOT NULL CHECK (deceased IN (0, 1)),
    updated      TEXT
);

CREATE TRIGGER IF NOT EXISTS person_keeps_patient
BEFORE UPDATE OF patient_id ON person WHEN new.patient_id <> old.patient_id
BEGIN
    SELECT raise(ABORT, 'two patients have one subject');
END;
"""

FROM_1 = "ALTER TABLE person ADD COLUMN updated TEXT;"
