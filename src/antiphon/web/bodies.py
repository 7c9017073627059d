"""The bodies of requests: read whole, within limits of size, time and memory."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from antiphon.web import wording
from antiphon.web.problems import Problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

_BODY = 1024 * 1024  # bytes
_BODIES = (  # where more may come: a notice's file, an event of a repository
    (re.compile(r"/api/(?:v1/notices|notify|schedule)/?"), 12 * 1024 * 1024),
    (re.compile(r"/api/triggers/[^/]+/?"), 5 * 1024 * 1024),
)
_LIMIT = 15.0  # seconds for all of one
_TOGETHER = 96 * 1024 * 1024  # bytes that are held at once, of all requests
_OF_STRANGERS = 32 * 1024 * 1024  # the same, of requests of nobody known


class Bodies:
    """All that are held at the moment."""

    def __init__(self) -> None:
        self._held, self._of_strangers = 0, 0

    @asynccontextmanager
    async def read(self, receive: Receive, path: str, declared: bytes, *, known: bool) -> AsyncGenerator[bytes]:
        """The body of a request to a path; what it takes counts until the context is left. `declared`: its length as
        the request says it, empty for none; `known`: whose it is is known. Raises Problem."""
        most = next((limit for form, limit in _BODIES if form.fullmatch(path)), _BODY)
        if declared.isdigit() and int(declared[:20]) > most:
            raise Problem(413, wording.TOO_LARGE.format(most=most))
        body = bytearray()
        try:
            await self._fill(body, receive, most, known=known)
            yield bytes(body)
        finally:
            self._count(-len(body), known=known)

    async def _fill(self, body: bytearray, receive: Receive, most: int, *, known: bool) -> None:
        """Read all of it. Raises Problem."""
        try:
            async with asyncio.timeout(_LIMIT):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Problem(400, wording.TOO_SLOW)
                    part: bytes = message.get("body", b"")
                    body += part
                    self._count(len(part), known=known)
                    more = message.get("more_body", False)
                    if len(body) > most:
                        raise Problem(413, wording.TOO_LARGE.format(most=most))
                    if self._held > _TOGETHER or self._of_strangers > _OF_STRANGERS:
                        raise Problem(503, wording.BUSY, retry=2, headers={"Connection": "close"})
        except TimeoutError:
            raise Problem(408, wording.TOO_SLOW, headers={"Connection": "close"}) from None

    def _count(self, size: int, *, known: bool) -> None:
        self._held += size
        self._of_strangers += 0 if known else size
