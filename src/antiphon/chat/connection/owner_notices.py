"""Tells the owner of the application, by direct message, what keeps the bridge from working in its channels."""

import logging
from collections.abc import Sequence

import aiohttp
import discord

from antiphon.chat.connection import wording
from antiphon.chat.connection.gateway import BAD_DATA
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.permissions import Obstacle
from antiphon.chat.render.message import Priority
from antiphon.chat.render.page import nonce
from antiphon.chat.render.text.escape import escaped
from antiphon.chat.render.text.splitter import fitting

log = logging.getLogger(__name__)

_MOST = 1900  # characters of a message (Discord takes 2,000)
_LINE = 600
_LOOKED_AT = 10  # messages of the conversation, for whether it was said before a restart


class OwnerNotices:
    """Writes to one person: the owner, or the one who owns the team."""

    def __init__(self, client: discord.Client, rate_limiter: RateLimiter) -> None:
        self._client = client
        self._rate_limiter = rate_limiter
        self._first = True  # since this bridge was started

    async def tell(self, obstacles: Sequence[Obstacle]) -> bool:
        """Say it once, also over restarts. False: Discord did not answer, say it again later. Where the owner takes no
        direct messages, the log has to do."""
        application = self._client.application
        if application is None:
            return False
        owner = application.team.owner_id if application.team is not None else application.owner.id
        if owner is None:
            return True
        lines = [f"- {escaped(wording.obstacle(one), _LINE)}" for one in obstacles]
        text = "\n".join(fitting([wording.TO_OWNER, *lines], _MOST))
        try:
            await self._post(owner, text)
        except discord.Forbidden as error:
            log.info("the owner could not be told directly: %s", error)
        except (*BAD_DATA, aiohttp.ClientError, RuntimeError) as error:  # the last: the client is closed
            log.info("the owner is told again later: %s", error)
            return False
        self._first = False
        return True

    async def _post(self, owner: int, text: str) -> None:
        async with self._rate_limiter.turn("POST", "/users/@me/channels", Priority.PROGRESS):
            channel = await self._client.create_dm(discord.Object(owner))
        if self._first and await self._was_said(channel, text):
            return
        async with self._rate_limiter.turn("POST", f"/channels/{channel.id}/messages", Priority.PROGRESS):
            await channel.send(text, suppress_embeds=True, nonce=nonce("obstacles", text))

    async def _was_said(self, channel: discord.DMChannel, text: str) -> bool:
        """Whether the last notice is this one: then a bridge before us has told it."""
        async with self._rate_limiter.turn("GET", f"/channels/{channel.id}/messages", Priority.PROGRESS):
            said = [message async for message in channel.history(limit=_LOOKED_AT)]
        ours = (one.content for one in said if one.author == self._client.user)
        return next((one for one in ours if one.startswith(wording.TO_OWNER)), "") == text
