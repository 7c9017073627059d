"""What was said in a place since the last message there that was for Claude: asked of Discord when Claude is called.

It is asked where something may have been said: in memory stands in which places that is certain, one way or the other.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

import discord

from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.connection.members import member_of
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.inbound import wording
from antiphon.chat.inbound.background import Said, background
from antiphon.chat.inbound.converters import background_message, owners_of, person
from antiphon.chat.inbound.intake import IncomingMessage
from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.message import Priority
from antiphon.core.access import may
from antiphon.core.bus import InboundStore
from antiphon.core.values import MessageId, PlaceId, Project
from antiphon.errors import StoreError

log = logging.getLogger(__name__)

_LOOKED_AT = 50  # messages
_LIMIT = 10.0  # seconds for Discord to tell them: a prompt waits no longer for its background
_REMEMBERED = 10_000  # places; of others it is asked once more


class PlaceHistory:
    """Knows what Claude was not told of."""

    def __init__(self, client: discord.Client, bus: InboundStore, rate_limiter: RateLimiter) -> None:
        self._client, self._bus, self._rate_limiter = client, bus, rate_limiter
        self._untold: dict[PlaceId, bool] = {}

    def passed_over(self, place: PlaceId) -> None:
        """Something was said that is not for Claude."""
        self._note(place, untold=True)

    def told(self, place: PlaceId) -> None:
        """A message was accepted, with all that was said before it."""
        self._note(place, untold=False)

    async def before(self, message: discord.Message, incoming: IncomingMessage, project: Project) -> str:
        """The background of a message that is for Claude; "" for none. What strangers have said is in it only where
        somebody has called Claude into a thread of people's own: in a session's thread they are offered to be let in.
        Waits for Discord, ten seconds at most: what it does not tell in time is left out, and said to be."""
        if not self._untold.get(incoming.channel, True):
            return ""
        try:
            async with asyncio.timeout(_LIMIT):
                return await self._read(message, incoming, project)
        except (*FAILURES, StoreError) as error:
            log.warning("what was said before message %s could not be read: %s", message.id, error)
            return wording.BACKGROUND_UNREAD

    def _note(self, place: PlaceId, *, untold: bool) -> None:
        if len(self._untold) >= _REMEMBERED:
            self._untold.clear()
        self._untold[place] = untold

    async def _read(self, message: discord.Message, incoming: IncomingMessage, project: Project) -> str:
        last = await self._bus.last_prompt(incoming.channel, incoming.id)
        found, more = await self._since(message, last)
        found = await self._heard(found, project) if incoming.ours else found
        begins = None if last is not None else await self._first(message, found, more=more)
        said = [one for one in (begins, *(self._said(one, message) for one in reversed(found))) if one is not None]
        return background(said, snowflake_time(incoming.id), more=more)

    async def _heard(self, found: Sequence[discord.Message], project: Project) -> list[discord.Message]:
        """Those of people who may prompt, and of apps, unless a command of somebody who may not had the app say it."""
        owners, may_prompt = owners_of(self._client.application), dict[int, bool]()
        heard: list[discord.Message] = []
        for one in found:
            called = one.interaction_metadata
            is_app = called is None and (one.author.bot or one.webhook_id is not None)
            speaker = one.author if called is None else called.user
            if not is_app and speaker.id not in may_prompt:
                who = await member_of(self._client, project, speaker)
                may_prompt[speaker.id] = may(project.access, person(who, owners), "prompt")
            if is_app or may_prompt[speaker.id]:
                heard.append(one)
        return heard

    async def _since(self, message: discord.Message, last: MessageId | None) -> tuple[list[discord.Message], bool]:
        """The messages after `last`, newest first, and whether there are older ones that were not looked at."""
        found: list[discord.Message] = []
        async with self._rate_limiter.turn("GET", f"/channels/{message.channel.id}/messages", Priority.REQUEST):
            page: AsyncIterator[discord.Message] = message.channel.history(limit=_LOOKED_AT, before=message)
            async for one in page:
                if last is not None and one.id <= last:
                    return found, False
                found.append(one)
        return found, len(found) == _LOOKED_AT

    async def _first(self, message: discord.Message, found: Sequence[discord.Message], *, more: bool) -> Said | None:
        """What a thread hangs on. In a thread that is looked at as a whole Discord has put it first, if there is
        one."""
        thread = message.channel
        if not isinstance(thread, discord.Thread):
            return None
        for one in found:
            if one.type is discord.MessageType.thread_starter_message and one.reference is not None:
                original = one.reference.resolved
                return self._said(original, message, begins=True) if isinstance(original, discord.Message) else None
        is_post = isinstance(thread.parent, discord.ForumChannel)
        if not more or (parent := thread if is_post else thread.parent) is None:
            return None
        try:
            async with self._rate_limiter.turn("GET", f"/channels/{parent.id}/messages/{thread.id}", Priority.REQUEST):
                first = await self._client.get_partial_messageable(parent.id).fetch_message(thread.id)
        except (discord.NotFound, discord.Forbidden):
            return None
        return self._said(first, message, begins=True)

    def _said(self, one: discord.Message, asked: discord.Message, *, begins: bool = False) -> Said | None:
        """None: it says nothing, or is ours."""
        assert self._client.user is not None
        return background_message(one, asked, self._client.user.id, begins=begins or one.id == asked.channel.id)
