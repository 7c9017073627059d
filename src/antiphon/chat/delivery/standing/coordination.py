"""What everybody sees of sessions at once: the boards, and the channel that tells it line by line."""

import asyncio
import logging
from functools import partial

import discord
from discord.ext import commands

from antiphon.actions.context import ActionContext
from antiphon.actions.coordination.board import boards_of
from antiphon.chat.connection import wording
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import asked
from antiphon.chat.delivery.standing.boards import Boards
from antiphon.chat.delivery.standing.coordination_channel import CoordinationChannel
from antiphon.chat.render.message import Priority
from antiphon.core.coordination.board import CoordinationSettings, StandingStore
from antiphon.core.health import Health
from antiphon.core.projects import Projects
from antiphon.core.values import PlaceId
from antiphon.errors import ChatError

log = logging.getLogger(__name__)

_AGAIN = 15.0  # seconds until a channel is looked for again
_PROBLEM = "coordination channel"


class Coordination:
    """Runs what the settings ask for. `boards` is to be added to the client."""

    def __init__(
        self,
        client: commands.Bot,
        context: DeliveryContext,
        bus: StandingStore,
        actions: ActionContext,
        health: Health,
        settings: CoordinationSettings,
    ) -> None:
        self._client = client
        self._context = context
        self._bus = bus
        self._projects = actions.projects
        self._health = health
        self._settings = settings
        look = partial(boards_of, actions, actions.projects.all)
        self.boards = Boards(client, context, bus, look, apart=settings.board == "channels")

    async def run(self) -> None:
        """Show it until cancelled."""
        async with asyncio.TaskGroup() as shown:
            if self._settings.board != "off":
                shown.create_task(self.boards.run(), name="boards")
            if self._settings.channel is not None or self._settings.channel_name is not None:
                shown.create_task(self._tell(), name="coordination channel")

    async def _tell(self) -> None:
        place = await self._place()
        if self._settings.board == "together":
            self.boards.together(place)
        await CoordinationChannel(self._context, self._bus, place).run()

    async def _place(self) -> PlaceId:
        """Wait until there is such a channel."""
        while True:
            try:
                found = await self._channel()
            except ChatError as error:
                words = wording.NO_COORDINATION_CHANNEL.format(name=self._settings.channel_name, why=error)
                self._health.begin(_PROBLEM, words, minor=True)
            else:
                if found is not None:
                    self._health.over(_PROBLEM)
                    return PlaceId(found.id)
            await asyncio.sleep(_AGAIN)

    async def _channel(self) -> discord.TextChannel | None:
        """That of the id, or of the name, in the server of the first project's channel; else it is made there, beside
        that channel and for the same people."""
        if (id_ := self._settings.channel) is not None:
            found = self._client.get_channel(id_)
            if not isinstance(found, discord.TextChannel):
                self._health.begin(_PROBLEM, wording.UNSEEN_COORDINATION_CHANNEL.format(channel=id_), minor=True)
            return found if isinstance(found, discord.TextChannel) else None
        beside = _first_channel(self._client, self._projects)
        name = self._settings.channel_name
        if beside is None or name is None:
            return None
        if (found := discord.utils.get(beside.guild.text_channels, name=name)) is not None:
            return found
        hidden = not beside.permissions_for(beside.guild.default_role).view_channel
        own = hidden and not (beside.permissions_synced and beside.category is not None)
        overwrites = beside.overwrites if own else {}
        async with self._context.rate_limiter.turn("POST", f"/guilds/{beside.guild.id}/channels", Priority.NOTICE):
            with asked():
                made = await beside.guild.create_text_channel(name, category=beside.category, overwrites=overwrites)
        log.info("the channel #%s is made: what sessions do is told there", made.name)
        return made


def _first_channel(client: discord.Client, projects: Projects) -> discord.TextChannel | None:
    found = (client.get_channel(id_) for project in projects.all for id_ in sorted(project.channels))
    return next((one for one in found if isinstance(one, discord.TextChannel)), None)
