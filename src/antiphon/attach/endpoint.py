"""What the hooks of terminals call, and `antiphon inbox` and `antiphon say`: HTTP on 127.0.0.1, for this user's own
programs alone.

Every request carries the secret; a web page has none, and is refused by its Origin as well. What comes in is data: it
is handed on as it is, and its answer is what the hook gets. May not know: what hooks mean.
"""

import asyncio
import hmac
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol, cast

from aiohttp import web

from antiphon.attach import wording
from antiphon.attach.headers import HOSTED, SECRET, SESSION, VARIABLES
from antiphon.attach.shell import Reply, Shell
from antiphon.attach.state import AttachState
from antiphon.core.retry import Backoff, retry

log = logging.getLogger(__name__)

_LARGEST = 64 * 1024 * 1024  # bytes of a hook's input: a tool's result stands in it
_TELLS_ONLY: Reply = 409, {"error": wording.TELLS_ONLY}
_RETRY, _LONGEST_RETRY = 1.0, 30.0  # seconds until a port that is taken is tried again


class TerminalHooks(Protocol):
    """Whoever knows what hooks mean."""

    async def hook(self, name: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> Mapping[str, Any]:
        """What a hook is answered."""
        ...

    async def wake(self, claude: Any) -> str:
        """What a session that is being woken is told."""
        ...

    async def tool(self, pid: int, name: str, given: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """What a call of one of Claude's own tools comes to, in the process of this number."""
        ...


@asynccontextmanager
async def serving(state: AttachState, hooks: TerminalHooks, shell: Shell | None) -> AsyncGenerator[None]:
    """Answer hooks, and shells, while inside. `shell` None: nothing can be said to sessions, or asked. A port that
    something else has taken is waited for: hooks do without us meanwhile."""
    application = web.Application(client_max_size=_LARGEST, middlewares=[_guard(state)])
    application.router.add_post("/hook/{name}", _hook(hooks))
    application.router.add_post("/wake", _wake(hooks))
    application.router.add_post("/tool", _tool(hooks))
    application.router.add_get("/inbox", _inbox(shell))
    application.router.add_post("/say", _say(shell))
    application.router.add_get("/events", _events(shell))
    application.router.add_post("/events", _post_event(shell))
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
    await runner.setup()
    listening = asyncio.create_task(_listen(runner, state.port), name="terminal endpoint")
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.wait({listening})
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    backoff = Backoff(_RETRY, _LONGEST_RETRY)

    async def listen() -> None:
        await web.TCPSite(runner, "127.0.0.1", port).start()

    await retry(listen, (OSError,), backoff, _taken)


def _taken(error: Exception, pause: float) -> None:
    log.warning("terminals cannot reach us; the next try is in %.0f s: %s", pause, error)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _guard(state: AttachState) -> Any:
    """Nothing for anybody without the secret, for web pages, and for names that only lead here."""
    hosts = {f"127.0.0.1:{state.port}", f"localhost:{state.port}"}

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get(SECRET, "")
        ours = hmac.compare_digest(given.encode(), state.secret.encode())
        if not ours or "Origin" in request.headers or request.headers.get("Host") not in hosts:
            raise web.HTTPForbidden(text="")
        return await handler(request)

    return guard


def _hook(hooks: TerminalHooks) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        headers = request.headers
        if headers.get(VARIABLES["ANTIPHON"], "").lower() == "off" or headers.get(HOSTED[1]):
            return web.json_response({})
        given = await _object(request)
        known = {name: value for name, header in VARIABLES.items() if (value := headers.get(header))}
        name = request.match_info["name"]
        return web.json_response(await hooks.hook(name, given, known))

    return handle


def _wake(hooks: TerminalHooks) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(text=await hooks.wake(request.headers.get(SESSION, "")))

    return handle


def _tool(hooks: TerminalHooks) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        match await _object(request):
            case {"pid": int(pid), "name": str(name), "arguments": arguments, "key": str(key)}:
                return web.json_response(await hooks.tool(pid, name, _mapping(arguments), key))
            case _:
                raise web.HTTPBadRequest(text="no call of a tool")

    return handle


def _inbox(shell: Shell | None) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        if shell is None:
            return _replied(_TELLS_ONLY)
        return _replied(await shell.inbox(request.headers.get(SESSION, "")))

    return handle


def _say(shell: Shell | None) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        if shell is None:
            return _replied(_TELLS_ONLY)
        return _replied(await shell.say(request.headers.get(SESSION, ""), await _json(request)))

    return handle


def _events(shell: Shell | None) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        if shell is None:
            return _replied(_TELLS_ONLY)
        query = request.query
        after, most = query.get("after", "0"), query.get("limit", "20")
        if not (after.isdecimal() and most.isdecimal()):
            raise web.HTTPBadRequest(text="no numbers")
        session, project = request.headers.get(SESSION, ""), query.get("project", "")
        return _replied(await shell.events(session, project, int(after[:18]), max(1, int(most[:6]))))

    return handle


def _post_event(shell: Shell | None) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        if shell is None:
            return _replied(_TELLS_ONLY)
        return _replied(await shell.post_event(request.headers.get(SESSION, ""), await _json(request)))

    return handle


async def _object(request: web.Request) -> Mapping[str, Any]:
    given = await _json(request)
    if not isinstance(given, dict):
        raise web.HTTPBadRequest(text="no JSON object")
    return cast("Mapping[str, Any]", given)


def _mapping(value: object) -> Mapping[str, Any]:
    """{} for what is none."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


async def _json(request: web.Request) -> object:
    try:
        return await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="no JSON") from None


def _replied(reply: Reply) -> web.StreamResponse:
    status, said = reply
    return web.json_response(said, status=status)
