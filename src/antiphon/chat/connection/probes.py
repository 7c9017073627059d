"""What can go wrong around the bot: Discord's REST failing, another program with its token. Each is a problem of
core/health.py while it lasts."""

import json
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
from discord.ext import commands
from discord.http import MultipartParameters

from antiphon.chat.connection import wording
from antiphon.core.health import Health

_IN_A_ROW = 3  # requests that must fail until it counts: one 502 is no news
_API = re.compile(r"/api/v\d+/")
_KEPT = 1000  # nonces of our own messages, which the gateway tells within seconds
_UNSURE = 60.0  # seconds after our start: what the bridge before us sent may still arrive
_HOUR = 3600.0  # how long another bridge counts as there after its last message
_WRITTEN = frozenset({discord.MessageType.default, discord.MessageType.reply})


class RequestProbe:
    """Watches whether Discord's REST API answers, by the client's own requests."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._failed = 0  # in a row

    def observe(self, trace: aiohttp.TraceConfig) -> None:
        """Watch the requests that `trace` sees. Call before the first one."""
        trace.on_request_end.append(self._on_end)
        trace.on_request_exception.append(self._on_exception)

    async def _on_end(
        self, _s: aiohttp.ClientSession, _c: SimpleNamespace, request: aiohttp.TraceRequestEndParams
    ) -> None:
        status = request.response.status
        self._ended(request.url.path, f"status {status}" if status >= 500 else None)

    async def _on_exception(
        self, _s: aiohttp.ClientSession, _c: SimpleNamespace, request: aiohttp.TraceRequestExceptionParams
    ) -> None:
        self._ended(request.url.path, type(request.exception).__name__)

    def _ended(self, path: str, problem: str | None) -> None:
        if not _API.search(path):
            return
        self._failed = 0 if problem is None else self._failed + 1
        if self._failed == 0:
            self._health.over("rest", wording.REQUESTS_WORK)
        elif self._failed >= _IN_A_ROW:
            self._health.begin("rest", wording.REQUESTS_FAIL.format(why=problem))


class SecondInstanceProbe(commands.Cog):
    """Notices another program with the bot's token: a message in the bot's name whose nonce was not sent here."""

    def __init__(self, client: commands.Bot, health: Health, started: float) -> None:
        """`started`: when this bridge began to post (epoch seconds)."""
        self._client = client
        self._health = health
        self._started = started
        self._send = client.http.send_message
        self._sent: dict[str, None] = {}  # the nonces, oldest first

    async def cog_load(self) -> None:
        """Note what is sent. Internals of discord.py: every message of ours goes through this method."""
        self._send = self._client.http.send_message
        self._client.http.send_message = self._send_noted

    async def cog_unload(self) -> None:
        if self._client.http.send_message == self._send_noted:  # else somebody has wrapped it again
            self._client.http.send_message = self._send
        self._health.over("another bridge", said=True)

    def _send_noted(self, channel_id: int | str, *, params: MultipartParameters) -> Any:
        if (nonce := nonce_of(params)) is not None:
            self._sent[nonce] = None
            if len(self._sent) > _KEPT:
                del self._sent[next(iter(self._sent))]
        return self._send(channel_id, params=params)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        me = self._client.user
        if me is None or message.author.id != me.id or message.type not in _WRITTEN:
            return
        if message.webhook_id is not None or message.interaction_metadata is not None:
            return  # an answer to a click, which carries no nonce
        if str(message.nonce) in self._sent or message.created_at.timestamp() < self._started + _UNSURE:
            return
        self._health.begin("another bridge", wording.ANOTHER_BRIDGE, lasts=_HOUR)


def nonce_of(params: MultipartParameters) -> str | None:
    """The nonce of a message that is about to be sent, with files or without."""
    payload: Mapping[str, Any] | None = params.payload
    if payload is None and params.multipart:
        payload = json.loads(params.multipart[0]["value"])
    nonce = None if payload is None else payload.get("nonce")
    return None if nonce is None else str(nonce)
