"""All of Antiphon's Discord side, added to a discord.py bot that somebody else may own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from discord.ext import commands

from antiphon.actions.context import ActionContext
from antiphon.actions.programs.triggers import Triggers
from antiphon.actions.projects.catalogue import Catalogue
from antiphon.chat.connection.client import request_trace
from antiphon.chat.connection.owner_notices import OwnerNotices
from antiphon.chat.connection.probes import RequestProbe, SecondInstanceProbe
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.connection.sight import Sight
from antiphon.chat.delivery import failures
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.deleted_places import DeletedPlaces
from antiphon.chat.delivery.notices import NoticeDelivery
from antiphon.chat.delivery.outbox import Outbox
from antiphon.chat.delivery.post_tags import PostTags
from antiphon.chat.delivery.poster import Poster
from antiphon.chat.delivery.standing.coordination import Coordination
from antiphon.chat.delivery.standing.offers import Offers
from antiphon.chat.delivery.standing.queue_board import QueueBoard
from antiphon.chat.delivery.wanted_places import WantedPlaces
from antiphon.chat.delivery.withdrawn import WithdrawnPrompts
from antiphon.chat.forum_posts import ForumPosts
from antiphon.chat.inbound.acceptance import InboundContext
from antiphon.chat.inbound.attachments import Downloads, FileLimits
from antiphon.chat.inbound.converters import owners_of
from antiphon.chat.inbound.message_listener import MessageListener
from antiphon.chat.inbound.message_triggers import MessageTriggers
from antiphon.chat.interactions.commands import command_groups
from antiphon.chat.interactions.dispatch import InteractionDispatcher
from antiphon.chat.interactions.typed_commands import TypedCommands
from antiphon.chat.messages import DiscordMessages
from antiphon.chat.places import DiscordPlaces, PlacesFromOutside
from antiphon.core.bus import HubStore
from antiphon.core.coordination.board import CoordinationSettings
from antiphon.core.health import Finding, Health
from antiphon.core.ports import Clock, Files
from antiphon.core.projects import Projects
from antiphon.core.records import Lease
from antiphon.core.retry import kept_up

log = logging.getLogger(__name__)

_AGAIN = 15.0  # seconds until strangers are looked after again, where a fault of ours has ended it


@dataclass(frozen=True, slots=True)
class ChatPorts:
    """What the Discord side needs from the rest. `hub`: the lease under which it writes."""

    bus: HubStore
    hub: Lease
    projects: Projects
    files: Files
    health: Health
    clock: Clock
    triggers: Triggers
    examine: Callable[[], Awaitable[Sequence[Finding]]] | None = None
    catalogue: Catalogue | None = None


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """`ask_after`: how many seconds old a message that was missed may be to run unasked; `most_turns`: how many turns
    may be at work on the machine; `coordination`: where everybody sees what sessions do."""

    attachments: FileLimits
    ask_after: float
    most_turns: int
    coordination: CoordinationSettings = field(default_factory=CoordinationSettings)


class DiscordBridge:
    """Listens to a client, answers commands and clicks, and posts what `outbox` is shown. `actions`: for whoever acts
    outside Discord."""

    def __init__(self, client: commands.Bot, ports: ChatPorts, settings: ChatSettings) -> None:
        """Build it in the event loop, before the client logs in: its requests are watched from the first one."""
        bus, projects, health = ports.bus, ports.projects, ports.health
        rate_limiter = RateLimiter()
        trace = request_trace(client)
        rate_limiter.observe(trace)
        RequestProbe(health).observe(trace)
        failures.observe(trace)
        poster = Poster(client, ports.files)
        context = DeliveryContext(
            bus, ports.hub, poster, rate_limiter, ports.clock, lambda: owners_of(client.application)
        )
        posts = ForumPosts(client, bus)
        places = DiscordPlaces(client, posts)
        self._tags = PostTags(client, context, bus, projects)
        self.outbox = Outbox(context, projects, places, self._tags.note)
        self._queue_board = QueueBoard(context, projects, settings.most_turns, self.outbox.open_place)
        actions = ActionContext(
            projects, bus, places, lambda: health.problems, examine=ports.examine, catalogue=ports.catalogue
        )
        self.actions = replace(
            actions, places=PlacesFromOutside(client, posts), messages=DiscordMessages(client, ports.files)
        )
        inbound = InboundContext(
            client,
            projects,
            bus,
            rate_limiter,
            TypedCommands(actions).find,
            poster.threads.obstacle,
            MessageTriggers(self.actions, ports.triggers, ports.clock).fire,
        )
        self._withdrawn = WithdrawnPrompts(context, self.outbox)
        self._notices = NoticeDelivery(context, bus)
        self._coordination = Coordination(client, context, bus, actions, health, settings.coordination)
        self._offers = Offers(context, bus, projects)
        self._wanted_places = WantedPlaces(context, actions)
        downloads = Downloads(ports.files, settings.attachments)
        self._messages = MessageListener(inbound, downloads, settings.ask_after)
        self._client = client
        self._cogs: tuple[commands.Cog, ...] = (
            Sight(client, projects, health, self._messages, OwnerNotices(client, rate_limiter).tell),
            DeletedPlaces(context, self.outbox),
            self._messages,
            self._coordination.boards,
            *command_groups(client, actions),
            InteractionDispatcher(actions),
            SecondInstanceProbe(client, health, ports.clock()),
        )

    async def attach(self) -> None:
        """Add listeners and commands to the client. Call before it connects; commands are registered at its login."""
        for cog in self._cogs:
            await self._client.add_cog(cog)

    async def detach(self) -> None:
        """Take off everything that `attach` has added. What is being posted goes on until `outbox.settle`."""
        for cog in reversed(self._cogs):
            await self._client.remove_cog(cog.qualified_name)

    async def ready(self) -> None:
        """Wait until Discord can be asked."""
        await self._messages.ready.wait()

    async def up_to_date(self) -> None:
        """Wait until the prompts that wait read as their messages do."""
        await self._messages.up_to_date.wait()

    async def show_queue(self) -> None:
        """Show which prompts wait, which were withdrawn, sessions that are brought, notices, offers to let somebody in,
        what sessions do at once, and the tags of posts, until cancelled. What was let in becomes a prompt meanwhile."""
        await self.ready()
        async with asyncio.TaskGroup() as looks:
            looks.create_task(self._queue_board.run(), name="queue board")
            looks.create_task(self._tags.run(), name="tags of posts")
            looks.create_task(self._withdrawn.run(), name="withdrawn prompts")
            looks.create_task(self._wanted_places.run(), name="wanted places")
            looks.create_task(self._notices.run(), name="notices")
            looks.create_task(kept_up(self._offers.run, _AGAIN, _failed), name="offers")
            looks.create_task(kept_up(self._messages.let_in, _AGAIN, _failed), name="admission")
            looks.create_task(self._coordination.run(), name="coordination")


def _failed(error: BaseException) -> None:
    log.error("what strangers write is looked after again in %g s", _AGAIN, exc_info=error)
