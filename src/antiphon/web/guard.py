"""What stands before every route: who calls, how much and how fast they may send, and what the log is told.

Everything that comes in is data until it is known whose it is. A request has an id, which its answer and the log carry;
neither a token nor a body is ever in the log. May not know: what routes do.
"""

import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from secrets import token_hex
from typing import Any

from antiphon.web import wording
from antiphon.web.bodies import Bodies
from antiphon.web.dependencies import Who, unauthorized
from antiphon.web.idempotency import Replays
from antiphon.web.keys import PATH, SessionKeys
from antiphon.web.limits import Rate
from antiphon.web.ports import ApiPorts
from antiphon.web.problems import MEDIA_TYPE, Problem
from antiphon.web.tokens import TokenError, Tokens

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_AT_ONCE = 1 / 6  # of a minute's requests may come at once
_STRANGERS = 300.0  # requests a minute without a token from one address
_MISSES = 20.0  # wrong tokens a minute from one address
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_ONCE = (b"authorization", b"content-length", b"transfer-encoding", b"host", b"content-type", b"idempotency-key")
_SIGNED = re.compile(r"/api/triggers/[^/]+/?")  # routes that know callers by a signature
_SHOWN = 200  # characters of a path in the log
_SECRETS = re.compile(r"antiphon_[\w-]*")  # of ours, which may stand in an address


class Guard:
    """Admits requests to the application, or answers them itself (ASGI)."""

    def __init__(self, app: App, ports: ApiPorts, tokens: Tokens, keys: SessionKeys) -> None:
        self._app = app
        self._ports = ports
        self._tokens = tokens
        self._keys = keys
        self._rate = Rate(ports.per_minute, max(1.0, ports.per_minute * _AT_ONCE))
        self._strangers = Rate(_STRANGERS, _STRANGERS * _AT_ONCE)
        self._misses = Rate(_MISSES, _MISSES)
        self._bodies = Bodies()
        self._replays = Replays(ports.store)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            return
        began, id_, status = time.perf_counter(), token_hex(8), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *_always(id_)]
            await send(message)

        scope["request_id"], scope["who"] = id_, None
        try:
            await self._admit(scope, receive, answer)
        except Problem as problem:
            await _tell(problem, id_, answer)
        except self._ports.store.transient as error:
            log.warning("request %s waits for the database: %s", id_, error)
            await _tell(Problem(503, wording.WAITS, retry=2), id_, answer)
        finally:
            _note(scope, id_, status, time.perf_counter() - began)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        who = scope["who"] = self._who(scope, headers)
        if scope["method"] not in _WITH_BODY:
            scope["key"] = scope["request_id"]
            await self._app(scope, receive, send)
            return
        path, length = scope["path"], headers.get(b"content-length", b"")
        async with self._bodies.read(receive, path, length, known=who is not None) as body:
            if not _SIGNED.fullmatch(path):  # what is sent without saying so is JSON all the same
                scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
                scope["headers"].append((b"content-type", b"application/json"))
            key = headers.get(b"idempotency-key")
            if scope["method"] == "POST" and who is not None and key is not None:
                await self._replays.once(self._app, scope, (who.id, key), body, send)
            else:
                scope["key"] = scope["request_id"]
                await self._app(scope, _replayed(body, receive), send)

    def _who(self, scope: Scope, headers: dict[bytes, bytes]) -> Who | None:
        """Whose token, or session's key, it is; None: there is none. Raises Problem. What somebody else has done wrong
        from the same address is no reason to refuse a good one: behind a proxy all have one."""
        now, address = time.monotonic(), (scope.get("client") or ("",))[0]
        presented = _presented(scope, headers)
        if presented is None:
            if wait := self._strangers.wait(address, now):
                raise _too_many(wait)
            return None
        who = self._known(presented)
        if who is None:
            if wait := self._misses.wait(address, now):
                raise _too_many(wait)
            raise unauthorized(wording.BAD_TOKEN)
        if wait := self._rate.wait(who.id, now):
            raise _too_many(wait)
        return who

    def _known(self, presented: str) -> Who | None:
        def is_good() -> bool:
            with suppress(Problem):  # nobody can say
                return self._known(presented) is not None
            return False

        if (found := self._keys.find(presented)) is not None:
            script, scopes = found
            return Who(f"session {script.session}", script, scopes, is_good)
        try:
            token = self._tokens.find(presented, self._ports.clock())
        except TokenError as error:
            log.error("tokens cannot be looked at: %s", error)  # noqa: TRY400 - its words say all
            raise Problem(503, wording.WAITS, retry=5) from error
        return None if token is None else Who(token.name, self._tokens.program(token), token.scopes, is_good)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """What the application reads: the body that we have, then whatever comes (that the caller is gone)."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _headers(scope: Scope) -> dict[bytes, bytes]:
    """By name. Raises Problem where one that decides something comes twice, or two contradict each other: whoever
    stands before us may have understood it the other way."""
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _ONCE and name in found:
            raise Problem(400, wording.AMBIGUOUS, headers={"Connection": "close"})
        found[name] = value
    if b"content-length" in found and b"transfer-encoding" in found:
        raise Problem(400, wording.AMBIGUOUS, headers={"Connection": "close"})
    return found


def _presented(scope: Scope, headers: dict[bytes, bytes]) -> str | None:
    """The token that comes with it; one in the address is taken out of it. None: there is none."""
    path: str = scope["path"]
    if path.startswith(PATH):
        key, slash, rest = path.removeprefix(PATH).partition("/")
        scope["path"] = f"{slash}{rest}"
        scope["raw_path"] = scope["path"].encode()
        if b"authorization" in headers:
            raise Problem(400, wording.AMBIGUOUS)
        return key
    given = headers.get(b"authorization")
    if given is None or (_SIGNED.fullmatch(path) and b"x-hub-signature-256" in headers):
        return None
    kind, _, token = given.decode("latin-1").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise unauthorized(wording.UNAUTHORIZED)
    return token.strip()


def _too_many(wait: float) -> Problem:
    seconds = max(1, round(wait + 0.5))
    return Problem(429, wording.TOO_MANY.format(seconds=seconds), retry=seconds)


def _always(id_: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-request-id", id_.encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]


async def _tell(problem: Problem, id_: str, send: Send) -> None:
    body = problem.body(id_)
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    if problem.retry is not None:
        headers.append((b"retry-after", str(problem.retry).encode()))
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _note(scope: Scope, id_: str, status: int, took: float) -> None:
    """One line: no query, no header, no body; the path without a key that was in it, and without what could break the
    line."""
    who: Who | None = scope["who"]
    level = logging.INFO if scope["method"] in _WITH_BODY or status >= 400 else logging.DEBUG
    path = _SECRETS.sub("antiphon_…", ascii(scope["path"][:_SHOWN])[1:-1])
    log.log(
        level, "%s %s: %d in %.0f ms (%s, request %s)", scope["method"][:10], path, status, 1000 * took,
        "nobody known" if who is None else who.name, id_,
    )  # fmt: skip
