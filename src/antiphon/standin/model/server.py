"""The scripted Messages API as a server on loopback.

It promises that a request is answered as the real API would, at the pace that was asked for, and that everything
asked of it can be looked at. It keeps no conversation: only a count of the faults that it has served.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Literal, Self

from aiohttp import web

from antiphon.standin.model import side, stream
from antiphon.standin.model.acts import Fault, Json, Rate, Reply, json_object, json_objects
from antiphon.standin.model.planning import answer
from antiphon.standin.model.reading import Reading, read, text_of

_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_BODY_LIMIT = 32 * 1024 * 1024  # bytes; the real API's limit of a request
_DELTAS_PER_SECOND = 50  # about as many as the real API sends
_LARGE_DELTA = 128  # tokens, when there is no pace to keep


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly answers come: seconds before the first token, then tokens (4 characters) a second; 0 = no limit."""

    first_token: float = 0.03
    tokens_per_second: float = 400.0

    @classmethod
    def instant(cls) -> Pace:
        """Everything at once, in large pieces."""
        return cls(0.0, 0.0)


_BRISK = Pace()


@dataclass(frozen=True, slots=True)
class Seen:
    """One request to /v1/messages.

    `kind` is "side" for the CLI's own small requests. `script` names what answered it (its `error STATUS`, `cut` and
    `hang` included). `finished` turns true when the last byte of the answer was handed to the socket (at `finished_at`,
    monotonic), and stays false when the client left before, or was cut off.
    """

    number: int
    monotonic: float
    epoch: float
    kind: Literal["main", "side"]
    model: str
    prompt: str
    script: str
    messages: Sequence[Json]
    system: str
    tools: tuple[str, ...]
    stream: bool
    effort: str | None = None  # as the request asks for it
    finished: bool = False
    finished_at: float = 0.0


class ScriptedModel:
    """A Messages API whose answers come from the person's prompt (see `scripts`).

    An async context manager: inside it the server listens on 127.0.0.1. Leaving it closes every connection at once,
    also those of requests that hang.
    """

    def __init__(self, *, port: int = 0, pace: Pace = _BRISK) -> None:
        self._port = port
        self._pace = pace
        self._seen: list[Seen] = []
        self._sent: dict[int, list[tuple[float, int]]] = {}
        # Of one turn: who asks, how many answers lie before it, and what began it.
        self._faults: Counter[tuple[str, int, tuple[str, ...]]] = Counter()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The base URL, for ANTHROPIC_BASE_URL. Only inside the context."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def requests(self) -> list[Seen]:
        """Every request to /v1/messages so far, oldest first (a copy)."""
        return list(self._seen)

    def sent(self, number: int) -> list[tuple[float, int]]:
        """How the text of the answer to a request left: at a monotonic time, so many characters of it had.

        The first entry is the beginning, with no character yet; there is none as long as nothing was sent.
        """
        return list(self._sent.get(number, ()))

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.router.add_post("/v1/messages", self._messages)
        app.router.add_post("/v1/messages/count_tokens", self._count_tokens)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/standin/model/requests", self._requests)
        app.router.add_route("*", "/{rest:.*}", self._anything_else)
        # A client that leaves ends its request: that is how a `hang` is over.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await _json_of(request)
        if not body.get("messages") or not body.get("model"):
            return _error(400, "messages, model: Field required")
        reading = read(json_objects(body["messages"]), body.get("system"))
        is_side = side.is_side(body, reading.prompt)
        reply = side.answer(body, reading.prompt) if is_side else self._plan(body, reading)
        number = self._note(body, "side" if is_side else "main", reading.prompt, reply.script)
        sent = self._sent.setdefault(number, [])
        response = await self._answer(request, body, reply, sent, Pace.instant() if is_side else self._pace)
        if response is None:
            # Closed in the middle, as a network does it: nothing that follows may look like an end. Not aborted: a
            # reset can overtake what was sent before it, and a client that has seen nothing tries again unsaid.
            if request.transport is not None:
                request.transport.close()
            return web.Response()
        self._seen[number] = replace(self._seen[number], finished=True, finished_at=time.monotonic())
        return response

    def _plan(self, body: Json, reading: Reading) -> Reply:
        """The answer of the scripts. A counted fault is met by so many requests of its turn, then it is over."""
        turn = (str(json_object(body.get("metadata")).get("user_id")), reading.answered, reading.parts[:1])
        reply = answer(reading, _tool_names(body), faults_served=self._faults[turn])
        if reply.fault is not None:
            self._faults[turn] += 1
        return reply

    def _note(self, body: Json, kind: Literal["main", "side"], prompt: str, script: str) -> int:
        self._seen.append(
            Seen(
                number=len(self._seen),
                monotonic=time.monotonic(),
                epoch=time.time(),
                kind=kind,
                model=str(body["model"]),
                prompt=prompt,
                script=script,
                messages=json_objects(body["messages"]),
                system=text_of(body.get("system")),
                tools=_tool_names(body),
                stream=bool(body.get("stream")),
                effort=json_object(body.get("output_config")).get("effort"),
            )
        )
        return len(self._seen) - 1

    async def _answer(
        self, request: web.Request, body: Json, reply: Reply, sent: list[tuple[float, int]], pace: Pace
    ) -> web.StreamResponse | None:
        """Send the answer; None when the connection is to be cut. Waits as long as the pace and the script say.
        `sent`: where to write down how its text left."""
        match reply.fault:
            case Fault(kind="error", status=status, words=words, resets=resets):
                return _error(status, words or f"Scripted error {status}.", _usage_limit(resets))
            case Fault(kind="hang"):
                # Until the client leaves: the server then cancels this.
                await asyncio.Event().wait()
            case _:
                pass
        await asyncio.sleep(reply.slow.seconds if reply.slow else pace.first_token)
        frame = {"model": str(body["model"]), "message_id": f"msg_{secrets.token_hex(12)}"}
        usage = stream.input_usage(body)
        if body.get("stream"):
            asked = reply.rate or Rate(pace.tokens_per_second)
            rate, piece = asked.tokens_per_second, asked.piece or _piece(asked.tokens_per_second)
            events = list(stream.events(reply, **frame, usage=usage, piece=piece))
            if reply.fault is None:
                return await _send(request, events, rate, sent)
            await _send(request, events[: len(events) // 2], rate, sent)
            return None
        if reply.fault is not None:
            return None
        return web.json_response(stream.message(reply, **frame, usage=usage), headers=_headers())

    async def _count_tokens(self, request: web.Request) -> web.Response:
        usage = stream.input_usage(await _json_of(request))
        return web.json_response({"input_tokens": sum(usage.values())}, headers=_headers())

    async def _models(self, _request: web.Request) -> web.Response:
        names = ("claude-opus-5-5", "claude-sonnet-5", "claude-haiku-4-5")
        models = [
            {"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"} for name in names
        ]
        page = {"data": models, "has_more": False, "first_id": names[0], "last_id": names[-1]}
        return web.json_response(page, headers=_headers())

    async def _requests(self, request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        if not since.isdecimal():
            return _error(400, "since: a number of requests")
        return web.json_response({"requests": [_plain(seen) for seen in self._seen[int(since) :]]})

    async def _anything_else(self, request: web.Request) -> web.Response:
        if request.method == "HEAD":
            return web.Response(headers=_headers())
        return _error(404, f"Not found: {request.path}")


def _plain(seen: Seen) -> Json:
    # Not dataclasses.asdict: that copies every message of every request.
    return {field.name: getattr(seen, field.name) for field in fields(seen)}


def _tool_names(body: Json) -> tuple[str, ...]:
    return tuple(str(tool.get("name")) for tool in json_objects(body.get("tools")))


async def _json_of(request: web.Request) -> Json:
    try:
        body: object = await request.json()
    except json.JSONDecodeError:
        return {}
    return json_object(body)


def _piece(rate: float) -> int:
    """How many characters a delta brings at so many tokens a second (0 = no limit)."""
    tokens = rate / _DELTAS_PER_SECOND if rate else _LARGE_DELTA
    return stream.CHARACTERS_PER_TOKEN * max(1, round(tokens))


async def _send(
    request: web.Request, events: Sequence[stream.Event], rate: float, record: list[tuple[float, int]]
) -> web.StreamResponse:
    """Send events at so many tokens a second (0 = at once), and leave the end of the stream to the server."""
    response = web.StreamResponse(headers={**_headers(), "Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    start, sent, written = time.monotonic(), 0, 0
    record.append((start, 0))
    for event in events:
        sent += event.tokens
        # The next token is due at a time, not after a wait: a late one does not make the rest late.
        if rate and (wait := start + sent / rate - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        await response.write(event.encode())
        if event.text:
            written += len(event.text)
            record.append((time.monotonic(), written))
    return response


def _headers() -> dict[str, str]:
    return {"request-id": f"req_{secrets.token_hex(12)}"}


def _usage_limit(resets: float | None) -> Mapping[str, str]:
    """The headers by which a subscription's limit is told that is used up and is reset in so many seconds."""
    if resets is None:
        return {}
    return {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
        "anthropic-ratelimit-unified-reset": f"{time.time() + resets:.0f}",
        "x-should-retry": "false",
    }


def _error(status: int, words: str, more: Mapping[str, str] = MappingProxyType({})) -> web.Response:
    headers = {**_headers(), **more}
    if status == 429:
        headers["retry-after"] = "1"
    kind = _ERROR_TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
    body = {"type": "error", "error": {"type": kind, "message": words}, "request_id": headers["request-id"]}
    return web.json_response(body, status=status, headers=headers)
