"""Messages on their way into the inbox: accepted, changed and taken back, in each channel one after the other.

Promises: a message, and what is attached to it, is durable before it gets its 👀. While its prompt waits, is held, or
was handed to a turn that has not taken it in, an edit changes it and a deletion takes it back.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import TypeVar
from weakref import WeakValueDictionary

import aiohttp
import discord

from antiphon.chat.connection.rate_limiter import route
from antiphon.chat.delivery.reactions import ACCEPTED
from antiphon.chat.inbound.attachments import Downloads
from antiphon.chat.inbound.context import InboundContext
from antiphon.chat.inbound.converters import arrival, owners_of
from antiphon.chat.inbound.intake import (
    IncomingMessage,
    call_of,
    changed,
    files_of,
    is_paste,
    is_prompt,
    session_of,
)
from antiphon.chat.render.message import Priority
from antiphon.core.records import InboxEntry, prompt_in
from antiphon.core.values import Change, MessageId, PersonId, PlaceId, Project, Session, session_at

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds after Discord or the database did not answer; doubled each time
FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError)
_ARCHIVED = 50083  # Discord's code: what stands in an archived thread cannot be changed


class Acceptance:
    """Of all places. Its methods wait for the database, however long it is busy; StoreError: it cannot be used."""

    def __init__(self, context: InboundContext, downloads: Downloads) -> None:
        self._client, self._projects, self._bus = context.client, context.projects, context.bus
        self._rate_limiter = context.rate_limiter
        self._downloads = downloads
        # In each channel one message after the other, in the order in which they came: its watermark rises with each.
        self._orders: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._marking: set[asyncio.Task[None]] = set()

    async def hear(self, message: discord.Message, arrived: IncomingMessage) -> None:
        """Accept a message that comes when it is said. One that is no prompt, of ours for instance, is told by the
        watermark: after a gap only places are read in which something is newer."""
        project = self._projects.at(arrived.channel, arrived.parent)
        if project is None:
            return
        if is_prompt(arrived, project, self._me):
            await self._accept(message, arrived, project, Priority.REQUEST)
        else:
            async with self._order(message.channel.id):
                await self.insist(f"up to {message.id}", lambda: self._bus.seen(arrived.channel, arrived.id))

    async def accept_missed(self, message: discord.Message, arrived: IncomingMessage) -> None:
        """Accept a message that was missed, if it is a prompt. Its place's watermark is the caller's to raise."""
        project = self._projects.at(arrived.channel, arrived.parent)
        if project is not None and is_prompt(arrived, project, self._me):
            await self._accept(message, arrived, project, Priority.ANSWER)

    async def _accept(
        self, message: discord.Message, arrived: IncomingMessage, project: Project, priority: Priority
    ) -> None:
        """Accept a prompt; one that was accepted before stays as it is. `priority`: of its 👀, which somebody who has
        just spoken looks out for."""
        async with self._order(message.channel.id):

            async def kept() -> bool:  # each time anew: a disk that is full has not taken its files either
                return await self._bus.accept(await self._call(arrived, project))

            if not await self.insist(f"message {message.id}", kept):
                return
        log.info("accepted message %s", message.id, extra={"session": session_of(arrived)})
        marking = asyncio.create_task(self._say_accepted(message, priority), name=f"accepted {message.id}")
        self._marking.add(marking)  # beside: Discord's limit on reactions holds no other message up
        marking.add_done_callback(self._marking.discard)

    async def change(self, message: discord.Message, arrived: IncomingMessage) -> None:
        """A message may have been edited since it was accepted. `arrived`: what it says by now."""
        mentioning = replace(arrived, mentions=arrived.mentions | {self._me})  # a prompt's author did so at first
        project = self._projects.at(arrived.channel, arrived.parent)
        if project is None or not is_prompt(mentioning, project, self._me):
            return
        key = str(message.id)
        async with self._order(message.channel.id):
            for one in await self.insist(f"the edit of message {key}", lambda: self._bus.changeable(key)):
                reads = changed(arrived, one.prompt)
                prompt = None if reads is None else prompt_in((await self._call(reads, project)).content)
                if reads is None or prompt is None:
                    return
                prompt = replace(prompt, may_answer=one.prompt.may_answer)  # as it was decided before
                if await self.insist(f"message {key}", lambda prompt=prompt: self._bus.revise(key, prompt)):
                    log.info("prompt %s was edited while it waited", key, extra={"session": one.session.id})
                elif await self._bus.changeable(key):  # it was handed to a turn that runs
                    edited = f"edit:{key}:{reads.edited}"
                    await self._tell_turn(one.session, edited, Change(MessageId(message.id), prompt))

    async def take_back(self, channel: int, messages: Iterable[int]) -> None:
        """Messages were deleted: those that wait as prompts are not run, and their files are removed."""
        place = self._client.get_channel(channel)  # None: perhaps an archived thread
        parent = PlaceId(place.parent_id) if isinstance(place, discord.Thread) else None
        if place is not None and self._projects.at(PlaceId(channel), parent) is None:
            return
        for message in messages:
            key = str(message)
            async with self._order(channel):
                waited = await self.insist(f"message {key}", lambda key=key: self._bus.withdraw(key))
                for one in () if waited else await self._bus.changeable(key):
                    await self._tell_turn(one.session, f"deletion:{key}", Change(MessageId(message), None))
            if waited:
                log.info("prompt %s was deleted while it waited", message)
                sessions = [session_at(PlaceId(channel)), session_at(PlaceId(message))]
                await self._downloads.drop(sessions, MessageId(message))

    def arrival(self, message: discord.Message, author: discord.Member | None = None) -> IncomingMessage:
        """What a message says. `author`: with roles, where the message came without them."""
        return arrival(message, author or message.author, owners_of(self._client.application), self._me)

    async def insist(self, what: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask the database, however long it is busy: later messages wait, for they raise the watermark."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await ask()
            except self._bus.transient as error:
                log.debug("%s waits %.1f s for the database: %s", what, pause, error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    @property
    def _me(self) -> PersonId:
        assert self._client.user is not None
        return PersonId(self._client.user.id)

    def _order(self, channel: int) -> asyncio.Lock:
        """The channel's turnstile: as long as somebody is in it or waits, it is the same one."""
        return self._orders.setdefault(channel, asyncio.Lock())

    async def _call(self, arrived: IncomingMessage, project: Project) -> InboxEntry:
        """The call that a message makes; what is attached to it is on our disk afterwards."""
        paste = is_paste(arrived, self._me)
        fetched = await self._downloads.fetch(session_of(arrived), arrived.id, files_of(arrived), paste)
        return call_of(arrived, project, self._projects.worker_of(project.name), self._me, fetched)

    async def _tell_turn(self, session: Session, key: str, change: Change) -> None:
        """A message that was handed to a running turn was edited or deleted."""
        call = InboxEntry(key, self._projects.worker_of(session.project), session, change)
        await self.insist(f"change {key}", lambda: self._bus.accept(call))

    async def _say_accepted(self, message: discord.Message, priority: Priority) -> None:
        try:
            await self._mark(message, priority)
        except (*FAILURES, RuntimeError) as error:  # the last one: the client has been closed meanwhile
            log.warning("message %s is accepted, but its %s could not be set: %s", message.id, ACCEPTED, error)

    async def _mark(self, message: discord.Message, priority: Priority) -> None:
        """Say that the message is safe; its thread may have been archived meanwhile."""
        path = f"/channels/{message.channel.id}/messages/{message.id}/reactions/x/@me"
        try:
            async with self._rate_limiter.turn(route("PUT", path), priority):
                await message.add_reaction(ACCEPTED)
        except discord.HTTPException as error:
            if error.code != _ARCHIVED or not isinstance(message.channel, discord.Thread):
                raise
            await message.channel.edit(archived=False)
            async with self._rate_limiter.turn(route("PUT", path), priority):
                await message.add_reaction(ACCEPTED)
