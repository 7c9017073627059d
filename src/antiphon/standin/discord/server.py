"""The local Discord on a port: HTTP in, rules from the other modules, HTTP out. Binds 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, cast
from urllib.parse import unquote

from aiohttp import web

from antiphon.standin import page
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import DiscordError, Json, refusal
from antiphon.standin.discord.faults import Fault, Faults, read_fault
from antiphon.standin.discord.gateway import encode
from antiphon.standin.discord.ids import Clock
from antiphon.standin.discord.limits import Limits
from antiphon.standin.discord.openapi import OpenApi
from antiphon.standin.discord.permissions import BOT_DEFAULT
from antiphon.standin.discord.ratelimit import RateLimited
from antiphon.standin.discord.requests import read_body
from antiphon.standin.discord.router import BOT, PERSON, TOKEN, Route, Router
from antiphon.standin.discord.routes import ROUTES
from antiphon.standin.discord.seed import CHANNEL_NAMES, GUILD_ID, PERSON_NAMES
from antiphon.standin.discord.socket import Connection
from antiphon.standin.discord.state import User
from antiphon.standin.discord.wire import Call, Reply, Upload, as_object
from antiphon.standin.guide import Actions, Guide

HOST = "127.0.0.1"
_API, _GATEWAY, _STANDIN = "/api/v10", "/gateway", "/standin/"
_STICKER_FIELD = "file"  # the one file of a form that its documentation names
_CDN = ("/attachments/", "/ephemeral-attachments/", "/stickers/")


def _json(status: int, payload: Any, headers: dict[str, str] | None = None) -> web.Response:
    # Exactly this content type: with a charset, discord.py would not parse the answer.
    body = b"" if payload is None else encode(payload).encode()
    response = web.Response(status=status, body=body, headers=headers)
    if payload is not None and "Content-Type" not in (headers or {}):  # a fault may answer as a proxy does
        response.headers["Content-Type"] = "application/json"
    return response


def _bare(status: int) -> Json:
    """Discord's body for what has no code of its own."""
    return {"message": f"{status}: {HTTPStatus(status).phrase}", "code": 0}


class LocalDiscord:
    """A Discord of one's own: REST v10, gateway v10 and CDN on 127.0.0.1, for tests, demo and bench.

    Everything is in memory and starts from the same small server each time (seed.py). `port` 0 takes a free
    one. `openapi` is the path of Discord's own OpenAPI document; with it, what the bot sends is checked against
    that, too. `model_url` is only passed on in `describe()`. `guide`: what the page says and suggests. `clock`: epoch
    seconds, from which ids are made and times are told. `bot_permissions`: of the bot's role.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        openapi: Path | None = None,
        model_url: str | None = None,
        guide: Guide = Guide(),  # noqa: B008 (frozen)
        clock: Clock = time.time,
        bot_permissions: int = BOT_DEFAULT,
    ) -> None:
        self._backend = Backend(limits, clock, bot_permissions)
        self._port = port
        self._openapi = None if openapi is None else OpenApi(openapi)
        self._model_url = model_url
        self._guide = guide
        self._actions = Actions(guide)
        self._router = Router(ROUTES)
        self._faults = Faults()
        self._connections: set[Connection] = set()
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> LocalDiscord:
        application = web.Application(client_max_size=self._backend.limits.request_bytes + (1 << 20))
        application.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, auto_decompress=True)
        await runner.setup()
        site = web.TCPSite(runner, HOST, self._port)
        try:
            await site.start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        port = cast(tuple[str, int], runner.addresses[0])[1]
        self.url = f"http://{HOST}:{port}"
        self._backend.files.base = self.url
        self._backend.gateway.url = f"ws://{HOST}:{port}{_GATEWAY}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._actions.close()
        self._backend.close()
        for connection in list(self._connections):
            connection.outbox.put_nowait(1001)
        if self._runner is not None:
            await self._runner.cleanup()

    def describe(self) -> Json:
        """What a bot and its people need to get in; the line that `antiphon standin --json` prints."""
        world = self._backend.world
        by_name = {user.name: user for user in world.users.values()}
        channels = {c.name: c.id for c in world.guild_channels(GUILD_ID) if c.name in CHANNEL_NAMES}
        return {
            "api": f"{self.url}{_API}",
            "gateway": self._backend.gateway.url,
            "bot_token": world.bot.token,
            "application_id": world.application.id,
            "bot_id": world.application.bot_id,
            "guild_id": GUILD_ID,
            "channels": channels,
            "people": [{"name": n, "id": by_name[n].id, "token": by_name[n].token} for n in PERSON_NAMES],
            "model": self._model_url,
        }

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if not page.is_local(request):
            return _json(403, _bare(403))
        if request.method == "GET" and page.owns(path):
            return page.serve(path)
        if path.startswith(_API + "/"):
            return await self._api(request, path.removeprefix(_API))
        if path.rstrip("/") == _GATEWAY:
            return await self._gateway(request)
        if path.startswith(_CDN):
            return self._cdn(request, unquote(path.removeprefix("/")))
        if path.startswith(_STANDIN):
            return await self._standin(request, path.removeprefix(_STANDIN))
        self._backend.violation("unknown route", f"{request.method} {path}")
        return _json(404, _bare(404))

    async def _api(self, request: web.Request, path: str) -> web.StreamResponse:
        user = self._authenticate(request)
        by_bot = user is None or user.bot
        entry: Json = {
            "time": self._backend.clock(),
            "method": request.method,
            "path": path,
            "query": dict(request.query),
            "by": None if user is None else user.name,
            "status": None,
            "body": None,
        }
        self._faults.record(entry)
        fault = self._faults.take(request.method, path, by_bot=by_bot)
        if fault is not None:
            if fault.latency:
                await asyncio.sleep(fault.latency)
            if not fault.after_effect and (fault.drop or fault.status is not None):
                with suppress(ConnectionResetError):  # whoever asked was killed meanwhile
                    await request.read()
                return self._fail(request, fault, entry)
        status, payload, headers = await self._answer(request, path, user, entry)
        if by_bot and status in (401, 403, 429) and headers.get("X-RateLimit-Scope") != "shared":
            self._backend.rates.count_invalid()
        if fault is not None and (fault.drop or fault.status is not None):
            return self._fail(request, fault, entry)
        entry["status"] = status
        return _json(status, payload, headers)

    def _fail(self, request: web.Request, fault: Fault, entry: Json) -> web.Response:
        if fault.drop:
            entry["status"] = "dropped"
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        status = fault.status or 500
        entry["status"] = status
        body = fault.body or (_bare(status) if fault.code == 0 else refusal(fault.code).payload())
        headers = dict(fault.headers)
        if status == 429:
            limited: Json = {"message": "You are being rate limited.", "retry_after": 0.1, "global": False}
            body = limited | (refusal(fault.code).payload() if fault.code else {}) | (fault.body or {})
            headers = {"Via": "1.1 google", "Retry-After": "1", "X-RateLimit-Scope": "user"} | headers
        return _json(status, body, headers)

    def _authenticate(self, request: web.Request) -> User | None:
        """A bot says "Bot TOKEN", a person the token alone; neither passes for the other."""
        header = request.headers.get("Authorization", "")
        user = self._backend.world.by_token(header.removeprefix("Bot "))
        return user if user is not None and user.bot == header.startswith("Bot ") else None

    async def _answer(
        self, request: web.Request, path: str, user: User | None, entry: Json
    ) -> tuple[int, Any, dict[str, str]]:
        headers: dict[str, str] = {}
        try:
            if self._backend.rates.banned and (user is None or user.bot):
                return 429, None, {"Content-Type": "text/html"}
            found = self._router.find(request.method, path)
            if isinstance(found, int):
                await request.read()
                self._backend.violation("unknown route", f"{request.method} {path}", status=found)
                return found, _bare(found), headers
            route, args = found
            self._admit(route, user)
            headers = self._limit(route, args, user)
            body, uploads = await read_body(request, self._backend.limits.request_bytes)
            entry["body"] = body
            if uploads:
                entry["files"] = [{"name": u.filename, "size": len(u.data)} for u in uploads]
            if self._openapi is not None and body is not None and (user is None or user.bot):
                self._compare(self._openapi, route, body, uploads)
            call = Call(request.method, path, args, request.query, body, uploads, user)
            result = route.operation(self._backend, call)
        except DiscordError as refused:
            return refused.status, refused.payload(), headers
        except RateLimited as limited:
            return 429, limited.payload(), headers | limited.headers
        if isinstance(result, Reply):
            return result.status, result.payload, headers | dict(result.headers)
        return 204 if result is None else 200, result, headers

    def _compare(self, openapi: OpenApi, route: Route, body: Any, uploads: tuple[Upload, ...]) -> None:
        if any(upload.field == _STICKER_FIELD for upload in uploads):
            body = {**body, _STICKER_FIELD: ""}  # what the document says of its content is that it is bytes
        wrong = openapi.request_error(route.method, route.path, body)
        if wrong is not None:
            rule = "the body does not fit Discord's OpenAPI document"
            self._backend.violation(rule, f"{route.method} {route.path}: {wrong}")

    def _admit(self, route: Route, user: User | None) -> None:
        if route.who == TOKEN:
            return
        if user is None:
            raise DiscordError(401, 0, "401: Unauthorized")
        if route.who == BOT and not user.bot:
            raise refusal(20002)
        if route.who == PERSON and user.bot:
            raise refusal(20001)

    def _limit(self, route: Route, args: Any, user: User | None) -> dict[str, str]:
        """Counts the request: the bot's globally and per bucket, a webhook's per bucket, a person's not at all."""
        if user is not None and not user.bot:
            return {}
        if route.who != TOKEN and user is not None:
            self._backend.rates.take_global(user.id)
        major = args.get("channel") or args.get("guild") or args.get("webhook") or args.get("interaction") or ""
        return self._backend.rates.take(route.bucket, f"{route.method} {major}{args.get('token', '')}")

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        if self._faults.refuses_gateway:
            return _json(503, _bare(503))
        socket = web.WebSocketResponse(max_msg_size=1 << 20)
        await socket.prepare(request)
        connection = Connection(self._backend.gateway, socket, request.query.get("v", "10"))
        connection.acknowledges = not self._faults.silent_gateway
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)
        return socket

    def _cdn(self, request: web.Request, path: str) -> web.Response:
        files = self._backend.files
        found = files.sticker(path) or files.fetch(path, request.query.get("ex", ""), request.query.get("hm", ""))
        if found is None:
            return web.Response(status=404, text="This content is no longer available.")
        kind, data = found
        # Discord's CDN is another host; here a file shares the page's, so nothing in it may run.
        return web.Response(body=data, headers={"Content-Type": kind, "Content-Security-Policy": "sandbox"})

    async def _standin(self, request: web.Request, name: str) -> web.Response:
        """Observation and faults: the only doors that Discord does not have."""
        match request.method, name:
            case "GET", "people":
                return page.people(self.describe(), self._guide)
            case "POST", _ if name.startswith("actions/"):
                return await self._actions.press(request, name.removeprefix("actions/"))
            case "GET", "requests":
                return _json(200, list(self._faults.requests))
            case "GET", "violations":
                return _json(200, self._backend.violations)
            case "POST", "faults":
                try:
                    body, _ = await read_body(request, 1 << 20)
                    self._plan(as_object(body, ""))
                except DiscordError as refused:
                    return _json(refused.status, refused.payload())
                return _json(204, None)
            case "DELETE", "faults":
                self._faults.clear()
                for connection in self._connections:
                    connection.acknowledges = True
                return _json(204, None)
            case _:
                return _json(404, _bare(404))

    def _plan(self, body: Json) -> None:
        if body.get("drop_gateway"):
            for connection in list(self._connections):
                if connection.user_id == self._backend.world.application.bot_id or body.get("everybody"):
                    connection.drop(resumable=bool(body.get("resumable", True)))
        elif (how := body.get("twist_gateway")) in ("double", "swap"):
            for session in self._backend.gateway.sessions.values():
                if session.user.id == self._backend.world.application.bot_id:
                    session.twist(how, int(body.get("times", 1)))
        elif body.get("refuse_gateway"):
            self._faults.refuses_gateway = True
        elif body.get("silent_gateway"):
            self._faults.silent_gateway = True
            for connection in self._connections:
                connection.acknowledges = False
        else:
            self._faults.add(read_fault(body))
