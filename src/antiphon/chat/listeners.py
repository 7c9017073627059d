"""The bridge as a part of a discord.py bot: one call, `attach`, adds everything.

Listens to what people do to messages, and looks for what it missed: what happens in a place meanwhile waits for that.
"""

import asyncio
import logging
from collections.abc import Awaitable

import discord
from discord.ext import commands

from antiphon.actions.context import ActionContext
from antiphon.chat.inbound.acceptance import Acceptance
from antiphon.chat.inbound.attachments import Downloads
from antiphon.chat.inbound.backfill import Backfill
from antiphon.chat.inbound.backfill_gate import BackfillGate
from antiphon.chat.inbound.context import InboundContext
from antiphon.chat.interactions.commands import add_commands
from antiphon.chat.interactions.dispatch import InteractionDispatcher
from antiphon.errors import StoreError

log = logging.getLogger(__name__)

_PATIENCE = 30.0  # seconds for Discord to tell what has become of the messages that wait


class Listeners:
    """Discord's side of the bus. `ready`: Discord can be asked. `up_to_date`: what waits may run, for it reads as its
    message does (or Discord does not say so in time)."""

    def __init__(
        self,
        bot: commands.Bot,
        context: InboundContext,
        actions: ActionContext,
        downloads: Downloads,
        ask_after: float,
    ) -> None:
        """`actions`: what commands and clicks ask for. `ask_after`: how many seconds old a message that was
        missed may be to run unasked."""
        self._bot = bot
        self._projects = context.projects
        self._actions = actions
        self._inbox = Acceptance(context, downloads)
        self._reading = BackfillGate()
        self._missed = Backfill(context, self._inbox, self._reading, ask_after)
        self._changes: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()
        self.up_to_date = asyncio.Event()

    def attach(self) -> None:
        """Add listeners and commands to the bot. Call before it connects."""
        self._bot.add_listener(self._on_connect, "on_connect")
        self._bot.add_listener(self._on_ready, "on_ready")
        self._bot.add_listener(self._on_message, "on_message")
        self._bot.add_listener(self._on_edit, "on_raw_message_edit")
        self._bot.add_listener(self._on_delete, "on_raw_message_delete")
        self._bot.add_listener(self._on_bulk_delete, "on_raw_bulk_message_delete")
        self._bot.add_listener(self._on_thread, "on_thread_create")
        add_commands(self._bot.tree, self._actions)
        InteractionDispatcher(self._bot, self._actions).attach()

    async def _on_connect(self) -> None:
        self._reading.begin()

    async def _on_ready(self) -> None:
        gap = self._reading.gap
        self.ready.set()
        if self._changes is not None:
            self._changes.cancel()  # of an earlier gateway session: all is looked at again
        self._changes = asyncio.create_task(self._bring_up_to_date(), name="edits and deletions")
        try:
            await self._missed.messages(gap)
        except* StoreError:
            log.exception("what was said meanwhile could not be accepted")
        finally:
            gap.over = True
            self._reading.told()
        assert self._bot.user is not None
        log.info("connected as %s", self._bot.user)
        for project in self._projects.all():
            missing = [channel for channel in project.channels if self._bot.get_channel(channel) is None]
            if missing:
                log.error("project %s: the bot does not see channel %s", project.name, ", ".join(map(str, missing)))
            else:
                log.info("project %s: %s", project.name, project.directory)

    async def _bring_up_to_date(self) -> None:
        """Let the worker begin when its prompts were looked at again, or Discord has had its time for it."""
        looking = asyncio.create_task(self._missed.changes(), name="changes")
        try:
            await asyncio.wait({looking}, timeout=_PATIENCE)
            if not looking.done():
                log.warning("Discord does not say in time whether prompts were edited or deleted: they may run as is")
            self.up_to_date.set()
            await looking
        except* StoreError:
            log.exception("edits and deletions that were missed are lost")
        finally:
            looking.cancel()

    async def _on_message(self, message: discord.Message) -> None:
        await self._reading.passed(message.channel.id)
        arrived = self._inbox.arrival(message)
        await _kept(self._inbox.hear(message, arrived), f"message {message.id} was not accepted")

    async def _on_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        message = event.message
        if message.edited_at is None or message.author.bot:
            return  # Discord itself has added something: a preview of a link, a thread
        await self._reading.passed(message.channel.id)
        arrived = self._inbox.arrival(message)
        await _kept(self._inbox.change(message, arrived), f"the edit of message {message.id} is lost")

    async def _on_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        await self._reading.passed(event.channel_id)
        taken = self._inbox.take_back(event.channel_id, [event.message_id])
        await _kept(taken, f"message {event.message_id} was deleted, but may run")

    async def _on_bulk_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        await self._reading.passed(event.channel_id)
        taken = self._inbox.take_back(event.channel_id, sorted(event.message_ids))
        await _kept(taken, f"messages in {event.channel_id} were deleted, but may run")

    async def _on_thread(self, thread: discord.Thread) -> None:
        """Nothing was missed in a thread that begins while we listen."""
        self._reading.gap.read.add(thread.id)
        self._reading.told()


async def _kept(deed: Awaitable[None], otherwise: str) -> None:
    """What the database has to keep; where it cannot be used, the log tells what that means."""
    try:
        await deed
    except StoreError:
        log.exception("%s: the database cannot be used", otherwise)
