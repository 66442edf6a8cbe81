"""An index is published whole or not at all, and swaps while searches go on."""

import json
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from qdrant_client import QdrantClient

from features.shards import ParquetEvents
from features.store import MemoryEvents
from serving import indexing
from serving.case import Access
from serving.case_edge import FolderHeld, Owner
from serving.indexing import current, index_cases
from serving.library import Library
from serving.profile import Profile

EVERYTHING = Access("clinic", "care")


class Letters:
    """A tiny encoder of our own: counts of letters. Real enough for ranking, free to load."""

    name, size = "letters-1", 64

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        found = np.zeros((len(texts), self.size), np.float32)
        for row, text in enumerate(texts):
            for letter in text:
                found[row, ord(letter) % self.size] += 1
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.maximum(length, 1e-9), np.float32)


@pytest.fixture(scope="module")
def few(events: pl.DataFrame, subjects: list[int]) -> MemoryEvents:
    return MemoryEvents(events.filter(pl.col("subject_id").is_in(subjects[:40])))


def make(few: Any, cases: Path, clinic: Any, **rest: Any) -> int:
    everybody = few.subjects().to_list()
    return index_cases(
        few, everybody, dict.fromkeys(everybody, "clinic"), cases, clinic.then, encoder=Letters(), **rest
    )


@pytest.fixture(scope="module")
def made(few: MemoryEvents, tmp_path_factory: pytest.TempPathFactory, clinic: Any) -> Path:
    cases = tmp_path_factory.mktemp("made")
    make(few, cases, clinic)
    return cases


@pytest.fixture
def cases(made: Path, tmp_path: Path) -> Path:
    """A published index of 40 cases, a copy for each test."""
    shutil.copytree(made, tmp_path / "cases")
    return tmp_path / "cases"


def find(library: Library, subject: int) -> list[str] | None:
    found = library.search(subject, Profile(("ICD10//I10",), ("гипертензия",)), {"age": 50.0}, EVERYTHING, 50)
    return None if found is None else [case.case for case in found]


def folders(cases: Path) -> list[str]:
    return sorted(path.name for path in cases.iterdir() if path.is_dir())


def test_every_subject_with_something_to_compare_becomes_one_case(few: Any, cases: Path) -> None:
    library = Library(cases, Letters())
    subject = few.subjects()[0]
    found = find(library, subject)
    assert found is not None and len(found) == 39  # all but the subject's own
    library.close()


def test_a_consent_that_is_withdrawn_after_indexing_counts_at_the_next_search(few: Any, cases: Path) -> None:
    withdrawn = set(few.subjects()[1:11].to_list())
    asked: list[int] = []

    def permits(subjects: Sequence[int]) -> set[int]:
        asked.extend(subjects)
        return set(subjects) - withdrawn

    def seen(library: Library) -> set[str]:
        own = Profile(("ICD10//I10",), ("гипертензия",))
        found = library.search(few.subjects()[0], own, {"age": 50.0}, Access("", "research"), 50)
        library.close()
        return {case.case for case in found or ()}

    shown = seen(Library(cases, Letters()))
    left = seen(Library(cases, Letters(), permits=permits))
    assert left < shown
    assert len(shown - left) == len(withdrawn.intersection(asked)) > 0


def test_nothing_in_the_folder_names_a_subject_but_the_map_that_its_owner_alone_may_read(
    few: Any, cases: Path, clinic: Any
) -> None:
    folder = current(cases)
    assert folder is not None and stat.S_IMODE(folder.stat().st_mode) == 0o700
    subject = str(few.subjects()[0])
    holding = [p.name for p in folder.rglob("*") if p.is_file() and subject.encode() in p.read_bytes()]
    assert holding == [indexing.PATIENTS]
    assert stat.S_IMODE((folder / indexing.PATIENTS).stat().st_mode) == 0o600


def test_an_index_as_of_then_does_not_know_what_came_later(few: Any, tmp_path: Path, clinic: Any) -> None:
    everybody = few.subjects().to_list()
    before_the_first_visit = clinic.then - timedelta(days=4000)
    made = index_cases(few, everybody, {}, tmp_path, before_the_first_visit, encoder=Letters())
    library = Library(tmp_path, Letters())
    found = library.search(1, Profile(tuple(clinic.diagnoses)), {"age": 50.0}, Access("", "care"), 50)
    assert found is not None and len(found) == made > 30  # ages are known, diagnoses are not
    assert all(case.shared == [] for case in found)
    library.close()


@pytest.mark.parametrize("gone", ["pointer", "folder"])
def test_an_index_that_was_taken_away_is_not_served_any_more(
    few: Any, cases: Path, clinic: Any, gone: str, capsys: pytest.CaptureFixture[str]
) -> None:
    library = Library(cases, Letters())
    assert find(library, 1)
    if gone == "pointer":
        (cases / indexing.CURRENT).unlink()
    else:
        shutil.rmtree(cases)
    kept = folders(cases) if gone == "pointer" else []
    assert find(library, 1) is None and library.version is None and library.as_of is None
    assert library.ready  # nothing is published, so nothing is missing
    assert "case index retired" in capsys.readouterr().out
    assert gone == "folder" or folders(cases) == kept != []  # closed, not deleted
    make(few, cases, clinic)
    assert find(library, 1) and library.version
    library.close()


def test_a_new_index_is_served_without_a_restart_and_the_old_one_is_removed(
    few: Any, cases: Path, clinic: Any
) -> None:
    library = Library(cases, Letters())
    first, old = find(library, 1), library.version
    make(few, cases, clinic)
    assert old in folders(cases)  # still open here
    second = find(library, 1)
    assert library.version != old and folders(cases) == [library.version]
    assert first and second and len(first) == len(second) == 40 and not set(first) & set(second)
    library.close()


def test_searches_under_way_keep_their_index_while_it_is_swapped(few: Any, cases: Path, clinic: Any) -> None:
    library = Library(cases, Letters())
    sizes: set[int] = set()
    errors: list[BaseException] = []
    stop = threading.Event()

    def go_on() -> None:
        try:
            while not stop.is_set():
                sizes.add(len(find(library, 1) or []))
        except BaseException as error:  # noqa: BLE001 - told to the test below
            errors.append(error)

    threads = [threading.Thread(target=go_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        make(few, cases, clinic)
        time.sleep(0.05)  # for the searches to notice
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == [] and sizes == {40}
    library.close()
    assert len(folders(cases)) == 1


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from features.shards import ParquetEvents
from serving import indexing
import numpy as np
class Letters:
    name, size = "letters-1", 64
    def encode(self, texts): return np.ones((len(texts), 64), np.float32) / 8
at = sys.argv[3]
def kill(*a, **k): os.kill(os.getpid(), signal.SIGKILL)
if at == "filling": indexing.EdgeCases.finish = kill
else: indexing._publish = kill
store = ParquetEvents(Path(sys.argv[1]))
indexing.index_cases(store, store.subjects().to_list(), {}, Path(sys.argv[2]), datetime(2026, 11, 25), encoder=Letters())
"""


@pytest.mark.parametrize("at", ["filling", "publishing"])
def test_a_run_that_is_killed_leaves_the_old_index_in_force_and_no_remains(
    store: ParquetEvents, few: Any, cases: Path, clinic: Any, at: str
) -> None:
    before = current(cases)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(store.folder), str(cases), at], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert current(cases) == before and len(folders(cases)) == 2
    library = Library(cases, Letters())
    assert len(find(library, 1) or []) == 40
    make(few, cases, clinic)
    assert len(find(library, 1) or []) == 40 and folders(cases) == [library.version]
    library.close()


def test_a_forgotten_subject_is_in_no_file_and_stays_away_after_a_restart(few: Any, cases: Path) -> None:
    gone, stays = few.subjects()[0], few.subjects()[1]
    library = Library(cases, Letters())
    library.poll()
    before = set(find(library, 1) or [])
    assert library.forget([gone, 12345]) == 1 and library.forget([gone]) == 0
    after = set(find(library, 1) or [])
    assert len(before - after) == 1 and len(after) == 39
    library.close()
    folder = current(cases)
    assert folder is not None
    content = (folder / indexing.PATIENTS).read_bytes()
    assert str(gone).encode() not in content and str(stays).encode() in content
    again = Library(cases, Letters())
    assert set(find(again, 1) or []) == after and again.ready
    again.close()


def test_two_runs_at_once_are_refused(few: Any, tmp_path: Path, clinic: Any) -> None:
    owner = Owner(tmp_path)
    with pytest.raises(FolderHeld):
        make(few, tmp_path, clinic)
    owner.release()
    assert make(few, tmp_path, clinic) == 40


def test_an_index_that_another_process_holds_is_not_served_and_the_reason_is_plain(
    few: Any, cases: Path, clinic: Any
) -> None:
    first, second = Library(cases, Letters()), Library(cases, Letters())
    assert find(first, 1) and find(second, 1) is None
    assert second.refused is not None and "is open in this process" in second.refused and not second.ready
    first.close()
    assert second.ready and find(second, 1)
    second.close()


def test_an_index_of_another_encoder_is_refused_and_the_old_one_stays(
    few: Any, cases: Path, clinic: Any
) -> None:
    class Other(Letters):
        name = "letters-2"

    library = Library(cases, Letters())
    assert find(library, 1)
    index_cases(few, [], {}, cases, clinic.then, encoder=Other())
    assert find(library, 1) and library.refused is not None and "letters-2" in library.refused
    library.close()


def test_an_index_that_holds_more_than_was_written_is_refused(few: Any, cases: Path, clinic: Any) -> None:
    folder = current(cases)
    assert folder is not None
    path = folder / indexing.DESCRIPTION
    path.write_text(
        json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"cases": 39}), encoding="utf-8"
    )
    library = Library(cases, Letters())
    assert find(library, 1) is None and library.refused == "the index holds 40 cases, 39 were written"


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning")
def test_a_server_holds_the_vectors_and_loses_the_old_version(few: Any, tmp_path: Path, clinic: Any) -> None:
    server = QdrantClient(":memory:")
    assert make(few, tmp_path, clinic, server=server) == 40
    library = Library(tmp_path, Letters(), server)
    assert len(find(library, 1) or []) == 40 and not (tmp_path / str(library.version) / "shard").exists()
    make(few, tmp_path, clinic, server=server)
    assert len(find(library, 1) or []) == 40
    (collection,) = server.get_collections().collections
    assert collection.name == f"cases_{library.version}"
    lonely = Library(tmp_path, Letters())
    assert find(lonely, 1) is None and lonely.refused is not None and "QDRANT_URL" in lonely.refused
    library.close()


def test_an_empty_store_makes_an_empty_index(tmp_path: Path, clinic: Any) -> None:
    nobody = MemoryEvents(clinic.frame([]))
    assert make(nobody, tmp_path, clinic) == 0
    library = Library(tmp_path, Letters())
    assert find(library, 1) == [] and library.ready
    library.close()


def test_the_state_vector_is_robust_bounded_and_blind_to_what_is_missing() -> None:
    from serving.profile import Scale

    rng = np.random.default_rng(0)
    values = rng.normal([5, 120, 1], [1, 15, 0], (500, 3)).astype(np.float32)
    values[0] = [5e6, 120, 1]  # one absurd value must not move the scale
    scale = Scale.fit(("a", "b", "constant"), values)
    assert scale.names == ("a", "b")
    assert scale.median == pytest.approx([5, 120], rel=0.05) and scale.spread == pytest.approx(
        [1, 15], rel=0.2
    )
    vector = scale.vector(np.array([1e9, np.nan], np.float32))
    assert vector is not None and vector.tolist() == [1.0, 0.0]
    assert scale.vector(np.array([np.nan, np.nan], np.float32)) is None
