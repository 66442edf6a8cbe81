"""Cases in a Qdrant server that the whole network shares."""

from collections.abc import Sequence

import numpy as np
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from serving import case as model
from serving.case import Access, Between, Case, Condition, Hit, IndexGone, Query, Vector

BATCH = 500


class QdrantCases:
    """`serving.case.CaseIndex` over one collection; versions are collections of their own."""

    def __init__(self, client: QdrantClient, collection: str) -> None:
        self._client, self._collection = client, collection

    @classmethod
    def create(cls, client: QdrantClient, collection: str, text: int, state: int) -> "QdrantCases":
        """An empty collection; sizes of its two dense vectors."""
        cosine = models.Distance.COSINE
        client.create_collection(
            collection,
            vectors_config={
                model.TEXT: models.VectorParams(size=text, distance=cosine),
                model.STATE: models.VectorParams(size=state, distance=cosine),
            },
            sparse_vectors_config={model.CODES: models.SparseVectorParams(modifier=models.Modifier.IDF)},
            optimizers_config=models.OptimizersConfigDiff(
                deleted_threshold=1e-5, vacuum_min_vector_number=100
            ),
        )
        keyword, integer = models.PayloadSchemaType.KEYWORD, models.PayloadSchemaType.INTEGER
        fields: tuple[tuple[str, models.PayloadSchemaType | models.KeywordIndexParams], ...] = (
            (
                model.ORGANISATION,
                models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True),
            ),
            (model.RESEARCH, keyword),
            (model.SEX, keyword),
            (model.AGE, integer),
            (model.CODE, keyword),
            (model.PATIENT, keyword),
        )
        for field, kind in fields:
            client.create_payload_index(collection, field, kind, wait=True)
        return cls(client, collection)

    def add(self, cases: Sequence[Case]) -> None:
        for start in range(0, len(cases), BATCH):
            points = [_point(case) for case in cases[start : start + BATCH]]
            self._client.upsert(self._collection, points, wait=True)

    def search(self, query: Query, access: Access) -> list[Hit]:
        where = _filter(model.conditions(access, query), query.patient)
        asked = _asked(query)
        if not asked:
            return []
        try:
            found = self._query(asked, where, query.limit)
        except (UnexpectedResponse, ValueError):  # ValueError: the in-memory mode says it so
            if not self._client.collection_exists(self._collection):
                raise IndexGone(self._collection) from None
            raise
        return [_hit(point) for point in found.points]

    def _query(
        self, asked: "list[tuple[str, list[float] | models.SparseVector]]", where: models.Filter, limit: int
    ) -> models.QueryResponse:
        return self._client.query_points(
            self._collection,
            query=models.RrfQuery(
                rrf=models.Rrf(k=model.RRF_K, weights=[model.WEIGHTS[name] for name, _ in asked])
            ),
            # The filter belongs into every prefetch: a filter on the fusion alone comes too late.
            prefetch=[
                models.Prefetch(query=vector, using=name, filter=where, limit=max(model.PREFETCH, limit))
                for name, vector in asked
            ],
            limit=limit,
            with_payload=True,
            with_vectors=[model.TEXT, model.STATE],
        )

    def count(self, access: Access, query: Query | None = None) -> int:
        wanted = model.rights(access) if query is None else model.conditions(access, query)
        own = query.patient if query else None
        found = self._client.count(self._collection, count_filter=_filter(wanted, own), exact=True)
        return int(found.count)

    def total(self) -> int:
        return int(self._client.count(self._collection, exact=True).count)

    def remove(self, patients: Sequence[str]) -> None:
        own = models.Filter(must=[_match(model.PATIENT, tuple(patients))])
        self._client.delete(self._collection, models.FilterSelector(filter=own), wait=True)

    def finish(self) -> None:
        """Nothing to do: the server builds its indexes by itself."""

    def close(self) -> None:
        """The client is the caller's; it outlives this version."""


def _point(case: Case) -> models.PointStruct:
    vectors: dict[str, list[float] | models.SparseVector] = {}
    if case.text is not None:
        vectors[model.TEXT] = case.text.tolist()
    if case.state is not None:
        vectors[model.STATE] = case.state.tolist()
    if case.codes:
        vectors[model.CODES] = _sparse(case.codes)
    return models.PointStruct(id=case.token, vector=dict(vectors), payload=dict(model.payload(case)))


def _sparse(codes: tuple[str, ...]) -> models.SparseVector:
    ids, weights = model.sparse(codes)
    return models.SparseVector(indices=ids, values=weights)


def _asked(query: Query) -> list[tuple[str, list[float] | models.SparseVector]]:
    found: list[tuple[str, list[float] | models.SparseVector]] = []
    if query.text is not None:
        found.append((model.TEXT, query.text.tolist()))
    if query.codes:
        found.append((model.CODES, _sparse(query.codes)))
    if query.state is not None:
        found.append((model.STATE, query.state.tolist()))
    return found


def _match(field: str, values: tuple[str, ...]) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))


def _filter(wanted: tuple[Condition, ...], own: str | None) -> models.Filter:
    must: list[models.Condition] = [
        models.FieldCondition(key=one.field, range=models.Range(gte=one.low, lte=one.high))
        if isinstance(one, Between)
        else _match(one.field, one.values)
        for one in wanted
    ]
    return models.Filter(must=must or None, must_not=[_match(model.PATIENT, (own,))] if own else None)


def _hit(point: models.ScoredPoint) -> Hit:
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
