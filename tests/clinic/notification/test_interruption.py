"""The reminder run is killed before each change of a file or of the ledger, and run again."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from clinic import state

RUN = """
import os, shutil, sys
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import structlog

from clinic import state
from clinic.consent import service as consent
from clinic.identity import service as identity
from clinic.notification.schemas import Clinic
from clinic.notification.tasks import remind
from features.ingest.person import ConsentRecord, Person
from serving.schemas import Recommendation, Recommendations

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
CLINIC = Clinic("Клиника", "", "", "reminders@clinic.example")
PEOPLE = [
    Person(s, f"p{s}", "Соловьёв", "Пётр", None, "M", date(1970, 1, 1), f"p{s}@mail.example", None, None, None, False)
    for s in (1, 2)
]
DUE = Recommendation(
    examination="ecg", title="ЭКГ", due=date(2026, 12, 1), overdue=False, basis="rule", reasons=[]
)

def ask(subjects, at):
    for s in subjects:
        yield Recommendations(
            subject_id=s, prediction_time=at, data_as_of=None, language="ru", recommendations=[DUE]
        )

def run(folder, watch=None):
    with closing(state.connect(folder)) as connection:
        connection.set_trace_callback(watch)
        remind(connection, folder / "mailbox", ask, now=NOW, clinic=CLINIC)

def prepare(folder):
    with closing(state.connect(folder)) as connection, state.transaction(connection):
        identity.upsert(connection, PEOPLE)
        consent.record(connection, [ConsentRecord(p.subject_id, "reminder", True, NOW) for p in PEOPLE])

def killed(folder, at):
    '''Run in a child that dies without a word just before its `at`-th change; whether it died.'''
    child = os.fork()
    if child == 0:
        left = at
        def change(_):
            nonlocal left
            left -= 1
            if left <= 0:  # files are written by several threads
                os._exit(9)
        def watch(event, arguments):
            if event in ("open", "os.rename", "os.remove") and str(folder) in str(arguments[0]):
                change(arguments)
        sys.addaudithook(watch)
        run(folder, lambda sql: None if sql.lstrip().startswith("SELECT") else change(sql))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 9), code
    return code == 9

root = Path(sys.argv[1])
prepare(root / "prepared")
at = 0
alive = False
while not alive:
    at += 1
    folder = root / str(at)
    shutil.copytree(root / "prepared", folder)
    alive = not killed(folder, at)
    run(folder)
    run(folder)
"""


def test_killed_at_any_point_each_patient_has_one_whole_letter_in_the_end(quick_folder: Path) -> None:
    subprocess.run([sys.executable, "-c", RUN, str(quick_folder)], check=True, timeout=120)

    folders = list(quick_folder.glob("[0-9]*"))
    assert len(folders) > 20, "the run was hardly interrupted at all"
    for folder in folders:
        letters = sorted((folder / "mailbox").iterdir())
        assert all(path.suffix == ".eml" and path.read_bytes().endswith(b"--\r\n") for path in letters)
        with closing(state.connect(folder)) as connection:
            written = dict(connection.execute("SELECT letter, subject_id FROM letter WHERE written"))
            planned = connection.execute("SELECT count(*) FROM letter WHERE NOT written").fetchone()
        assert sorted(written) == [path.stem for path in letters]
        assert sorted(written.values()) == [1, 2]
        assert planned == (0,)
