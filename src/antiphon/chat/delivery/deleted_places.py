"""What becomes of places, as Discord tells it: threads that are deleted, servers that the bot is taken out of.

Work for a place that is not there any more is stopped, once Discord confirms that it is gone.
"""

import logging

import discord
from discord.ext import commands

from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import PlaceClosed, PlaceGone
from antiphon.chat.delivery.outbox import Outbox
from antiphon.chat.render.message import Priority
from antiphon.core.retry import Backoff, retry
from antiphon.core.values import PlaceId
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

_PAUSES = 0.5, 30.0  # seconds after Discord or the database did not answer: the first and the longest


class DeletedPlaces(commands.Cog):
    """Stops the work for threads that were deleted, and retries closed places when the bot is let in again."""

    def __init__(self, context: DeliveryContext, outbox: Outbox) -> None:
        self._context = context
        self._outbox = outbox

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        self._outbox.retry_closed()

    @commands.Cog.listener("on_guild_role_update")
    @commands.Cog.listener("on_guild_channel_update")
    @commands.Cog.listener("on_member_update")  # of the bot alone: the intent for others is not asked for
    async def on_rights(self, *_: object) -> None:
        """The bot may be allowed by now what it was refused."""
        self._outbox.retry_refused()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        log.info("the bot is in the server %s (%s)", guild.name, guild.id)
        self._outbox.retry_closed()
        self._outbox.retry_refused()

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        log.error(
            "the bot was taken out of the server %s (%s): what is to be posted there waits until it is invited again",
            guild.name,
            guild.id,
        )

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        await self._abandon(PlaceId(event.thread_id))

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """It may have a session of its own."""
        await self._abandon(PlaceId(channel.id))

    async def _abandon(self, place: PlaceId) -> None:
        """Discord says the same to who may not see a place any more, so it is asked."""

        async def abandon() -> None:
            if await self._context.bus.session(place) is not None and await self._is_gone(place):
                withdrawn = await self._context.bus.abandon(place)
                log.info("place %s was deleted; prompts that waited in it: %d", place, withdrawn)

        def failed(error: Exception, pause: float) -> None:
            log.warning("place %s may be deleted, it is looked for in %.1f s: %s", place, pause, error)

        try:
            await retry(abandon, (ChatError, *self._context.bus.transient), Backoff(*_PAUSES), failed)
        except StoreError:
            log.exception("place %s was deleted, but its turn may run on", place)

    async def _is_gone(self, place: PlaceId) -> bool:
        try:
            async with self._context.rate_limiter.turn("GET", f"/channels/{place}", Priority.REQUEST):
                await self._context.poster.visit(place)
        except PlaceClosed:
            return False
        except PlaceGone:
            return True
        return False
