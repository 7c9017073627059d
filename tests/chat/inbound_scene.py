"""What people write at a local Discord, and what the bridge's inbound side makes of it: the real discord.py and the
real store in the test's own process, without Claude Code."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import discord
from gateway_scene import Scene, opened, staying

from antiphon.actions.context import ActionContext
from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.disk.session_files import LocalFiles
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.forum_posts import ForumPosts
from antiphon.chat.inbound.acceptance import Command, InboundContext
from antiphon.chat.inbound.attachments import Downloads, FileLimits
from antiphon.chat.inbound.intake import IncomingMessage
from antiphon.chat.inbound.message_listener import MessageListener
from antiphon.chat.interactions.commands import command_groups
from antiphon.chat.interactions.dispatch import InteractionDispatcher
from antiphon.chat.places import DiscordPlaces
from antiphon.chat.thread_creation import ThreadCreation
from antiphon.core.projects import Projects
from antiphon.core.records import QueuedPrompt
from antiphon.core.values import Access, PersonId, PlaceId, Project, RoleId
from antiphon.standin import Limits, StandIn
from antiphon.standin.person import Person
from antiphon.store import Store, open_store

from fakes import Clock

Json = dict[str, Any]


@dataclass
class Inbound:
    """`ada` owns the bot's application, `ben` may prompt, `mallory` may not."""

    discord: Scene
    store: Store
    project: Project
    ada: Person
    ben: Person
    mallory: Person

    @property
    def general(self) -> str:
        return self.discord.standin.describe()["channels"]["general"]

    @property
    def guild(self) -> str:
        return self.discord.standin.describe()["guild_id"]

    @property
    def me(self) -> str:
        """The mention of the bot."""
        assert self.discord.client.user is not None
        return f"<@{self.discord.client.user.id}>"

    async def prompts(self) -> list[QueuedPrompt]:
        return list(await self.store.line(held=True))

    async def texts(self, count: int) -> list[str]:
        """What waits for Claude, in order, once there is so much of it."""
        async with asyncio.timeout(10):
            while len(found := await self.prompts()) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return [one.prompt.text for one in found]

    async def begun(self, text: str) -> str:
        """Ben's prompt is accepted; the thread below it, which the bot opens as it would for the turn."""
        message = await self.ben.say(self.general, text)
        await self.texts(1)
        channel = self.discord.client.get_channel(int(self.general))
        assert isinstance(channel, discord.TextChannel)
        await channel.get_partial_message(int(message["id"])).create_thread(name=text)
        await self.ben.until(lambda ben: message["id"] in ben.channels)
        return str(message["id"])

    async def away(self, meanwhile: Coroutine[Any, Any, object]) -> None:
        """The gateway hangs up for good and lets nobody in while something happens; then the bot connects anew."""
        await self.discord.fault({"refuse_gateway": True})
        await self.discord.fault({"drop_gateway": True, "resumable": False})
        self.discord.greeted.clear()
        await meanwhile
        await self.discord.mend()
        await self.discord.connected(30)


@asynccontextmanager
async def inbound(
    root: Path,
    role: str | None = None,
    *,
    commands: bool = False,
    command: Callable[[IncomingMessage, str], Command | None] = lambda *_: None,
    **project: Any,
) -> AsyncGenerator[Inbound]:
    """A bridge's ears at a local Discord of its own. `role`: the name of one whose members may prompt, instead of
    ben; `commands`: it has commands and buttons too; `command`: see InboundContext."""
    async with (
        StandIn(limits=Limits.unlimited()) as standin,
        open_store(root / "antiphon.db", Clock()) as store,
        opened(standin) as scene,
    ):
        about = standin.describe()
        ada, ben, mallory = about["people"][:3]
        channel = PlaceId(int(about["channels"]["general"]))
        guild = standin.discord._backend.world.guilds[about["guild_id"]]
        roles = frozenset(RoleId(int(one.id)) for one in guild.roles.values() if one.name == role)
        access = Access(roles=roles) if role else Access(people=frozenset({PersonId(int(ben["id"]))}))
        made = replace(Project("playground", root, frozenset({channel}), access), **project)
        projects = Projects([made])
        context = InboundContext(
            scene.client, projects, store, RateLimiter(), command, ThreadCreation(scene.client).obstacle
        )
        downloads = Downloads(LocalFiles(root / "files", DiskThreads()), FileLimits(10, 25, 50))
        await scene.client.add_cog(MessageListener(context, downloads, 86400))
        if commands:
            actions = ActionContext(projects, store, DiscordPlaces(scene.client, ForumPosts(scene.client, store)))
            await scene.client.add_cog(InteractionDispatcher(actions))
            for group in command_groups(scene.client, actions):
                await scene.client.add_cog(group)
            await scene.client.tree.sync()
        async with (
            staying(scene),
            Person(about["api"], about["gateway"], ada["token"]) as first,
            Person(about["api"], about["gateway"], ben["token"]) as second,
            Person(about["api"], about["gateway"], mallory["token"]) as third,
        ):
            yield Inbound(scene, store, made, first, second, third)
