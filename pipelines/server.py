"""`smartclinic up`: one process that serves a home folder, by uvicorn, until it is told to stop."""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import uvicorn
from fastapi import FastAPI

from clinic import state
from clinic.consent import service as consent
from clinic.consent.schemas import Decision
from pipelines import engine, lock
from pipelines.home import Home

PERMITTED = Decision.PERMITTED
TRIES = 20  # ports after a taken one


def app(home: Home) -> FastAPI:
    """The API over this home: every model, the index of similar cases, the event store."""
    from serving.app import create_app

    def permits(subjects: Sequence[int]) -> set[int]:
        connection = state.connect(home.clinic)
        now = datetime.now(UTC)
        try:
            return {s for s in subjects if consent.decision(connection, s, "research", now) is PERMITTED}
        finally:
            connection.close()

    return create_app(engine.settings(home), permits=permits)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on `port`, or on the next free one.

    Raises:
        OSError: none of them can be had.
    """
    for candidate in range(port, port + TRIES + 1):
        # The protocol must be named: only then asyncio sends small answers at once (TCP_NODELAY, 40 ms).
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, candidate))
        except OSError:
            found.close()
            if candidate == port + TRIES:
                raise
            continue
        return found
    raise AssertionError("unreachable")


def address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Announcing(uvicorn.Server):
    """Says where it listens, once it does."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._announce()


def serve(home: Home, listening: socket.socket, announce: Callable[[], None]) -> None:
    """Serve until interrupted; `announce` is called when requests are answered.

    Raises:
        HomeBusy: another process serves this home.
    """
    with listening, lock.serving(home, address(listening)):
        config = uvicorn.Config(
            app(home),
            log_config=None,  # structlog writes the access log, without numbers of patients
            access_log=False,
            timeout_graceful_shutdown=10,
        )
        # Ctrl-C is how it is stopped, not an error: uvicorn has answered the open requests by then.
        with suppress(KeyboardInterrupt):
            Announcing(config, announce).run(sockets=[listening])
