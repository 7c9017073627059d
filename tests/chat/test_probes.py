"""What goes wrong around the bot: Discord's REST, another program with its voice."""

import time
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import discord
import pytest
from gateway_scene import Scene, heard_so_far, opened, staying, until

from antiphon.chat.connection.probes import SecondInstanceProbe
from antiphon.standin import Limits, StandIn
from antiphon.standin.person import Person


@pytest.fixture
async def scene() -> AsyncGenerator[Scene]:
    async with StandIn(limits=Limits.unlimited()) as standin, opened(standin) as scene:
        yield scene


def names(scene: Scene) -> list[str]:
    return [one.name for one in scene.health.problems]


def channel(scene: Scene) -> discord.TextChannel:
    found = scene.client.get_channel(int(scene.standin.describe()["channels"]["general"]))
    assert isinstance(found, discord.TextChannel)
    return found


async def test_a_message_in_our_name_that_we_did_not_send_means_another_bridge(scene: Scene) -> None:
    about = scene.standin.describe()
    await scene.client.add_cog(SecondInstanceProbe(scene.client, scene.health, time.time() - 3600))
    async with staying(scene):
        await channel(scene).send("ours", nonce="a nonce of ours")
        await channel(scene).send("ours, with a file", file=discord.File(Path(__file__)), nonce="another")
        await channel(scene).create_thread(name="a thread of ours", type=discord.ChannelType.public_thread)
        await heard_so_far(scene)
        assert names(scene) == []
        url = f"{about['api']}/channels/{about['channels']['general']}/messages"
        headers = {"Authorization": f"Bot {about['bot_token']}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            for n in range(2):
                async with http.post(url, json={"content": "theirs", "nonce": f"their {n}"}) as answer:
                    assert answer.status == 200
        await until(lambda: names(scene) == ["another bridge"])


async def test_what_the_bridge_before_us_sent_is_not_taken_for_anothers(scene: Scene) -> None:
    about = scene.standin.describe()
    await scene.client.add_cog(SecondInstanceProbe(scene.client, scene.health, time.time()))  # we have just begun
    async with staying(scene):
        url = f"{about['api']}/channels/{about['channels']['general']}/messages"
        headers = {"Authorization": f"Bot {about['bot_token']}"}
        async with aiohttp.ClientSession(headers=headers) as http, http.post(url, json={"content": "late"}) as answer:
            assert answer.status == 200
        await heard_so_far(scene)
        assert names(scene) == []


async def test_an_answer_to_a_command_is_ours(scene: Scene) -> None:
    about = scene.standin.describe()
    await scene.client.add_cog(SecondInstanceProbe(scene.client, scene.health, time.time() - 3600))

    @scene.client.tree.command(name="echo", description="Say it again")
    async def echo(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("echo")
        await interaction.followup.send("once more")

    await scene.client.tree.sync()
    async with (
        staying(scene),
        Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada,
    ):
        await ada.command(about["channels"]["general"], "echo")
        await ada.until(lambda _: any(one["content"] == "once more" for one in ada.messages(channel_id(about))))
        await heard_so_far(scene)
        assert names(scene) == []


def channel_id(about: dict) -> str:
    return about["channels"]["general"]


async def test_requests_that_fail_in_a_row_are_a_trouble_until_one_works(scene: Scene) -> None:
    async with staying(scene):
        await scene.fault({"match": "GET /users/*", "status": 503, "times": 3})
        for n in range(3):
            assert names(scene) == []
            with pytest.raises(discord.DiscordServerError):
                await scene.client.fetch_user(n + 1)
        assert names(scene) == ["rest"]
        with pytest.raises(discord.NotFound):  # that is an answer
            await scene.client.fetch_user(1)
        assert names(scene) == []


async def test_requests_that_nobody_answers_are_a_trouble(scene: Scene) -> None:
    async with staying(scene):
        await scene.fault({"match": "GET /users/*", "drop": True})
        for n in range(3):
            with pytest.raises(aiohttp.ClientError):
                await scene.client.fetch_user(n + 1)
        assert names(scene) == ["rest"]
