"""A message that begins with a mention of the bot is a message, and no command of discord.py's."""

import discord
import pytest
from gateway_scene import Scene, heard_so_far, opened, staying

from antiphon.standin import Limits, StandIn
from antiphon.standin.person import Person


async def mentioned(scene: Scene) -> list[str]:
    """What listeners hear of a message that begins with a mention."""
    heard: list[str] = []

    async def listener(message: discord.Message) -> None:
        heard.append(message.content)

    scene.client.add_listener(listener, "on_message")
    about = scene.standin.describe()
    async with staying(scene), Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
        await ada.say(about["channels"]["general"], f"<@{about['application_id']}> hello")
        await heard_so_far(scene)
    return heard


async def test_a_mention_at_the_start_is_heard_and_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with StandIn(limits=Limits.unlimited()) as standin, opened(standin) as scene:
        assert (await mentioned(scene))[0].endswith("> hello")
    assert [one.getMessage() for one in caplog.records if one.name.startswith("discord.ext")] == []
