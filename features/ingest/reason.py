"""Why a record became no event, in words that a clinic's engineer understands. A closed list: the
account prints these, so nothing of a record may enter them."""

# Read and understood, and no event by design.
OTHER_TYPE = "type not used"
DID_NOT_HAPPEN = "did not happen"
NOT_CONFIRMED = "diagnosis not confirmed"
NO_RESOURCE = "entry without a resource"
NO_VALUE = "no value: the source says that it is absent"
OTHER_PURPOSE = "purpose not ours"
NOTHING_MEASURED = "nothing measured"

# Not understood: kept in quarantine.
BROKEN_JSON = "broken JSON: cut off or damaged"
NOT_AN_OBJECT = "JSON, but not an object"
NO_TYPE = "JSON without resourceType"
UNKNOWN_TYPE = "resourceType is not one of FHIR R4"
LONG_LINE = "one resource of more than 16 MB"
NOT_RECORDS = "neither FHIR JSON nor a wearable feed"
EMPTY_FILE = "the file is empty"
NOT_FOUND = "no such file or folder"
NO_PERMISSION = "no permission to read"
UNREADABLE = "the file cannot be read"
BROKEN_ZIP = "the zip is damaged or is no zip"
LOCKED_ZIP = "the zip is locked by a password"
BROKEN_GZIP = "the gzip file is cut off or damaged"
SHAPE = "an element has another shape than FHIR R4 gives it"
NO_SUBJECT = "no subject"
NO_SUBJECT_REFERENCE = "the subject has no reference"
CONTAINED_SUBJECT = "the subject is contained: it has no record of its own"
OTHER_SUBJECT = "the subject is not a patient"
LOST_SUBJECT = "the subject points to nothing in this bundle"
NO_PATIENT_ID = "a patient without an id"
LOST_MEDICATION = "the medication points to nothing that was read"
NO_TIME = "no usable time"
IMPOSSIBLE_DATE = "a date that does not exist"
FUTURE = "a date in the future"
TOO_OLD = "a date before 1900"
NO_CODE = "no code"
ONLY_TEXT = "no code, only text"
UNKNOWN_STATUS = "a status that FHIR R4 does not have"
NO_DECISION = "the consent neither permits nor denies"
DELETION = "a deletion names no patient and cannot be applied"
NO_COLUMNS = "the wearable feed lacks columns"
CELLS = "the row has another number of cells than the header"
NO_PATIENT = "no patient_id"
NOT_A_DATE = "date is not an ISO date"
NOT_AN_INSTANT = "synced_at is not an ISO instant"
IMPLAUSIBLE = "{} is no number or outside {}–{}"


def r5(element: str) -> str:
    """The reason for content of a later FHIR release; `element` comes from our own list."""
    return f"FHIR R5 element {element}; this reads R4: export as R4"


class Unusable(ValueError):
    """A record cannot become events; the message is one of the reasons above."""
