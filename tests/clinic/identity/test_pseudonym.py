import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import state
from clinic.identity import service
from clinic.identity.pseudonym import KeyLostError, pseudonym
from features.ingest.person import Person


def test_the_same_patient_has_the_same_number_each_time(tmp_path: Path) -> None:
    assert pseudonym(tmp_path)("patient-1") == pseudonym(tmp_path)("patient-1")


def test_numbers_of_two_clinics_have_nothing_in_common(tmp_path: Path) -> None:
    assert pseudonym(tmp_path / "one")("patient-1") != pseudonym(tmp_path / "other")("patient-1")


def test_the_key_is_random_private_and_left_alone(tmp_path: Path) -> None:
    pseudonym(tmp_path / "one")
    pseudonym(tmp_path / "other")
    key = tmp_path / "one" / "pseudonym.key"

    assert len(key.read_bytes()) == 32
    assert key.read_bytes() != (tmp_path / "other" / "pseudonym.key").read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["pseudonym.key"]


def test_numbers_are_positive_and_fit_a_signed_64_bit_column(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    subject = pseudonym(tmp_path_factory.mktemp("clinic"))

    @given(st.text())
    def check(patient_id: str) -> None:
        assert 0 < subject(patient_id) < 2**63

    check()


def test_ten_thousand_neighbouring_ids_do_not_meet_and_fill_the_whole_range(tmp_path: Path) -> None:
    subject = pseudonym(tmp_path)
    numbers = {subject(str(i)) for i in range(10_000)}

    assert len(numbers) == 10_000
    assert len({number >> 59 for number in numbers}) == 16


def test_processes_that_start_at_once_end_with_one_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from clinic.identity.pseudonym import pseudonym;"
        "sys.stdin.readline(); sys.stdout.write(str(pseudonym(Path(sys.argv[1]))('patient-1')))"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = {process.communicate(timeout=60)[0] for process in running}

    assert answers == {str(pseudonym(tmp_path)("patient-1"))}
    assert [path.name for path in tmp_path.iterdir()] == ["pseudonym.key"]


def test_a_lost_key_is_not_replaced_once_people_are_stored(
    tmp_path: Path, make_person: Callable[..., Person]
) -> None:
    number = pseudonym(tmp_path)("patient-1")
    with closing(state.connect(tmp_path)) as connection, state.transaction(connection):
        service.upsert(connection, [make_person(number, patient_id="patient-1")])
    (tmp_path / "pseudonym.key").unlink()

    with pytest.raises(KeyLostError, match="Restore the key from a backup"):
        pseudonym(tmp_path)
    assert not (tmp_path / "pseudonym.key").exists()


def test_a_key_may_be_made_beside_a_database_without_people(tmp_path: Path) -> None:
    state.connect(tmp_path).close()

    assert pseudonym(tmp_path)("patient-1") > 0


def test_a_cut_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pseudonym.key").write_bytes(b"short")

    with pytest.raises(KeyLostError, match="damaged"):
        pseudonym(tmp_path)
