"""The HTTP application: reads requests, calls the engine, answers; and the one place that builds it."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import structlog
from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from pydantic import AfterValidator

from features.shards import ParquetEvents
from models import rule
from serving import edge, inline, page, qdrant
from serving.bundle import Bundles
from serving.case import Access, Permits
from serving.encoder import encoder
from serving.example import BUNDLE
from serving.language import negotiate
from serving.library import Library
from serving.metric import Metrics
from serving.problem import MEDIA_TYPE, ProblemDetails, RecordTooLarge, say
from serving.recommendation import Engine
from serving.schemas import Health, Language, Readiness, Recommendations, Risks, SimilarCases
from serving.settings import Settings

LAST_YEAR = 2200
LIMIT = 5_000_000  # bytes of an inline record
DESCRIPTION = """What is due for a patient, when and why; risks; similar cases.

Errors are `application/problem+json` (RFC 9457). Answers are in Russian or English: `?language=`,
else `Accept-Language`. Every answer names the model versions and the time of the latest data.
"""

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")


def build_engine(settings: Settings, metrics: Metrics, permits: Permits | None = None) -> Engine:
    """The engine over the folders and servers that `settings` names.

    Args:
        permits: asked at each search for similar cases whose patients still permit research.

    Raises:
        NoEvents: nothing was ingested yet.
        EncoderError: the text encoder folder cannot be used.
    """
    return Engine(
        store=ParquetEvents(settings.events),
        bundles=Bundles(settings.bundles),
        rules=rule.rules(),
        library=Library(settings.cases, encoder(settings.text_encoder), qdrant.server(settings), permits),
        observe=metrics.stage,
        zone=settings.zone,
    )


def create_app(
    source: Settings | Engine,
    access: Access | None = None,
    language: Language = "ru",
    permits: Permits | None = None,
) -> FastAPI:
    """The application over what `settings` names, or over an engine that is already built.

    Args:
        access, language: with an engine only; settings bring their own.
        permits: with settings only; see `build_engine`.
    """
    metrics = Metrics()
    if isinstance(source, Settings):
        engine = build_engine(source, metrics, permits)
        access, language = Access(source.organisation, source.purpose), source.language
    else:
        engine = source
        engine.observe = metrics.stage
    rights = access or Access("", "care")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # In the background: the port answers /healthz at once, /readyz when everything is loaded.
        warming = asyncio.create_task(asyncio.to_thread(_warm, engine))
        warming.add_done_callback(_tell)
        yield
        await asyncio.wait([warming])
        engine.close()

    app = FastAPI(
        title="SmartClinic+ serving",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        responses=_problems(500),
        docs_url=None,
        redoc_url=None,
    )
    app.state.engine, app.state.language = engine, language
    app.add_middleware(edge.Watch, metrics=metrics)
    edge.install(app)

    def speaks(
        request: Request,
        language: Annotated[
            Language | None, Query(description="of the sentences; Accept-Language by default")
        ] = None,
    ) -> Language:
        return language or negotiate(request, app.state.language)

    Subject = Annotated[
        int,
        Path(
            ge=0, le=2**63 - 1, description="the pseudonym that ingest gave", examples=["4410972051389741056"]
        ),
    ]
    Speaks = Annotated[Language, Depends(speaks)]
    Moment = Annotated[
        datetime | None,
        AfterValidator(_within_records),
        Query(description="what would have been said then; now by default"),
    ]

    async def work(call: Callable[[], Answer]) -> Answer:
        return await run_in_threadpool(call)

    @app.get(
        "/v1/patients/{subject_id}/recommendations",
        responses=_problems(404, 422),
        tags=["patients"],
        summary="What is due, when and why",
    )
    async def recommendations(
        subject_id: Subject, speaks: Speaks, prediction_time: Moment = None
    ) -> Recommendations:
        return (await work(lambda: engine.recommend([subject_id], _moment(prediction_time), speaks)))[0]

    @app.get(
        "/v1/patients/{subject_id}/risks",
        responses=_problems(404, 422),
        tags=["patients"],
        summary="Probabilities, with reasons",
    )
    async def risks(subject_id: Subject, speaks: Speaks, prediction_time: Moment = None) -> Risks:
        return (await work(lambda: engine.risks([subject_id], _moment(prediction_time), speaks)))[0]

    @app.get(
        "/v1/patients/{subject_id}/similar",
        responses=_problems(404, 422),
        tags=["patients"],
        summary="Other patients' cases like this one",
    )
    async def similar(
        subject_id: Subject,
        speaks: Speaks,
        prediction_time: Moment = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
    ) -> SimilarCases:
        moment = _moment(prediction_time)
        return await work(lambda: engine.similar(subject_id, moment, rights, speaks, limit))

    @app.post(
        "/v1/recommendations",
        responses=_problems(400, 413, 422),
        tags=["records"],
        summary="What is due for a patient whom we have never seen",
        description="One FHIR R4 Bundle of one patient, at most 5 MB. Nothing of it is kept.",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    kind: {"schema": {"type": "object"}, "example": BUNDLE}
                    for kind in ("application/fhir+json", "application/json")
                },
            }
        },
    )
    async def inline_recommendations(request: Request, speaks: Speaks) -> Recommendations:
        body = await _body(request)

        def answer() -> Recommendations:
            now = _moment(None)
            record = inline.record(body, now.replace(tzinfo=None))
            found = engine.recommend_events(record.events, now, speaks)
            notes = [say(note, speaks) for note in record.notes]
            return found.model_copy(update={"notes": [*found.notes, *notes]})

        return await work(answer)

    @app.get("/healthz", tags=["operation"], summary="Whether the process is alive")
    async def healthz() -> Health:
        return Health(status="alive")

    @app.get(
        "/readyz",
        tags=["operation"],
        summary="Whether everything that is published is loaded",
        responses={503: {"model": Readiness}},
    )
    async def readyz(response: Response) -> Readiness:
        ready = await work(engine.readiness)
        response.status_code = 200 if ready.ready else 503
        return ready

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page.render(app.openapi()))

    @app.get("/metrics", tags=["operation"], summary="Prometheus metrics", response_class=Response)
    async def metrics_page() -> Response:
        return Response(
            metrics.text(engine.versions()), media_type="text/plain; version=0.0.4; charset=utf-8"
        )

    return app


def _warm(engine: Engine) -> None:
    engine.warm()
    # What is loaded now stays: the collector need not walk it again in the middle of an answer.
    gc.collect()
    gc.freeze()


def _within_records(asked: datetime | None) -> datetime | None:
    """Calendars end: due dates years after the last one of Python's would be no dates."""
    if asked is not None and not 1900 <= asked.year <= LAST_YEAR:
        raise ValueError(f"a time between 1900 and {LAST_YEAR} is expected")
    return asked


def _moment(asked: datetime | None) -> datetime:
    return datetime.now(UTC) if asked is None else asked


async def _body(request: Request) -> bytes:
    """The body, refused as soon as it is too long, whether or not its length was announced.

    Raises:
        RecordTooLarge: over 5 MB.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > LIMIT:
        raise RecordTooLarge(LIMIT)
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > LIMIT:
            raise RecordTooLarge(LIMIT)
    return bytes(found)


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem answers of a route, for its page in /docs."""
    schema = {"schema": ProblemDetails.model_json_schema()}
    return {
        status: {"description": "why there is no answer", "content": {MEDIA_TYPE: schema}}
        for status in statuses
    }


def _tell(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("warming failed", error=type(error).__name__)
