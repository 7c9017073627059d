"""Serves the application on a port, as long as the bridge runs; a port that something else has is waited for."""

import asyncio
import logging
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from antiphon.core.retry import Backoff, retry
from antiphon.web.app import application
from antiphon.web.guard import App, Guard
from antiphon.web.keys import SessionKeys
from antiphon.web.ports import ApiPorts
from antiphon.web.tokens import Tokens

log = logging.getLogger(__name__)

_PAUSES = 1.0, 30.0  # seconds until a port that is taken is tried again
_HEAD = 10.0  # seconds for a request's head to come, and between two requests
_LARGEST_HEAD = 16 * 1024  # bytes
_AT_ONCE = 200  # connections
_LEAVING = 2  # seconds that what is being answered has when the bridge leaves


async def serve(ports: ApiPorts, tokens: Tokens, keys: SessionKeys, host: str, port: int) -> None:
    """Answer until cancelled."""
    app = application(ports.store.transient)
    app.state.ports = ports
    guarded = Guard(cast(App, app), ports, tokens, keys)

    def failed(error: OSError, pause: float) -> None:
        log.warning("the API cannot listen on %s port %d; the next try is in %.0f s: %s", host, port, pause, error)

    async def bound() -> socket.socket:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # With its protocol: asyncio lets answers go at once (TCP_NODELAY) only where it is told, else each takes 40 ms.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
        except OSError:
            listening.close()
            raise
        return listening

    listening = await retry(bound, OSError, Backoff(*_PAUSES), failed)
    keys.is_served = True
    config = uvicorn.Config(
        cast(Any, guarded),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=int(_HEAD),
        timeout_graceful_shutdown=_LEAVING,
        limit_concurrency=_AT_ONCE,
        h11_max_incomplete_event_size=_LARGEST_HEAD,
    )
    server = _Server(config)
    log.info("the API listens on http://%s:%d", host, port)
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="uvicorn")
    try:
        await asyncio.shield(serving)
    finally:
        ports.streams.close()
        server.should_exit = True
        await asyncio.wait({serving}, timeout=_LEAVING + 1)
        serving.cancel()
        listening.close()


class _Server(uvicorn.Server):
    """Signals are the bridge's own."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """None is."""
        yield


class _Protocol(H11Protocol):
    """A head that does not come in time ends its connection; uvicorn only waits for the next one."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self._waiting = self.loop.call_later(_HEAD, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        super().connection_lost(exc)
        self._stop_waiting()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """The next head has its time, too."""
        super().on_response_complete()
        self._stop_waiting()
        if not self.transport.is_closing() and self.conn.their_state is h11.IDLE:  # else the next one is there already
            self._waiting = self.loop.call_later(_HEAD, self._too_slow)

    def _too_slow(self) -> None:
        self.transport.close()

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
