"""What the bot may do in its projects' channels: looked at whenever it may have changed, and told once."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from gateway_scene import Scene, heard_so_far, opened, staying, until

from antiphon.chat.connection import wording
from antiphon.chat.connection.owner_notices import OwnerNotices
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.connection.sight import Sight
from antiphon.chat.permissions import Obstacle
from antiphon.core.projects import Projects
from antiphon.core.values import Access, PlaceId, Project
from antiphon.standin import Limits, StandIn
from antiphon.standin.discord.permissions import EVERYONE_DEFAULT
from antiphon.standin.person import Person

VIEW, SEND, ATTACH, HISTORY, IN_THREADS = 1 << 10, 1 << 11, 1 << 15, 1 << 16, 1 << 38


class Gaps:
    """Notes which channels are out of sight."""

    def __init__(self) -> None:
        self.said: list[tuple[str, frozenset[PlaceId]]] = []

    def out_of_sight(self, channels: frozenset[PlaceId]) -> None:
        if channels:
            self.said.append(("out", channels))

    def in_sight(self, channels: frozenset[PlaceId]) -> None:
        self.said.append(("in", channels))


class Watched:
    """A client that watches some channels, and its owner, who is ada."""

    def __init__(self, scene: Scene, ada: Person, channels: Sequence[str]) -> None:
        self.scene, self.ada, self.gaps = scene, ada, Gaps()
        self.about = scene.standin.describe()
        self.told: list[Obstacle] = []
        here = frozenset(PlaceId(int(one)) for one in channels)
        self.projects = Projects([Project("playground", Path("/"), here, Access())])

    async def tell(self, obstacles: Sequence[Obstacle]) -> bool:
        self.told += obstacles
        return True

    @property
    def general(self) -> str:
        return self.about["channels"]["general"]

    @property
    def words(self) -> list[str]:
        return [one.words for one in self.scene.health.problems]

    async def deny(self, bits: int, channel: str | None = None) -> None:
        overwrite = {"type": 1, "deny": str(bits), "allow": "0"}
        path = f"/channels/{channel or self.general}/permissions/{self.about['application_id']}"
        await self.ada.request("PUT", path, overwrite)

    async def until_said(self, *parts: str) -> None:
        """Wait until one thing is wrong, and said so."""
        await until(lambda: len(self.words) == 1 and all(part in self.words[0] for part in parts))

    async def until_well(self) -> None:
        await until(lambda: self.words == [])


@asynccontextmanager
async def watched(standin: StandIn, *channels: str, real_notices: bool = False) -> AsyncGenerator[Watched]:
    """A client that watches these channels (general), or those of a kind that ada makes first."""
    about = standin.describe()
    async with opened(standin) as scene, Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
        found = Watched(scene, ada, channels or [about["channels"]["general"]])
        tell = OwnerNotices(scene.client, RateLimiter()).tell if real_notices else found.tell
        await scene.client.add_cog(Sight(scene.client, found.projects, scene.health, found.gaps, tell))
        async with staying(scene):
            await heard_so_far(scene)
            yield found


@pytest.fixture
async def standin() -> AsyncGenerator[StandIn]:
    async with StandIn(limits=Limits.unlimited()) as standin:
        yield standin


async def test_what_a_channels_own_permissions_deny_is_named_once_and_so_is_its_end(
    standin: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "antiphon")
    async with watched(standin) as here:
        assert here.words == []
        await here.deny(IN_THREADS)
        await here.until_said("#general of the server", "Send Messages in Threads (to answer)", "Edit Channel")
        assert not here.scene.health.problems[0].minor
        await here.deny(IN_THREADS)
        await heard_so_far(here.scene)
        await here.ada.request("DELETE", f"/channels/{here.general}/permissions/{here.about['application_id']}")
        await here.until_well()
    said = [one.getMessage() for one in caplog.records if one.name.startswith("antiphon")]
    assert ["lacks permissions" in one for one in said] == [True, False]
    assert "all that it needs in channel #general" in said[1]


async def test_a_feature_that_is_missing_leaves_the_bridge_well(standin: StandIn) -> None:
    async with watched(standin) as here:
        await here.deny(ATTACH)
        await here.until_said("Attach Files (to post files, tables and long answers)")
        assert here.scene.health.problems[0].minor


async def test_what_no_role_gives_is_told_with_the_role(standin: StandIn) -> None:
    async with watched(standin) as here:
        roles = f"/guilds/{here.about['guild_id']}/roles"
        own = next(one["id"] for one in await here.ada.request("GET", roles) if one["managed"])
        for role in (here.about["guild_id"], own):
            body = {"permissions": str(EVERYONE_DEFAULT & ~SEND)}
            await here.ada.request("PATCH", f"{roles}/{role}", body)
        await here.until_said("Send Messages (to write in the channel)", "Server Settings > Roles > antiphon")


async def test_a_role_that_is_taken_from_the_bot_itself_is_noticed(standin: StandIn) -> None:
    async with watched(standin) as here:
        guild = f"/guilds/{here.about['guild_id']}"
        own = next(one["id"] for one in await here.ada.request("GET", f"{guild}/roles") if one["managed"])
        everyone = {"permissions": str(EVERYONE_DEFAULT & ~IN_THREADS)}
        await here.ada.request("PATCH", f"{guild}/roles/{here.about['guild_id']}", everyone)
        await heard_so_far(here.scene)
        assert here.words == []
        await here.ada.request("DELETE", f"{guild}/members/{here.about['application_id']}/roles/{own}")
        await here.until_said("Send Messages in Threads (to answer)")


async def test_a_bot_that_is_taken_out_of_the_server_is_told_until_it_is_back(standin: StandIn) -> None:
    async with watched(standin) as here:
        me = f"/guilds/{here.about['guild_id']}/members/{here.about['application_id']}"
        await here.ada.request("DELETE", me)
        await here.until_said(f"the bot does not see channel {here.general} of playground")
        await here.ada.request("PUT", me)
        await here.until_well()
        everything = frozenset([PlaceId(int(here.general))])
        assert here.gaps.said == [("out", everything), ("in", everything)]


async def test_a_gap_of_sight_ends_when_the_history_can_be_read_as_well(standin: StandIn) -> None:
    async with watched(standin) as here:
        await here.deny(VIEW)
        await here.until_said("View Channels (to read messages)")
        await here.deny(HISTORY)
        await here.until_said("Read Message History")
        assert [what for what, _ in here.gaps.said] == ["out"]
        await here.deny(0)
        await here.until_well()
        assert [what for what, _ in here.gaps.said] == ["out", "in"]


async def test_a_category_is_refused_with_words(standin: StandIn) -> None:
    about = standin.describe()
    async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
        body: dict[str, Any] = {"name": "ideas", "type": 4}
        made = await ada.request("POST", f"/guilds/{about['guild_id']}/channels", body)
    async with watched(standin, made["id"]) as here:
        await here.until_said("#ideas of playground is a category channel", "name channels in which people can write")


@pytest.mark.slow
async def test_the_owner_is_told_directly_once_also_over_a_restart(standin: StandIn) -> None:
    async def told(here: Watched) -> list[str]:
        """What the bot has written to ada, oldest first."""
        direct = await here.ada.open_dm(here.about["application_id"])
        return [one["content"] for one in await here.ada.history(direct["id"])]

    async def until_told(here: Watched, times: int) -> list[str]:
        async with asyncio.timeout(10):
            while len(said := await told(here)) < times:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return said

    async with watched(standin, real_notices=True) as here:
        await here.deny(SEND | IN_THREADS)
        [first] = await until_told(here, 1)
        assert first.startswith(wording.TO_OWNER)
        assert "Send Messages in Threads (to answer)" in first
        assert "Edit Channel > Permissions" in first
        await here.deny(SEND)
        assert len(await until_told(here, 2)) == 2
    asked = standin.discord._faults.requests
    asked.clear()
    async with watched(standin, real_notices=True) as here:
        direct = (await here.ada.open_dm(here.about["application_id"]))["id"]
        looked = "GET", f"/channels/{direct}/messages", "antiphon"
        await until(lambda: looked in [(one["method"], one["path"], one["by"]) for one in asked], 10)
        await heard_so_far(here.scene)
        assert len(await told(here)) == 2
        await here.deny(ATTACH)
        assert "Attach Files" in (await until_told(here, 3))[-1]
