"""Messages, edits and deletions as the gateway tells them, each after what was missed before it in its place."""

import asyncio
import logging
from collections.abc import Awaitable
from functools import partial

import discord
from discord.ext import commands

from antiphon.chat.inbound.acceptance import Acceptance, InboundContext
from antiphon.chat.inbound.admission import Admission
from antiphon.chat.inbound.attachments import Downloads
from antiphon.chat.inbound.backfill import Backfill
from antiphon.chat.inbound.backfill_gate import BackfillGate, Gap
from antiphon.chat.inbound.converters import parent_of
from antiphon.core.values import MessageId, PlaceId
from antiphon.errors import StoreError

log = logging.getLogger(__name__)

_CHANGES_LIMIT = 30.0  # seconds for Discord to tell what has become of the messages that wait


class MessageListener(commands.Cog):
    """Brings what people do to messages to `Acceptance`. `ready`: Discord can be asked. `up_to_date`: what waits may
    run, for it reads as its message does (or Discord does not say so in time)."""

    def __init__(self, context: InboundContext, downloads: Downloads, ask_after: float) -> None:
        """`ask_after`: how many seconds old a message that was missed may be to run unasked."""
        self._client = context.client
        self._projects = context.projects
        self._bus = context.bus
        self._acceptance = Acceptance(context, downloads)
        self._gate = BackfillGate()
        self._admission = Admission(context.client, context.bus, context.rate_limiter, self._acceptance.admit)
        self._backfill = Backfill(context, self._acceptance, self._gate, ask_after)
        self._changes: asyncio.Task[None] | None = None
        self._reading: set[asyncio.Task[None]] = set()
        self.ready = asyncio.Event()
        self.up_to_date = asyncio.Event()
        self._listened = self._projects.channels
        self._projects.watch(self._projects_changed)

    def _projects_changed(self) -> None:
        """In a channel that has just become a project's, what was said before is nothing that was missed."""
        fresh, self._listened = self._projects.channels - self._listened, self._projects.channels
        now = MessageId(discord.utils.time_snowflake(discord.utils.utcnow()))
        for channel in fresh:
            seen = self._acceptance.stored(f"up to {now}", partial(self._bus.seen, channel, now))
            task = asyncio.create_task(seen, name=f"new channel {channel}")
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)

    async def let_in(self) -> None:
        """Make prompts of what strangers have written and somebody has let in, until cancelled."""
        await self._admission.run()

    async def cog_unload(self) -> None:
        """What is being accepted is accepted; what waits in the inbox stays there."""
        for task in (*self._reading, *(() if self._changes is None else (self._changes,))):
            task.cancel()

    def out_of_sight(self, channels: frozenset[PlaceId]) -> None:
        """What is written in these channels is not told from now on, or could not be fetched: their watermarks stay
        where they are."""
        self._acceptance.unread |= channels

    def in_sight(self, channels: frozenset[PlaceId]) -> None:
        """They are told again: what was written meanwhile is fetched, and holds back what is written now."""
        gap = self._gate.begin_reading(frozenset(channels))
        task = asyncio.create_task(self._catch_up(gap), name="channels that are seen again")
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _catch_up(self, gap: Gap) -> None:
        try:
            await self._backfill.channels(gap)
            self._gate.end(gap)
            await self._backfill.changes()
        except* StoreError:
            log.exception("what was said where the bot saw nothing could not be accepted")
        finally:
            self._gate.end(gap)

    @commands.Cog.listener()
    async def on_connect(self) -> None:
        self._gate.begin()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        outage = self._gate.outage
        self.ready.set()
        if self._changes is not None:
            self._changes.cancel()  # of an earlier gateway session: all is looked at again
        self._changes = asyncio.create_task(self._bring_up_to_date(), name="edits and deletions")
        try:
            await self._backfill.messages(outage)
        except* StoreError:
            log.exception("what was said meanwhile could not be accepted")
        finally:
            self._gate.end(outage)
        assert self._client.user is not None
        log.info("connected as %s", self._client.user)
        for project in self._projects.all:
            log.info("project %s: %s", project.name, project.directory)

    async def _bring_up_to_date(self) -> None:
        """Let the worker begin when its prompts were looked at again, or Discord has had its time for it."""
        comparing = asyncio.create_task(self._backfill.changes(), name="changes")
        try:
            await asyncio.wait({comparing}, timeout=_CHANGES_LIMIT)
            if not comparing.done():
                log.warning("Discord does not say in time whether prompts were edited or deleted: they may run as is")
            self.up_to_date.set()
            await comparing
        except* StoreError:
            log.exception("edits and deletions that were missed are lost")
        finally:
            comparing.cancel()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        await self._passed(message.channel.id)
        stored = self._acceptance.receive(message)
        await _logged(stored, f"message {message.id} was not accepted")

    @commands.Cog.listener()
    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        message = event.message
        if message.edited_at is None or message.author.bot:
            return  # Discord itself has added something: a preview of a link, a thread
        await self._passed(message.channel.id)
        await _logged(self._acceptance.edit(message), f"the edit of message {message.id} is lost")

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        await self._passed(event.channel_id)
        withdrawn = self._acceptance.delete(event.channel_id, [event.message_id])
        await _logged(withdrawn, f"message {event.message_id} was deleted, but may run")

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        await self._passed(event.channel_id)
        withdrawn = self._acceptance.delete(event.channel_id, sorted(event.message_ids))
        await _logged(withdrawn, f"messages in {event.channel_id} were deleted, but may run")

    @commands.Cog.listener()
    async def on_direct_project(self, place: PlaceId, project: str, after: MessageId) -> None:
        """Somebody has chosen what their direct messages are about: what they have written after that message is
        accepted, before what they write now."""
        gap = self._gate.begin_reading(frozenset({place}))
        try:
            first = self._acceptance.decided(place, project, after)
            await _logged(self._backfill.direct(place, first), f"direct messages in {place} are not accepted")
        finally:
            self._gate.end(gap)

    @commands.Cog.listener()
    async def on_thread_create(self, thread: discord.Thread) -> None:
        """Nothing was missed in a thread that begins while we listen."""
        self._gate.begun(thread.id)

    async def _passed(self, place: int) -> None:
        await self._gate.passed(place, parent_of(self._client.get_channel(place)))


async def _logged(stored: Awaitable[None], otherwise: str) -> None:
    """What the database has to keep; where it cannot be used, the log tells what that means."""
    try:
        await stored
    except StoreError:
        log.exception("%s: the database cannot be used", otherwise)
