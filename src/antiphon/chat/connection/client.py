"""Builds the discord.py client and logs it in; says plainly what is wrong."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import discord
from discord.ext import commands
from discord.utils import MISSING

from antiphon.chat.connection import wording
from antiphon.chat.connection.endpoint import FAILURES, unready
from antiphon.chat.connection.gateway import IdentifyLog
from antiphon.core.health import Health
from antiphon.errors import BadToken, ServerUnreachable, StoreError

_GUILD_TIMEOUT = 0.5  # seconds without a further guild after which the client counts as ready
_ITS_TASKS = ("discord", "commandtree")  # how discord.py calls the tasks that it starts


class Bot(commands.Bot):
    """A client that reports dropped events to `health`, and stores when it identified itself to the gateway."""

    def __init__(self, health: Health, identifies: IdentifyLog, **options: Any) -> None:
        super().__init__(**options)
        self._health = health
        self._identifies = identifies

    async def setup_hook(self) -> None:
        """See discord.Client. What discord.py does beside with an event may fail as well as its reader."""
        loop = asyncio.get_running_loop()

        def failed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            task, error = context.get("future"), context.get("exception")
            name = task.get_name() if isinstance(task, asyncio.Task) else ""
            if error is not None and name.lower().startswith(_ITS_TASKS):
                self._health.drop(name, error)
            else:
                loop.default_exception_handler(context)

        loop.set_exception_handler(failed)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        with suppress(StoreError):  # the database says itself what is wrong with it; the gateway does not wait for it
            await self._identifies.note_identify()

    async def on_message(self, message: discord.Message, /) -> None:
        """See commands.Bot, which takes a message that begins with a mention of the bot for a command: here it is a
        message like every other one, and listeners hear of it."""

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """See discord.Client: a listener has failed, and only that."""
        error = sys.exc_info()[1]
        if error is not None:
            self._health.drop(event_method, error)


@asynccontextmanager
async def bot(health: Health, identifies: IdentifyLog) -> AsyncGenerator[Bot]:
    """A client with the intents that the bridge needs; closed on leaving."""
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)
    client = Bot(
        health,
        identifies,
        command_prefix=commands.when_mentioned,
        help_command=None,
        intents=intents,
        allowed_mentions=discord.AllowedMentions.none(),
        guild_ready_timeout=_GUILD_TIMEOUT,
        chunk_guilds_at_startup=False,
        member_cache_flags=discord.MemberCacheFlags.none(),
        max_messages=None,  # nobody asks for old ones: a thousand, each with an author of its own, are megabytes
    )
    try:
        yield client
    finally:
        # A socket that is just being closed from the other side cannot be said goodbye to; that is no failure.
        with suppress(aiohttp.ClientError, OSError):
            await client.close()


def request_trace(client: discord.Client) -> aiohttp.TraceConfig:
    """What sees every request of a client, made where it has none. Call before it logs in."""
    if client.http.http_trace is None:
        client.http.http_trace = aiohttp.TraceConfig()
    return client.http.http_trace


async def log_in(client: commands.Bot, token: str) -> None:
    """Check the token. Raises Unready when Discord cannot answer now, BadToken, or ServerUnreachable when it does not
    answer as it should."""
    try:
        if client.http.connector is not MISSING:  # of an earlier try, which discord.py leaves open
            await client.http.close()
            client.http.connector = MISSING
        await client.login(token)
    except discord.LoginFailure as error:
        raise BadToken(wording.BAD_TOKEN) from error
    except FAILURES as error:
        if wait := unready(error):
            raise wait from error
        raise ServerUnreachable(wording.ODD_ANSWER.format(why=error)) from error
