"""What everybody sees of sessions at once: the boards, and the channel that tells it line by line."""

import asyncio
import logging
from collections.abc import Sequence

import discord
from discord.ext import commands

from antiphon.actions.context import ActionContext
from antiphon.actions.coordination.board import Board, boards_of
from antiphon.chat.connection import wording
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import asked
from antiphon.chat.delivery.reconcile import UNPOSTED
from antiphon.chat.delivery.standing.boards import Boards
from antiphon.chat.delivery.standing.coordination_channel import CoordinationChannel
from antiphon.chat.render.message import Priority
from antiphon.core.coordination.board import CoordinationSettings, StandingPost, StandingStore
from antiphon.core.health import Health
from antiphon.core.projects import Projects
from antiphon.core.retry import kept_up
from antiphon.core.values import PlaceId
from antiphon.errors import ChatError

log = logging.getLogger(__name__)

_AGAIN = 15.0  # seconds until a channel is looked for again
_PROBLEM = "coordination channel"
_MADE = "channel:"  # begins the key of the channel that was found or made for a name


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
        self._actions = actions
        self._health = health
        self._settings = settings
        self._channel: PlaceId | None = None
        self._found = asyncio.Event()  # the channel is known
        self.boards = Boards(client, context, bus, self._look, actions.projects, apart=settings.board == "channels")

    async def _look(self) -> Sequence[Board]:
        return await boards_of(self._actions, self._projects.all)

    async def run(self) -> None:
        """Show it until cancelled."""
        async with asyncio.TaskGroup() as shown:
            shown.create_task(kept_up(self._keep_boards, _AGAIN, _failed), name="boards")
            if self._settings.channel is not None or self._settings.channel_name is not None:
                shown.create_task(kept_up(self._tell, _AGAIN, _failed), name="coordination channel")

    async def _keep_boards(self) -> None:
        if self._settings.board == "together":
            await self._found.wait()
        await self.boards.retire()
        if self._settings.board != "off":
            await self.boards.run()

    async def _tell(self) -> None:
        while True:
            place = await self._place()
            if self._settings.board == "together":
                self.boards.together(place)
            self._found.set()
            await CoordinationChannel(self._context, self._bus, place).run()

    async def _place(self) -> PlaceId:
        """Wait until there is such a channel, and we may write in it."""
        while True:
            try:
                words = await self._obstacle()
            except ChatError as error:
                words = wording.NO_COORDINATION_CHANNEL.format(name=self._settings.channel_name, why=error)
            if not words and self._channel is not None:
                self._health.over(_PROBLEM)
                return self._channel
            if self._client.is_ready():
                self._health.begin(_PROBLEM, words, minor=True)
            await asyncio.sleep(_AGAIN)

    async def _obstacle(self) -> str:
        """Why the channel cannot be used; "" where it can be. One that is to have a name is looked for in the server of
        the first project's channel; where there is none it is made beside that channel, for the same people."""
        found = self._client.get_channel(self._settings.channel or await self._made_before() or 0)
        name = self._settings.channel_name
        beside = _first_channel(self._client, self._projects)
        if self._settings.channel is None and found is None and name is not None and beside is not None:
            found = discord.utils.get(beside.guild.text_channels, name=name) or await self._make(beside, name)
            await self._bus.stand(self._context.hub, StandingPost(f"{_MADE}{name}", PlaceId(found.id), UNPOSTED, ""))
        if not isinstance(found, discord.TextChannel):
            return wording.UNSEEN_COORDINATION_CHANNEL.format(channel=self._settings.channel or name)
        self._channel = PlaceId(found.id)
        may = self._context.poster.may_write(self._channel)
        return "" if may else wording.CLOSED_COORDINATION_CHANNEL.format(name=found.name)

    async def _made_before(self) -> PlaceId | None:
        """The channel that was found or made for the name: Discord may call it otherwise."""
        known = await self._bus.standing(f"{_MADE}{self._settings.channel_name}")
        return None if known is None else known.place

    async def _make(self, beside: discord.TextChannel, name: str) -> discord.TextChannel:
        hidden = not beside.permissions_for(beside.guild.default_role).view_channel
        own = hidden and not (beside.permissions_synced and beside.category is not None)
        overwrites = beside.overwrites if own else {}
        async with self._context.rate_limiter.turn("POST", f"/guilds/{beside.guild.id}/channels", Priority.NOTICE):
            with asked():
                made = await beside.guild.create_text_channel(name, category=beside.category, overwrites=overwrites)
        log.info("the channel #%s is made: what sessions do is told there", made.name)
        return made


def _failed(error: BaseException) -> None:
    log.error("what sessions do at once is shown again in %g s", _AGAIN, exc_info=error)


def _first_channel(client: discord.Client, projects: Projects) -> discord.TextChannel | None:
    found = (client.get_channel(id_) for project in projects.all for id_ in sorted(project.channels))
    return next((one for one in found if isinstance(one, discord.TextChannel)), None)
