"""Short replies to messages that are not for Claude, so that nobody waits for an answer: one that says nothing, one
that was sent to the bot directly, and one that is a command.

Only whoever may prompt gets one: to everybody else the bot is silent. A reply that Discord does not take is lost.
"""

import logging
import time
from collections.abc import Sequence

import discord

from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.inbound import wording
from antiphon.chat.inbound.converters import owners_of, person
from antiphon.chat.permissions import NoThread
from antiphon.chat.render.message import Priority
from antiphon.chat.render.page import nonce
from antiphon.chat.render.undeliverable import not_asked
from antiphon.chat.render.wording import ENDS
from antiphon.core.access import may
from antiphon.core.projects import Projects
from antiphon.core.values import PersonId, Project

log = logging.getLogger(__name__)

_FAILURES = (*FAILURES, RuntimeError)  # the last: the client is closed
_AGAIN = 3600.0  # seconds after which a direct message is answered once more
_NAMED = 10  # channels


class Hints:
    """Posts them. Its methods wait for Discord as long as its rate limits do."""

    def __init__(self, client: discord.Client, projects: Projects, rate_limiter: RateLimiter) -> None:
        self._client, self._projects, self._rate_limiter = client, projects, rate_limiter
        self._answered: dict[PersonId, float] = {}  # when (monotonic) a direct message of theirs was

    async def nothing_said(self, message: discord.Message) -> None:
        """Say that a message has nothing for Claude, below it."""
        assert self._client.user is not None
        text = wording.NOTHING_SAID.format(me=self._client.user.mention)
        await self._post(message, text)

    async def no_thread(self, message: discord.Message, why: NoThread) -> None:
        """Say why a message was not passed on to Claude, below it, or directly where that cannot be; and mark it."""
        text = not_asked(why)
        path = f"/channels/{message.channel.id}/messages/{message.id}/reactions/x/@me"
        try:
            async with self._rate_limiter.turn("PUT", path, Priority.MARK):
                await message.add_reaction(ENDS["withdrawn"].mark)
        except _FAILURES as error:
            log.info("message %s, which was not accepted, cannot be marked: %s", message.id, error)
        if await self._post(message, text):
            return
        try:
            await message.author.send(text, suppress_embeds=True, nonce=nonce("hint", f"{message.id}:direct"))
        except _FAILURES as error:
            log.warning("nobody could be told why message %s was not accepted: %s", message.id, error)

    async def answer(self, message: discord.Message, texts: Sequence[str]) -> None:
        """Answer a command, below it."""
        for number, text in enumerate(texts):
            await self._post(message, text, number)

    async def not_directly(self, message: discord.Message) -> None:
        """Say where to write instead of directly, once in an hour."""
        now, author = time.monotonic(), PersonId(message.author.id)
        self._answered = {one: at for one, at in self._answered.items() if now - at < _AGAIN}
        if author in self._answered:
            return
        self._answered[author] = now
        try:
            projects = [one for one in self._projects.all if await self._may_prompt(message.author, one)]
        except FAILURES as error:
            log.warning("a direct message of %s was not answered: %s", author, error)
            return
        channels = [f"<#{channel}>" for one in projects for channel in sorted(one.channels)][:_NAMED]
        if channels:
            text = wording.NOT_DIRECTLY.format(channels=" or ".join(channels))
            await self._post(message, text)

    async def _may_prompt(self, user: discord.User | discord.Member, project: Project) -> bool:
        """A direct message does not tell roles: where those decide, Discord is asked for them."""
        owners = owners_of(self._client.application)
        if may(project.access, person(user, owners), "prompt"):
            return True
        if not (project.access.roles or project.access.admins.roles):
            return False
        channels = map(self._client.get_channel, sorted(project.channels))
        guild = next((one.guild for one in channels if isinstance(one, discord.abc.GuildChannel)), None)
        if guild is None:
            return False
        try:
            async with self._rate_limiter.turn("GET", f"/guilds/{guild.id}/members/{user.id}", Priority.PROGRESS):
                member = await guild.fetch_member(user.id)
        except discord.NotFound:
            return False
        return may(project.access, person(member, owners), "prompt")

    async def _post(self, message: discord.Message, text: str, number: int = 0) -> bool:
        """Reply; False: it could not be said."""
        channel = message.channel
        try:
            async with self._rate_limiter.turn("POST", f"/channels/{channel.id}/messages", Priority.ANSWER):
                await message.reply(
                    text,
                    silent=True,
                    suppress_embeds=True,
                    allowed_mentions=discord.AllowedMentions.none(),
                    nonce=nonce("hint", f"{message.id}:{number}"),  # told of twice, it is answered once
                )
        except _FAILURES as error:
            log.warning("what to do instead of message %s could not be said: %s", message.id, error)
            return False
        return True
