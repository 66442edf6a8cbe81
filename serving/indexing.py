"""Making and publishing an index of cases: built aside, put in place by one rename."""

import shutil
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
from pydantic import BaseModel, ConfigDict

from features.store import EventStore
from serving import columns
from serving.case import Case, CaseIndex, Vector
from serving.case_edge import EdgeCases, Owner, held
from serving.encoder import Encoder, UniversalEncoder
from serving.person import Person, age, people, visible_events
from serving.profile import Names, Profile, Scale, centred, profiles, state_features

if TYPE_CHECKING:  # a tenth of a gigabyte that only those with a server need
    from qdrant_client import QdrantClient

CURRENT, DESCRIPTION, PATIENTS = "current", "index.json", "patients.json"
PARTIAL = ".partial"
BATCH = 1_000


class Description(BaseModel):
    """What a published index says of itself; enough to make a query that fits it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    version: str
    engine: str  # edge, or server
    collection: str
    encoder: str
    features: tuple[str, ...]
    median: tuple[float, ...]
    spread: tuple[float, ...]
    text_mean: tuple[float, ...]
    prediction_time: datetime
    cases: int

    @property
    def scale(self) -> Scale:
        return Scale(self.features, np.asarray(self.median, np.float32), np.asarray(self.spread, np.float32))


@dataclass(frozen=True)
class _Subject:
    subject_id: int
    person: Person
    profile: Profile
    state: npt.NDArray[np.float32]


def index_cases(
    store: EventStore,
    research_permitted: Collection[int],
    organisation_of: Mapping[int, str],
    cases: Path,
    prediction_time: datetime,
    *,
    encoder: Encoder | None = None,
    server: "QdrantClient | None" = None,
) -> int:
    """Index one case a subject, as known at `prediction_time`, and publish it under `cases`.

    Readers keep the old index until the new one is complete; a run that is killed leaves the old one
    in force, and the next run clears its remains away.

    Args:
        research_permitted: subjects whose cases may be shown beyond their own organisation's care.
        organisation_of: whose record it is; a subject without one is reached by no organisation.
        prediction_time: UTC, without a zone mark.
        encoder: the built-in one by default; serving must use the same.
        server: a Qdrant server to hold the vectors; by default they live in the version's folder.

    Returns:
        How many cases the new index holds. A subject without codes and measured values is no case.

    Raises:
        FolderHeld: another indexing run is under way.
    """
    cases.mkdir(parents=True, exist_ok=True)
    owner = Owner(cases)
    try:
        _clear(cases, server)
        names = Names(encoder or UniversalEncoder())
        wanted = [feature.name for feature in state_features()]
        subjects = [s for frame in store.shards() for s in _subjects(frame, wanted, prediction_time)]
        names.learn([name for s in subjects for name in s.profile.names])
        mean = _mean(names, subjects)
        scale = Scale.fit(
            wanted,
            np.vstack([np.zeros((0, len(wanted)), np.float32), *(s.state for s in subjects)]),
        )
        version = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
        aside = cases / f"{version}{PARTIAL}"
        aside.mkdir(mode=0o700)
        description = Description(
            version=version,
            engine="server" if server else "edge",
            collection=f"cases_{version}",
            encoder=names.encoder.name,
            features=scale.names,
            median=tuple(scale.median.tolist()),
            spread=tuple(scale.spread.tolist()),
            text_mean=tuple(mean.tolist()),
            prediction_time=prediction_time,
            cases=0,
        )
        # Written first, so that the remains of a killed run name their collection on the server.
        write(aside / DESCRIPTION, description.model_dump_json().encode())
        state = max(len(scale.names), 1)
        index = _create(aside, description.collection, names.encoder.size, state, server)
        patients = {s.subject_id: str(uuid.uuid4()) for s in subjects}
        position = np.asarray([wanted.index(name) for name in scale.names], np.intp)
        today, permitted, count = prediction_time.date(), frozenset(research_permitted), 0
        try:
            for start in range(0, len(subjects), BATCH):
                made = [
                    Case(
                        token=str(uuid.uuid4()),
                        patient=patients[s.subject_id],
                        organisation=organisation_of.get(s.subject_id, ""),
                        research=s.subject_id in permitted,
                        sex=s.person.sex,
                        age=age(s.person.birth_date, today) if s.person.birth_date else None,
                        codes=s.profile.codes,
                        text=centred(names.mean(s.profile.names), mean),
                        state=scale.vector(s.state[position]),
                    )
                    for s in subjects[start : start + BATCH]
                ]
                something = [case for case in made if case.codes or case.state is not None]
                index.add(something)
                count += len(something)
            index.finish()
        finally:
            index.close()
        write(aside / PATIENTS, orjson.dumps({str(k): v for k, v in patients.items()}))
        write(aside / DESCRIPTION, description.model_copy(update={"cases": count}).model_dump_json().encode())
        aside.rename(cases / version)
        _publish(cases, version)
        _clear(cases, server)
        return count
    finally:
        owner.release()


def current(cases: Path) -> Path | None:
    """Folder of the index that is published now."""
    try:
        return cases / (cases / CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def describe(folder: Path) -> Description:
    return Description.model_validate_json((folder / DESCRIPTION).read_bytes())


def retire(folder: Path, server: "QdrantClient | None") -> None:
    """Remove one version that nobody serves any more, with its collection."""
    if server is not None and (folder / DESCRIPTION).exists():
        description = describe(folder)
        if description.engine == "server":
            server.delete_collection(description.collection)
    shutil.rmtree(folder, ignore_errors=True)


def _create(folder: Path, collection: str, text: int, state: int, server: "QdrantClient | None") -> CaseIndex:
    if server is None:
        return EdgeCases.create(folder, text, state)
    from serving.case_qdrant import QdrantCases

    return QdrantCases.create(server, collection, text, state)


def _subjects(events: pl.DataFrame, wanted: Sequence[str], prediction_time: datetime) -> list[_Subject]:
    seen = visible_events(events, prediction_time)
    known = people(seen, ())
    ids = sorted(known)
    state = columns.rows(columns.table(events, ids, prediction_time, wanted), wanted)
    profile = profiles(seen)
    return [_Subject(i, known[i], profile.get(i, Profile()), state[row]) for row, i in enumerate(ids)]


def _mean(names: Names, subjects: Sequence[_Subject]) -> Vector:
    total, count = np.zeros(names.encoder.size, np.float64), 0
    for subject in subjects:
        vector = names.mean(subject.profile.names)
        if vector is not None:
            total += vector
            count += 1
    return (total / max(count, 1)).astype(np.float32)


def write(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    aside = path.with_name(f".{path.name}")
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    aside.write_bytes(content)
    aside.replace(path)


def _publish(cases: Path, version: str) -> None:
    temporary = cases / f".{CURRENT}.{uuid.uuid4().hex}"
    temporary.write_text(version, encoding="utf-8")
    temporary.replace(cases / CURRENT)


def _clear(cases: Path, server: "QdrantClient | None") -> None:
    """Remove what is not in force: older versions that no process has open, and remains of killed runs."""
    keep = current(cases)
    for folder in cases.iterdir():
        if folder.is_dir() and folder != keep and not held(folder):
            retire(folder, server)
    for orphan in cases.glob(f".{CURRENT}.*"):
        orphan.unlink(missing_ok=True)
