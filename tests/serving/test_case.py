"""Nobody sees a case without the right to, in either engine, and a removed case is gone."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from qdrant_client import QdrantClient

from serving import case as model
from serving.case import Access, Case, CaseIndex, Query, conditions, permitted, rights, similarity
from serving.case_edge import SHARD, EdgeCases, FolderHeld, held
from serving.case_qdrant import QdrantCases

# The client's in-memory mode has no payload indexes, which is why it is for tests alone.
pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning")

TEXT, STATE = 8, 5
CODES = tuple(f"ICD10//X{i:02d}" for i in range(30))
ORGANISATIONS = ("a", "b", "c")


def cases(count: int, seed: int = 3) -> list[Case]:
    rng = np.random.default_rng(seed)

    def vector(size: int) -> Any:
        found = rng.normal(size=size).astype(np.float32)
        return found / np.linalg.norm(found)

    return [
        Case(
            token=str(uuid.UUID(bytes=rng.bytes(16), version=4)),
            patient=str(uuid.UUID(bytes=rng.bytes(16), version=4)),
            organisation=str(rng.choice(ORGANISATIONS)),
            research=bool(rng.random() < 0.5),
            sex=(None, "F", "M")[rng.choice(3, p=[0.1, 0.45, 0.45])],
            age=None if rng.random() < 0.05 else int(rng.integers(18, 95)),
            codes=tuple(sorted({str(c) for c in rng.choice(CODES, rng.integers(0, 6))})),
            text=vector(TEXT) if rng.random() < 0.9 else None,
            state=vector(STATE),
        )
        for _ in range(count)
    ]


ALL = cases(400)
BY_TOKEN = {case.token: case for case in ALL}


@pytest.fixture(scope="module", params=["edge", "server"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseIndex]:
    made: CaseIndex
    if request.param == "edge":
        made = EdgeCases.create(tmp_path_factory.mktemp("edge"), TEXT, STATE)
    else:
        made = QdrantCases.create(QdrantClient(":memory:"), "cases", TEXT, STATE)
    made.add(ALL)
    made.finish()
    yield made
    made.close()


def reaches(access: Access, query: Query, case: Case) -> bool:
    """Written apart from the code under test: what one line of the law says."""
    if access.organisation and case.organisation != access.organisation:
        return False
    if not (access.purpose == "care" and access.organisation) and not case.research:
        return False
    if query.sex and case.sex != query.sex:
        return False
    if query.ages and (case.age is None or not query.ages[0] <= case.age <= query.ages[1]):
        return False
    if query.having and not set(query.having) & set(case.codes):
        return False
    return case.patient != query.patient


def asked(rng: np.random.Generator) -> tuple[Access, Query]:
    purposes: tuple[Literal["care"], Literal["research"]] = ("care", "research")
    low = int(rng.integers(18, 90))
    own = ALL[rng.integers(len(ALL))]
    return (
        Access(str(rng.choice([*ORGANISATIONS, ""])), purposes[rng.integers(2)]),
        Query(
            text=rng.normal(size=TEXT).astype(np.float32),
            state=rng.normal(size=STATE).astype(np.float32),
            codes=own.codes,
            limit=20,
            patient=own.patient if rng.random() < 0.5 else None,
            sex=(None, "F", "M")[rng.integers(3)],
            ages=(low, low + int(rng.integers(1, 40))) if rng.random() < 0.4 else None,
            having=tuple(str(c) for c in rng.choice(CODES, 4)) if rng.random() < 0.4 else (),
        ),
    )


def test_a_thousand_random_filters_leak_nothing_and_miss_nothing(index: CaseIndex) -> None:
    rng = np.random.default_rng(11)
    filters = 1_000 if isinstance(index, EdgeCases) else 50  # the in-memory mode takes 50 ms each
    returned = leaked = miscounted = short = empty = 0
    for _ in range(filters):
        access, query = asked(rng)
        wanted = {case.token for case in ALL if reaches(access, query, case)}
        found = [hit.token for hit in index.search(query, access)]
        returned += len(found)
        leaked += len(set(found) - wanted)
        # Every vector is asked for 100 candidates; where fewer are reachable, all must come.
        short += len(set(found)) < min(query.limit, sum(1 for t in wanted if BY_TOKEN[t].text is not None))
        miscounted += index.count(access, query) != len(wanted)
        empty += not wanted
    assert (leaked, short, miscounted) == (0, 0, 0)
    assert returned > 5 * filters and 0 < empty < filters / 2


def test_permission_counts_are_those_of_an_independent_count(index: CaseIndex) -> None:
    permitted_cases = sum(case.research for case in ALL)
    assert index.count(Access("", "research")) == index.count(Access("", "care")) == permitted_cases > 0
    for organisation in ORGANISATIONS:
        own = [case for case in ALL if case.organisation == organisation]
        assert index.count(Access(organisation, "care")) == len(own) > 0
        assert index.count(Access(organisation, "research")) == sum(case.research for case in own) > 0
    assert index.count(Access("nobody", "care")) == 0 and index.total() == len(ALL)


def test_a_case_finds_itself_first_and_never_its_own_patient(index: CaseIndex) -> None:
    mine = next(case for case in ALL if case.codes and case.text is not None)
    access = Access(mine.organisation, "care")
    query = Query(mine.text, mine.state, mine.codes, limit=5)
    first = index.search(query, access)[0]
    assert first.token == mine.token and similarity(query, first) == pytest.approx(1.0, abs=1e-4)
    assert first.codes == mine.codes and first.age == mine.age and first.sex == mine.sex
    own = Query(mine.text, mine.state, mine.codes, limit=50, patient=mine.patient)
    assert mine.token not in {hit.token for hit in index.search(own, access)}


def test_a_query_without_any_vector_finds_nothing(index: CaseIndex) -> None:
    assert index.search(Query(None, None, ()), Access("a", "care")) == []
    assert len(index.search(Query(None, None, CODES[:3]), Access("a", "care"))) > 0


@pytest.mark.parametrize("bad", [True, False, None, 1])
def test_rights_that_are_no_text_are_refused(bad: Any) -> None:
    with pytest.raises(TypeError):
        Access(bad, "care")
    with pytest.raises(TypeError):
        Access("a", bad)


def test_rights_are_conditions_that_must_hold_and_narrowing_only_adds() -> None:
    for organisation in ("", "a"):
        for purpose in ("care", "research"):
            access = Access(organisation, purpose)
            assert rights(access), "somebody without any condition would see everything"
            query = Query(None, None, (), sex="F", ages=(20, 30), having=("x",))
            assert conditions(access, query)[: len(rights(access))] == rights(access)
            assert all(type(value) is str for c in rights(access) for value in c.values)  # type: ignore[union-attr] # rights have no ranges


def test_the_second_look_at_rights_agrees_with_the_first(index: CaseIndex) -> None:
    everything = [
        hit
        for o in ORGANISATIONS
        for hit in index.search(Query(None, ALL[0].state, CODES, 400), Access(o, "care"))
    ]
    assert len(everything) > 250
    for organisation in ("", "a", "b"):
        for purpose in ("care", "research"):
            access = Access(organisation, purpose)
            for hit in everything:
                assert permitted(access, hit) == reaches(access, Query(None, None, ()), BY_TOKEN[hit.token])


def test_the_payload_has_no_bool_no_text_and_no_number_of_a_subject() -> None:
    for case in ALL:
        kept = model.payload(case)
        assert set(kept) <= {"org", "research", "sex", "age", "code", "patient"}
        assert kept["research"] in ("y", "n") and not any(type(value) is bool for value in kept.values())


def test_a_removed_patient_is_out_of_the_files_and_the_others_stay(tmp_path: Path) -> None:
    some = cases(60, seed=5)
    index = EdgeCases.create(tmp_path, TEXT, STATE)
    index.add(some)
    index.finish()
    gone, stays = some[:10], some[10:]
    index.remove([case.patient for case in gone])
    assert index.total() == len(stays)

    files = b"".join(path.read_bytes() for path in (tmp_path / SHARD).rglob("*") if path.is_file())

    def present(case: Case) -> bool:
        assert case.state is not None
        return case.state.tobytes() in files

    assert not any(present(case) for case in gone)
    assert sum(present(case) for case in stays) == len(stays)  # the control: the bytes can be found
    index.close()


def test_removal_works_on_a_server_too() -> None:
    index = QdrantCases.create(QdrantClient(":memory:"), "cases", TEXT, STATE)
    index.add(ALL[:10])
    index.remove([ALL[3].patient])
    assert index.total() == 9
    assert ALL[3].token not in {
        h.token for h in index.search(Query(None, ALL[3].state, (), 50), Access(ALL[3].organisation, "care"))
    }


def test_a_folder_has_one_owner_and_the_refusal_names_it(tmp_path: Path) -> None:
    index = EdgeCases.create(tmp_path, TEXT, STATE)
    index.add(ALL[:5])
    index.finish()
    assert held(tmp_path)
    with pytest.raises(FolderHeld, match="this process"):
        EdgeCases.open(tmp_path)
    program = (
        "import sys; from pathlib import Path; from serving.case_edge import EdgeCases, FolderHeld\n"
        "try: EdgeCases.open(Path(sys.argv[1]))\n"
        "except FolderHeld as error: sys.exit(str(error))\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert other.returncode == 1 and "Traceback" not in other.stderr
    assert f"process {os.getpid()}" in other.stderr
    index.close()
    assert not held(tmp_path)
    again = EdgeCases.open(tmp_path)
    assert again.total() == 5
    again.close()


def test_an_owner_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    EdgeCases.create(tmp_path, TEXT, STATE).close()
    program = (
        "import os, signal, sys; from pathlib import Path; from serving.case_edge import EdgeCases\n"
        "index = EdgeCases.open(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert killed.returncode == -9
    index = EdgeCases.open(tmp_path)
    assert index.total() == 0
    index.close()


@pytest.mark.parametrize(
    ("age", "band"), [(18, "15-19"), (50, "50-54"), (89, "85-89"), (90, "90+"), (103, "90+"), (None, "?")]
)
def test_ages_are_shown_in_bands(age: int | None, band: str) -> None:
    assert model.age_band(age) == band
