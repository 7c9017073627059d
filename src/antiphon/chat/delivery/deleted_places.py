"""What becomes of places, as Discord tells it: threads that are deleted, servers that the bot is taken out of.

Work for a place that is not there any more is stopped, once Discord confirms that it is gone.
"""

import asyncio
import logging

import discord
from discord.ext import commands

from antiphon.chat.connection.rate_limiter import route
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.outbox import Outbox
from antiphon.chat.delivery.poster import PlaceClosed, PlaceGone
from antiphon.chat.render.message import Priority
from antiphon.core.values import PlaceId
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds after Discord or the database did not answer; doubled each time


class DeletedPlaces:
    """Listens to the bot."""

    def __init__(self, bot: commands.Bot, context: DeliveryContext, outbox: Outbox) -> None:
        self._bot = bot
        self._context = context
        self._outbox = outbox

    def attach(self) -> None:
        """Add listeners to the bot. Call before it connects."""
        self._bot.add_listener(self._on_ready, "on_ready")
        self._bot.add_listener(self._on_thread_delete, "on_raw_thread_delete")
        self._bot.add_listener(self._on_guild_join, "on_guild_join")
        self._bot.add_listener(self._on_guild_remove, "on_guild_remove")

    async def _on_ready(self) -> None:
        self._outbox.retry_closed()

    async def _on_guild_join(self, guild: discord.Guild) -> None:
        log.info("the bot is in the server %s (%s)", guild.name, guild.id)
        self._outbox.retry_closed()

    async def _on_guild_remove(self, guild: discord.Guild) -> None:
        log.error(
            "the bot was taken out of the server %s (%s): what is to be posted there waits until it is invited again",
            guild.name,
            guild.id,
        )

    async def _on_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        """Discord says the same to who may not see a thread any more, so it is asked."""
        place, pause = PlaceId(event.thread_id), _FIRST_PAUSE
        while True:
            try:
                if await self._context.bus.session(place) is not None and await self._is_gone(place):
                    withdrawn = await self._context.bus.abandon(place)
                    log.info("thread %s was deleted; prompts that waited in it: %d", place, withdrawn)
            except (ChatError, *self._context.bus.transient) as error:
                log.warning("thread %s may be deleted, it is looked for in %.1f s: %s", place, pause, error)
            except StoreError:
                log.exception("thread %s was deleted, but its turn may run on", place)
                return
            else:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _is_gone(self, place: PlaceId) -> bool:
        try:
            async with self._context.rate_limiter.turn(route("GET", f"/channels/{place}"), Priority.REQUEST):
                await self._context.poster.visit(place)
        except PlaceClosed:
            return False
        except PlaceGone:
            return True
        return False
