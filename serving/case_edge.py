"""Cases in Qdrant's engine inside this process: one folder, one owner."""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
import qdrant_edge as engine

from features.error import Problem
from serving import case as model
from serving.case import Access, Between, Case, Condition, Hit, Query, Vector

SHARD, OWNER = "shard", "owner"
BATCH = 1_000
# With the engine's log on, or with its default thresholds, a deleted case would stay in the files.
VACUUM = {"deleted_threshold": 1e-5, "vacuum_min_vector_number": 1}


class FolderHeld(Problem):
    """Another process has this case index open."""


class Owner:
    """The right to open one folder: a lock that the system drops when the process ends, however it ends.

    The engine itself does not refuse a second process once its write-ahead log is off.
    """

    def __init__(self, folder: Path) -> None:
        # Opened for appending: a refused caller must not wipe what the owner wrote.
        self._file: IO[str] = (folder / OWNER).open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            who = "this process" if holder == str(os.getpid()) else f"process {holder}"
            raise FolderHeld(
                f"the case index {folder} is open in {who}. "
                "Ask the running server instead of opening the folder, or stop it first."
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def held(folder: Path) -> bool:
    """Whether any process has this index open."""
    try:
        Owner(folder).release()
    except FolderHeld:
        return True
    except FileNotFoundError:
        return False
    return False


class EdgeCases:
    """`serving.case.CaseIndex` over one folder."""

    def __init__(self, shard: engine.EdgeShard, owner: Owner) -> None:
        self._shard, self._owner = shard, owner

    @classmethod
    def create(cls, folder: Path, text: int, state: int) -> "EdgeCases":
        """An empty index in an existing empty folder; sizes of its two dense vectors."""
        owner = Owner(folder)
        (folder / SHARD).mkdir()
        cosine = engine.Distance.Cosine
        config = engine.EdgeConfig(
            vectors={
                model.TEXT: engine.EdgeVectorParams(size=text, distance=cosine),
                model.STATE: engine.EdgeVectorParams(size=state, distance=cosine),
            },
            sparse_vectors={model.CODES: engine.EdgeSparseVectorParams(modifier=engine.Modifier.Idf)},
            wal_enabled=False,
            max_search_threads=1,
            optimizers=engine.EdgeOptimizersConfig(**VACUUM),  # type: ignore[arg-type] # int is a float here
        )
        shard = engine.EdgeShard.create(str(folder / SHARD), config)
        keyword, integer = engine.PayloadSchemaType.Keyword, engine.PayloadSchemaType.Integer
        for field, kind in (
            (model.ORGANISATION, engine.KeywordIndexParams(is_tenant=True)),
            (model.RESEARCH, keyword),
            (model.SEX, keyword),
            (model.AGE, integer),
            (model.CODE, keyword),
            (model.PATIENT, keyword),
        ):
            shard.update(engine.UpdateOperation.create_field_index(field, kind))
        return cls(shard, owner)

    @classmethod
    def open(cls, folder: Path) -> "EdgeCases":
        """Raises FolderHeld if another process, or another part of this one, has it open."""
        owner = Owner(folder)
        try:
            return cls(engine.EdgeShard.load(str(folder / SHARD)), owner)
        except BaseException:
            owner.release()
            raise

    def add(self, cases: Sequence[Case]) -> None:
        for start in range(0, len(cases), BATCH):
            points = [_point(case) for case in cases[start : start + BATCH]]
            self._shard.update(engine.UpdateOperation.upsert_points(points))
            # Without its log the engine keeps only what was flushed.
            self._shard.flush()

    def search(self, query: Query, access: Access) -> list[Hit]:
        where = _filter(model.conditions(access, query), query.patient)
        asked = _asked(query)
        if not asked:
            return []
        found = self._shard.query(
            engine.QueryRequest(
                limit=query.limit,
                query=_fusion(asked),
                # The filter belongs into every prefetch: a filter on the fusion alone comes too late.
                prefetches=[
                    engine.Prefetch(
                        limit=max(model.PREFETCH, query.limit),
                        query=engine.Query.Nearest(vector, using=name),
                        filter=where,
                    )
                    for name, vector in asked
                ],
                with_payload=True,
                with_vector=[model.TEXT, model.STATE],
            )
        )
        return [_hit(point) for point in found]

    def count(self, access: Access, query: Query | None = None) -> int:
        wanted = model.rights(access) if query is None else model.conditions(access, query)
        own = query.patient if query else None
        return self._shard.count(engine.CountRequest(filter=_filter(wanted, own), exact=True))

    def total(self) -> int:
        return self._shard.count(engine.CountRequest(exact=True))

    def remove(self, patients: Sequence[str]) -> None:
        own = engine.Filter(must=[_match(model.PATIENT, tuple(patients))])
        self._shard.update(engine.UpdateOperation.delete_points_by_filter(own))
        self.finish()

    def finish(self) -> None:
        self._shard.flush()
        self._shard.optimize()
        self._shard.flush()

    def close(self) -> None:
        self._shard.close()
        self._owner.release()


def _point(case: Case) -> engine.Point:
    vectors: dict[str, engine.NamedVector] = {}
    if case.text is not None:
        vectors[model.TEXT] = case.text.tolist()
    if case.state is not None:
        vectors[model.STATE] = case.state.tolist()
    if case.codes:
        vectors[model.CODES] = engine.SparseVector(*model.sparse(case.codes))
    return engine.Point(case.token, vectors, model.payload(case))


def _asked(query: Query) -> list[tuple[str, "engine.NamedVector"]]:
    found: list[tuple[str, engine.NamedVector]] = []
    if query.text is not None:
        found.append((model.TEXT, query.text.tolist()))
    if query.codes:
        found.append((model.CODES, engine.SparseVector(*model.sparse(query.codes))))
    if query.state is not None:
        found.append((model.STATE, query.state.tolist()))
    return found


def _fusion(asked: list[tuple[str, "engine.NamedVector"]]) -> engine.Fusion:
    weights = [model.WEIGHTS[name] for name, _ in asked]
    return engine.Fusion.Rrf(k=model.RRF_K, weights=weights)  # type: ignore[return-value] # its own stub's slip


def _match(field: str, values: tuple[str, ...]) -> engine.FieldCondition:
    return engine.FieldCondition(field, match=engine.MatchAny(list(values)))


def _filter(wanted: tuple[Condition, ...], own: str | None) -> engine.Filter:
    must: list[engine.ConditionType] = [
        engine.FieldCondition(one.field, range=engine.RangeFloat(gte=one.low, lte=one.high))
        if isinstance(one, Between)
        else _match(one.field, one.values)
        for one in wanted
    ]
    return engine.Filter(must=must, must_not=[_match(model.PATIENT, (own,))] if own else None)


def _hit(point: engine.ScoredPoint) -> Hit:
    kept = point.payload or {}
    vectors = point.vector if isinstance(point.vector, dict) else {}

    def vector(name: str) -> Vector | None:
        return np.asarray(vectors[name], np.float32) if name in vectors else None

    return Hit(
        token=str(point.id),
        patient=kept[model.PATIENT],
        organisation=kept[model.ORGANISATION],
        research=kept[model.RESEARCH],
        sex=kept.get(model.SEX),
        age=kept.get(model.AGE),
        codes=tuple(kept[model.CODE]),
        text=vector(model.TEXT),
        state=vector(model.STATE),
    )
