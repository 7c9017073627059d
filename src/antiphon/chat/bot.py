"""A bot of our own: builds the discord.py client, logs it in, keeps it connected; says plainly what is wrong."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import discord
from discord.ext import commands

from antiphon.errors import BadToken, MissingIntent, ServerUnreachable

log = logging.getLogger(__name__)

_RATELIMIT_PATIENCE = 60.0  # seconds that one request may sleep for a rate limit before it is given back to us
_GUILDS_PATIENCE = 0.5  # seconds without a further guild after which the client counts as ready


@asynccontextmanager
async def bot() -> AsyncGenerator[commands.Bot]:
    """A client with the intents that the bridge needs; closed on leaving."""
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)
    client = commands.Bot(
        command_prefix=commands.when_mentioned,
        help_command=None,
        intents=intents,
        allowed_mentions=discord.AllowedMentions.none(),
        max_ratelimit_timeout=_RATELIMIT_PATIENCE,
        guild_ready_timeout=_GUILDS_PATIENCE,
        chunk_guilds_at_startup=False,
        member_cache_flags=discord.MemberCacheFlags.none(),
    )
    async with client:
        yield client


async def log_in(client: commands.Bot, token: str) -> None:
    """Check the token and register the commands. Raises BadToken or ServerUnreachable."""
    try:
        await client.login(token)
        await client.tree.sync()
    except discord.LoginFailure as error:
        raise BadToken("Discord does not accept the bot token.") from error
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise ServerUnreachable(f"Discord does not answer as it should: {error}") from error


async def stay_connected(client: commands.Bot) -> None:
    """Run the gateway until cancelled; reconnects by itself. Raises what an operator must mend."""
    try:
        await client.connect(reconnect=True)
    except discord.PrivilegedIntentsRequired as error:
        raise MissingIntent("The application may not read message content.") from error
    except discord.ConnectionClosed as error:
        if error.code == 4004:  # authentication failed (developer docs, gateway close codes)
            raise BadToken("Discord does not accept the bot token any more.") from error
        raise ServerUnreachable(f"Discord closed the gateway for good (code {error.code}).") from error
    except discord.GatewayNotFound as error:
        raise ServerUnreachable("Discord does not say where its gateway is.") from error
