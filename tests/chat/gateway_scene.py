"""A real discord.py client of ours at a local Discord, in the test's own process."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

from antiphon.chat.connection.client import Bot, bot, log_in, request_trace
from antiphon.chat.connection.endpoint import locate, point_at
from antiphon.chat.connection.gateway import Gateway
from antiphon.chat.connection.probes import RequestProbe
from antiphon.chat.delivery import failures
from antiphon.core.health import Health
from antiphon.standin import StandIn
from antiphon.standin.person import Person


@dataclass
class Kept:
    """Identifies in memory; `past` are those of earlier bridges (epoch seconds)."""

    past: list[float] = field(default_factory=list[float])

    async def note_identify(self) -> None:
        self.past.append(time.time())

    async def identifies(self, since: float) -> Sequence[float]:
        return [at for at in self.past if at > since]


class Scene:
    """The client, and what a test does to Discord."""

    def __init__(self, standin: StandIn, client: Bot, gateway: Gateway, kept: Kept) -> None:
        self.standin = standin
        self.client = client
        self.gateway = gateway
        self.kept = kept
        self.health = gateway.health
        self.greeted = asyncio.Event()  # READY or RESUMED
        self.greetings: list[str] = []
        client.add_listener(self._ready, "on_ready")
        client.add_listener(self._resumed, "on_resumed")

    async def _ready(self) -> None:
        self.greetings.append("READY")
        self.greeted.set()

    async def _resumed(self) -> None:
        self.greetings.append("RESUMED")
        self.greeted.set()

    async def connected(self, limit: float = 20) -> None:
        """Wait for the next greeting."""
        async with asyncio.timeout(limit):
            await self.greeted.wait()
        self.greeted.clear()

    async def fault(self, plan: dict[str, Any]) -> None:
        url = f"{self.standin.discord.url}/standin/faults"
        async with aiohttp.ClientSession() as http, http.post(url, json=plan) as answer:
            assert answer.status == 204, await answer.text()

    async def mend(self) -> None:
        """No fault any more."""
        url = f"{self.standin.discord.url}/standin/faults"
        async with aiohttp.ClientSession() as http, http.delete(url) as answer:
            assert answer.status == 204

    def recorded(self) -> list[dict[str, Any]]:
        """The frames that the bot was sent so far."""
        return [json.loads(frame) for session in self._sessions() for _, frame in session._replay]

    def inject(self, frame: str) -> None:
        """Send the bot a frame as it is."""
        for session in self._sessions():
            assert session.outbox is not None
            session.outbox.put_nowait(frame)

    def _sessions(self) -> list[Any]:
        gateway = self.standin.discord._backend.gateway
        bot_id = self.standin.discord._backend.world.application.bot_id
        return [one for one in gateway.sessions.values() if one.user.id == bot_id and one.outbox is not None]


async def until(seen: Callable[[], bool], limit: float = 5) -> None:
    """Wait until a fact of this process is there."""
    async with asyncio.timeout(limit):
        while not seen():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def heard_so_far(scene: Scene) -> None:
    """Return when the client has heard all that happened until now: the gateway keeps the order."""
    about = scene.standin.describe()
    async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
        wanted = scene.client.wait_for("message", check=lambda one: one.content == "heard?", timeout=5)
        heard = asyncio.create_task(wanted, name="heard")
        await asyncio.sleep(0)
        await ada.say(about["channels"]["general"], "heard?")
        await heard


@asynccontextmanager
async def opened(standin: StandIn, kept: Kept | None = None) -> AsyncGenerator[Scene]:
    """A client that is logged in and does not connect yet."""
    about = standin.describe()
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE
    kept = kept or Kept()
    try:
        point_at(await locate(about["api"], about["bot_token"]))
        health = Health(time.time)
        async with bot(health, kept) as client:
            RequestProbe(health).observe(request_trace(client))
            failures.observe(request_trace(client))
            await log_in(client, about["bot_token"])
            yield Scene(standin, client, Gateway(client, kept, health), kept)
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE = before  # pyright: ignore[reportAttributeAccessIssue]


@asynccontextmanager
async def staying(scene: Scene) -> AsyncGenerator[asyncio.Task[None]]:
    """Inside, the client is connected and stays so."""
    task = asyncio.create_task(scene.gateway.stay_connected(), name="gateway")
    try:
        await scene.connected()
        yield task
        assert not task.done(), "the gateway has ended"
    finally:
        task.cancel()
        await asyncio.wait({task})
