"""What can go wrong around the bot, seen from where it stands: Discord's REST failing, places that it cannot see,
another program that speaks with its voice. Each is a trouble of core/health.py while it lasts."""

import json
import re
import time
from collections import deque
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
from discord.http import MultipartParameters

from antiphon.chat.connection.client import Bot
from antiphon.core.health import Health
from antiphon.core.projects import Projects

_IN_A_ROW = 3  # requests that must fail until it counts: one 502 is no news
_API = re.compile(r"/api/v\d+/")
_KEPT = 1000  # nonces of our own messages, which the gateway tells within seconds
_UNSURE = 60.0  # seconds after our start: what the bridge before us sent may still arrive
_HOUR = 3600.0  # how long another bridge counts as there after its last message
_WORDS = frozenset({discord.MessageType.default, discord.MessageType.reply})


def watch_requests(trace: aiohttp.TraceConfig, health: Health) -> None:
    """Let the client's own requests tell whether Discord's REST works."""
    failed = 0

    def ended(path: str, what: str | None) -> None:
        nonlocal failed
        if not _API.search(path):
            return
        failed = 0 if what is None else failed + 1
        if failed == 0:
            health.over("rest", "Discord answers requests again")
        elif failed >= _IN_A_ROW:
            health.begin("rest", f"Discord does not answer requests as it should ({what})")

    async def on_end(_s: aiohttp.ClientSession, _c: SimpleNamespace, told: aiohttp.TraceRequestEndParams) -> None:
        status = told.response.status
        ended(told.url.path, f"status {status}" if status >= 500 else None)

    async def on_exception(
        _s: aiohttp.ClientSession, _c: SimpleNamespace, told: aiohttp.TraceRequestExceptionParams
    ) -> None:
        ended(told.url.path, type(told.exception).__name__)

    trace.on_request_end.append(on_end)
    trace.on_request_exception.append(on_exception)


def watch_places(client: Bot, projects: Projects) -> None:
    """Know which channels of the projects the bot does not see."""

    def look(*, said: bool) -> None:
        closed = list(_closed(client, projects))
        if not client.is_ready():
            return
        if closed:
            client.health.begin("places", f"the bot does not see {', '.join(closed)}", said=said)
        else:
            client.health.over("places", "the bot sees every channel of its projects")

    async def ready() -> None:
        look(said=True)  # the bridge says it of each project

    async def changed(*_: object) -> None:
        look(said=False)

    client.add_listener(ready, "on_ready")
    for event in ("channel_create", "channel_delete", "channel_update", "join", "remove", "available", "unavailable"):
        client.add_listener(changed, f"on_guild_{event}")


def _closed(client: Bot, projects: Projects) -> Iterable[str]:
    for project in projects.all():
        for channel in sorted(project.channels):
            if client.get_channel(channel) is None:
                yield f"channel {channel} of {project.name}"


class SecondInstanceProbe:
    """What we have said, by its nonces: a message in our name without one of them is somebody else's."""

    def __init__(self, client: Bot, started: float | None = None) -> None:
        """`started`: epoch seconds; None: now."""
        self._client = client
        self._started = time.time() if started is None else started
        self._order: deque[str] = deque()
        self._sent: set[str] = set()

    def attach(self) -> None:
        """Listen to ourselves. Internals of discord.py: every message of ours goes through this one method."""
        send = self._client.http.send_message

        def heard(channel_id: int | str, *, params: MultipartParameters) -> Any:
            self.says(nonce_of(params))
            return send(channel_id, params=params)

        self._client.http.send_message = heard
        self._client.add_listener(self._on_message, "on_message")

    def says(self, nonce: str | None) -> None:
        """We are about to send this."""
        if nonce is None or nonce in self._sent:
            return
        self._sent.add(nonce)
        self._order.append(nonce)
        if len(self._order) > _KEPT:
            self._sent.discard(self._order.popleft())

    async def _on_message(self, message: discord.Message) -> None:
        me = self._client.user
        if me is None or message.author.id != me.id or message.type not in _WORDS:
            return
        if message.webhook_id is not None or message.interaction_metadata is not None:
            return  # an answer to a click, which carries no nonce
        if str(message.nonce) in self._sent or message.created_at.timestamp() < self._started + _UNSURE:
            return
        words = "another bridge uses this bot token: a message in the bot's name was not sent here"
        self._client.health.begin("another bridge", words, lasts=_HOUR)


def nonce_of(params: MultipartParameters) -> str | None:
    """The nonce of a message that is about to be sent, with files or without."""
    payload: Mapping[str, Any] | None = params.payload
    if payload is None and params.multipart:
        payload = json.loads(params.multipart[0]["value"])
    nonce = None if payload is None else payload.get("nonce")
    return None if nonce is None else str(nonce)
