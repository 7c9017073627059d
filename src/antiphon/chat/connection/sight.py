"""The bot's view of its projects' channels: a state that is looked at again whenever it may have changed.

Looked at when the gateway has told all, upon each event that can change a right, and once a minute besides. What keeps
the bridge from working in a channel is a problem of core/health.py while it lasts, is logged once when it changes, and
told to the owner of the application. A channel whose messages were not told for a while is named when they are again.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Protocol

import discord
from discord.ext import commands

from antiphon.chat.channels import Channel, sharing_of, state_tags, style_of
from antiphon.chat.connection import wording
from antiphon.chat.permissions import (
    MANAGE_THREADS,
    NEEDLESS,
    SLOWMODE_EXEMPT,
    VIEW_CHANNELS,
    Missing,
    Obstacle,
    Slowed,
    Unseen,
    Unsupported,
    missing,
    readable,
)
from antiphon.core.health import Health
from antiphon.core.projects import Projects
from antiphon.core.values import NOWHERE, PlaceId, Project, Session

log = logging.getLogger(__name__)

_AGAIN = 60.0  # seconds between two looks where no event calls for one: a time-out of the bot ends without one
_SETTLES = 3.0  # seconds for the rest of a change that comes in several events, so that one message tells of it
_KINDS = {"news": "announcement", "stage_voice": "stage", "news_thread": "thread", "public_thread": "thread"}


class Gaps(Protocol):
    """Who catches up on what was written while it could not be read."""

    def out_of_sight(self, channels: frozenset[PlaceId]) -> None:
        """What is written in these channels from now on is not told, or not all of it could be fetched."""
        ...

    def in_sight(self, channels: frozenset[PlaceId]) -> None:
        """It is told from now on, and can be fetched."""
        ...


class Sight(commands.Cog):
    """Watches what the bot may do in the channels of its projects."""

    def __init__(
        self,
        client: commands.Bot,
        projects: Projects,
        health: Health,
        gaps: Gaps,
        tell: Callable[[Sequence[Obstacle]], Coroutine[Any, Any, bool]],
    ) -> None:
        """`tell`: tells the owner; False: not now."""
        self._client = client
        self._projects = projects
        self._health = health
        self._gaps = gaps
        self._tell = tell
        self._obstacles: dict[PlaceId, Obstacle] = {}
        self._unread: set[PlaceId] = set()
        self._complete = False  # the gateway has told what there is
        self._news = asyncio.Event()
        projects.watch(self._look)

    async def cog_load(self) -> None:
        """Begin to look now and then."""
        self._watching = asyncio.create_task(self._watch(), name="sight")

    async def cog_unload(self) -> None:
        """Nothing is wrong any more, as far as this knows."""
        self._watching.cancel()
        for channel in self._obstacles:
            self._health.over(_name(channel), said=True)
        self._obstacles = {}

    @commands.Cog.listener()
    async def on_connect(self) -> None:
        self._complete = False  # discord.py has forgotten everything

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """The gap that is over now is read as a whole by whoever reads; what cannot be read stays a gap."""
        self._complete = True
        self._unread.clear()
        unread = frozenset(channel for channel in self._channels() if not can_read(self._client, channel))
        self._unread |= unread
        self._gaps.out_of_sight(unread)
        self._look()

    @commands.Cog.listener("on_guild_channel_create")
    @commands.Cog.listener("on_guild_channel_delete")
    @commands.Cog.listener("on_guild_channel_update")
    @commands.Cog.listener("on_guild_role_create")
    @commands.Cog.listener("on_guild_role_delete")
    @commands.Cog.listener("on_guild_role_update")
    @commands.Cog.listener("on_guild_join")
    @commands.Cog.listener("on_guild_remove")
    @commands.Cog.listener("on_guild_available")
    @commands.Cog.listener("on_guild_unavailable")
    @commands.Cog.listener("on_guild_update")
    @commands.Cog.listener("on_member_update")  # without the members intent of ourselves only
    async def on_change(self, *_: object) -> None:
        self._look()

    def _channels(self) -> Sequence[PlaceId]:
        return [channel for project in self._projects.all for channel in sorted(project.channels)]

    def _look(self) -> None:
        if not self._complete:
            return
        for project in self._projects.all:
            for channel in sorted(project.channels):
                if not _undecided(self._client, channel):
                    self._note(channel, obstacle_in(self._client, project, channel))
        for channel in self._obstacles.keys() - set(self._channels()):  # of a project that is gone
            self._note(channel, None)
        lost = frozenset(one for one in self._channels() if not can_view(self._client, one)) - self._unread
        found = frozenset(one for one in self._unread if can_read(self._client, one))
        self._unread = (self._unread | lost) - found
        if lost:
            self._gaps.out_of_sight(lost)
        if found:
            self._gaps.in_sight(found)

    def _note(self, channel: PlaceId, now: Obstacle | None) -> None:
        """Say what has changed in a channel, if something has."""
        before = self._obstacles.get(channel)
        if now == before:
            return
        self._news.set()
        if now is not None:
            self._obstacles[channel] = now
            text = wording.obstacle(now)
            log.log(logging.ERROR if now.required else logging.WARNING, "%s", text)
            self._health.begin(_name(channel), text, said=True, minor=not now.required)
        elif before is not None:
            del self._obstacles[channel]
            self._health.over(_name(channel), wording.no_obstacle(before))

    async def _watch(self) -> None:
        """Look now and then, and tell the owner of what has come up."""
        told: dict[PlaceId, Obstacle] = {}
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN):
                    await self._news.wait()
                await asyncio.sleep(_SETTLES)
            self._look()
            self._news.clear()
            now = dict(self._obstacles)
            new = [one for channel, one in now.items() if told.get(channel) != one]
            if not new or await self._tell(new):
                told = now


def obstacle_in(client: discord.Client, project: Project, id_: PlaceId) -> Obstacle | None:
    """What keeps the bridge from working as it should in a channel of a project, as far as the gateway has told."""
    channel = client.get_channel(id_)
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return Unseen(id_, project.name)
    if not isinstance(channel, Channel):
        kind = channel.type.name
        return Unsupported(id_, channel.name, project.name, _KINDS.get(kind, kind))
    me = channel.guild.me
    granted = channel.permissions_for(me).value
    lacking = missing(granted, NEEDLESS[style_of(channel, project)])
    has_tags = isinstance(channel, discord.ForumChannel) and state_tags(channel)
    if has_tags and not lacking and not granted & MANAGE_THREADS.bit:
        lacking = (MANAGE_THREADS,)
    by_roles = tuple(one for one in lacking if not me.guild_permissions.value & one.bit)
    by_channel = tuple(one for one in lacking if one not in by_roles)
    role = next((one.name for one in me.roles if one.managed), me.display_name)
    if lacking:
        return Missing(id_, channel.name, channel.guild.name, role, by_roles, by_channel)
    pause = getattr(channel, "slowmode_delay", 0) if sharing_of(channel, project) else 0
    exempt = granted & SLOWMODE_EXEMPT
    return Slowed(id_, channel.name, pause) if pause and not exempt else None


def can_view(client: discord.Client, channel: int) -> bool:
    """Whether the gateway tells what is written in a channel where the bridge works."""
    return bool(_granted(client, channel) & VIEW_CHANNELS.bit)


def can_read(client: discord.Client, channel: int) -> bool:
    """The same, and whether earlier messages can be fetched."""
    return readable(_granted(client, channel))


def shown_to_all(client: discord.Client, session: Session) -> bool | None:
    """Whether whoever sees the channel above it may see a session's thread; None: nobody knows at the moment."""
    if session.sharing == "direct":
        return False
    place = client.get_channel(session.place)
    if isinstance(place, discord.Thread):
        return not place.is_private()
    # What hangs on a message of a channel is for all who see that.
    return True if session.place == NOWHERE or place is not None or session.origin.channel is not None else None


def _granted(client: discord.Client, id_: int) -> int:
    channel = client.get_channel(id_)
    if not isinstance(channel, Channel) or not _told(client, channel.guild):
        return 0
    return channel.permissions_for(channel.guild.me).value


def _undecided(client: discord.Client, id_: int) -> bool:
    """Whether Discord has not told what there is: its servers fail, or it is slow."""
    channel = client.get_channel(id_)
    if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return not _told(client, channel.guild)
    return not all(_told(client, guild) for guild in client.guilds)


def _told(client: discord.Client, guild: discord.Guild) -> bool:
    """Whether Discord has told what there is in a server, the bot's own member included."""
    return not guild.unavailable and client.user is not None and guild.get_member(client.user.id) is not None


def _name(channel: PlaceId) -> str:
    return f"channel {channel}"
