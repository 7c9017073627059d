"""A real discord.py client, which remembers what it was told, and how it is pointed at a local Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import discord
import discord.asset
import discord.gateway
import discord.http
import yarl
from discord import app_commands

if TYPE_CHECKING:
    from standin.conftest import Raw

INTENTS = discord.Intents.default()
INTENTS.message_content = True
INTENTS.members = True


class Bot(discord.Client):
    """A client that remembers what it was told."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """At once: discord.py itself waits five seconds before it identifies again."""

    def __init__(self, intents: discord.Intents = INTENTS) -> None:
        # Without the last, discord.py waits two seconds for further guilds before it is ready.
        super().__init__(intents=intents, max_ratelimit_timeout=30.0, guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        self.seen: list[tuple[str, Any]] = []
        self.changed = asyncio.Event()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        super().dispatch(event, *args, **kwargs)
        self.seen.append((event, args))
        self.changed.set()
        self.changed = asyncio.Event()

    async def told(self, event: str, fits: Callable[..., bool] = lambda *_: True) -> Any:
        """Waits for an event; its arguments."""
        async with asyncio.timeout(10):
            while True:
                for name, args in self.seen:
                    if name == event and fits(*args):
                        return args
                await self.changed.wait()

    def place(self, raw: Raw, name: str = "general") -> discord.TextChannel:
        channel = self.get_channel(int(raw.ids[name]))
        assert isinstance(channel, discord.TextChannel)
        return channel


@contextmanager
def pointing() -> Iterator[Callable[[Raw], None]]:
    """Inside, discord.py can be pointed at a local Discord."""
    route, socket, asset = discord.http.Route, discord.gateway.DiscordWebSocket, discord.asset.Asset
    before = route.BASE, socket.DEFAULT_GATEWAY, asset.BASE

    def point(raw: Raw) -> None:
        addresses = raw.about["api"], yarl.URL(raw.about["gateway"]), raw.root
        route.BASE, socket.DEFAULT_GATEWAY, asset.BASE = addresses

    yield point
    route.BASE, socket.DEFAULT_GATEWAY, asset.BASE = before


@asynccontextmanager
async def running(raw: Raw, bot: Bot) -> AsyncIterator[Bot]:
    task = asyncio.create_task(bot.start(raw.about["bot_token"]), name="bot")
    try:
        ready = asyncio.create_task(bot.told("ready"), name="ready")
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if task.done():
            await task
        yield bot
    finally:
        await bot.close()
        await asyncio.gather(task, return_exceptions=True)
