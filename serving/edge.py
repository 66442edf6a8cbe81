"""The edge of the HTTP application: metrics, the access log, and every error as a problem."""

import time
import traceback
from pathlib import PurePath
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.manifest import Text
from serving.language import negotiate
from serving.metric import Metrics
from serving.problem import MEDIA_TYPE, Invalid, ProblemDetails, Refused, say
from serving.schemas import Language

NO_ROUTE = "(none)"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"})
log = structlog.get_logger(__name__)

INVALID = Text(
    ru="Запрос составлен неверно; что именно неверно — в errors.",
    en="The request is not valid; see `errors` for what is wrong.",
)
NOT_FOUND = Text(ru="Такого адреса нет. Список адресов: /docs.", en="No such address. The list is at /docs.")
WRONG_METHOD = Text(ru="Этот метод здесь не поддерживается.", en="This method is not supported here.")
FAILED = Text(
    ru="Внутренняя ошибка. Она записана в журнал; повторите запрос позже.",
    en="Internal error. It has been logged; try again later.",
)


class Watch:
    """Outermost ASGI layer. Logs and labels hold the route's template and a method of HTTP, never the
    address, which has the subject's number in it, nor a word that the caller made up. Of an unexpected error it logs kind and place, never the message."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001 - the last resort: nothing may reach the server's own log
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{PurePath(place.filename).name}:{place.lineno}"
            log.error("unhandled", route=_template(scope), error=type(error).__name__, at=where)
            if not status:
                status = 500
                language = negotiate(Request(scope), scope["app"].state.language)
                await problem(ProblemDetails.of(500, say(FAILED, language)))(scope, receive, send)
        finally:
            seconds = time.perf_counter() - start
            route = _template(scope)
            method = scope["method"] if scope["method"] in METHODS else "OTHER"
            self.metrics.request(route, method, status, seconds)
            log.info("request", route=route, method=method, status=status, ms=round(1000 * seconds, 1))


def _template(scope: Scope) -> str:
    route = scope.get("route")
    return getattr(route, "path", None) or NO_ROUTE


def problem(details: ProblemDetails, headers: dict[str, str] | None = None) -> Response:
    return Response(
        details.model_dump_json(exclude_defaults=False), details.status, headers, media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Turn every error that the application raises into problem details."""

    def language(request: Request) -> Language:
        return negotiate(request, app.state.language)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)  # as registered below
        return problem(error.details(language(request)))

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # as registered below
        errors = [Invalid(at=_at(one), message=str(one["msg"])) for one in error.errors()]
        return problem(ProblemDetails.of(422, say(INVALID, language(request)), errors))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # as registered below
        text = {404: NOT_FOUND, 405: WRONG_METHOD}.get(error.status_code)
        detail = say(text, language(request)) if text else str(error.detail)
        return problem(ProblemDetails.of(error.status_code, detail), dict(error.headers or {}))

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)


def _at(error: dict[str, Any]) -> str:
    """Where, without the value: only names and numbers that the contract itself gives."""
    return ".".join(str(part) for part in error["loc"])
