"""What strangers write in a session: kept, and made a prompt once somebody lets it in, as it reads by then.

Promises: until then nothing of it reaches Claude, and no file of it the disk. Whatever is killed when, what was let in
becomes a prompt once, in its order; what was deleted before that does not.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import discord

from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.inbound.intake import IncomingMessage
from antiphon.chat.render.message import Priority
from antiphon.core.guests.admission import TEXT, LetIn, StrangerMessage
from antiphon.core.guests.store import StrangerInbox
from antiphon.core.retry import Backoff, retry
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

Admit = Callable[[discord.Message, discord.Member | None], Awaitable[bool]]
"""Makes a message a prompt; harmless to repeat. False: there is nothing in it for Claude."""

_PAUSES = 0.5, 30.0  # seconds after Discord did not answer: the first and the longest
_LOOKS, _SOON = 30.0, 2.0  # seconds between two looks where nobody rings, and after the database failed
_NO_MESSAGE, _NO_CHANNEL = 10008, 10003  # Discord's codes: it is not there any more


async def keep(bus: StrangerInbox, message: IncomingMessage) -> None:
    """Keep a stranger's message, where it may be let in."""
    told = StrangerMessage(message.channel, message.id, message.author.id, message.author.name, message.text[:TEXT])
    kept = await bus.keep_stranger(told)
    if kept in ("full", "crowded"):
        log.info("message %s of %s, who may not prompt, is not offered: %s", message.id, message.author.id, kept)


class _Unreadable(ChatError):
    """Discord does not let us read a message, as long as its rights are as they are."""


class Admission:
    """Makes prompts of what was let in."""

    def __init__(self, client: discord.Client, bus: StrangerInbox, rate_limiter: RateLimiter, admit: Admit) -> None:
        self._client, self._bus, self._rate_limiter, self._admit = client, bus, rate_limiter, admit

    async def run(self) -> None:
        """Do so until cancelled."""
        while True:
            pause = _LOOKS
            try:
                for one in await self._bus.strangers_let_in():
                    await self._let_in(one)
            except StoreError as error:
                log.warning("what was let in becomes a prompt later: %s", error)
                pause = _SOON
            await self._bus.wait("guest", pause)

    async def _let_in(self, one: LetIn) -> None:
        """Where Discord does not let us read it for now it waits."""

        def failed(error: Exception, pause: float) -> None:
            log.warning("message %s, which was let in, is read again in %.1f s: %s", one.message, pause, error)

        try:
            message = await retry(lambda: self._read(one), FAILURES, Backoff(*_PAUSES), failed)
        except _Unreadable as error:
            log.warning("message %s, which was let in, cannot be read for now: %s", one.message, error)
            return
        accepted = message is not None and await self._admit(*message)
        await self._bus.note_stranger(one.message, "prompt" if accepted else "deleted")

    async def _read(self, one: LetIn) -> tuple[discord.Message, discord.Member | None] | None:
        """The message, and its author with roles (None: has left); None: it is not there any more."""
        path = f"/channels/{one.place}/messages/{one.message}"
        try:
            place: Any = self._client.get_channel(one.place) or await self._client.fetch_channel(one.place)
            async with self._rate_limiter.turn("GET", path, Priority.REQUEST):
                message: discord.Message = await place.fetch_message(one.message)
        except discord.NotFound as error:
            if error.code not in (_NO_MESSAGE, _NO_CHANNEL):
                raise _Unreadable(error.text) from error
            return None
        except discord.Forbidden as error:
            raise _Unreadable(error.text) from error
        member = f"/guilds/{place.guild.id}/members/{message.author.id}"
        try:
            async with self._rate_limiter.turn("GET", member, Priority.REQUEST):
                return message, await place.guild.fetch_member(message.author.id)
        except discord.NotFound:
            return message, None
