"""The bridge on a client that it does not own: one call adds all of it, one takes all of it off again."""

from collections.abc import AsyncGenerator
from pathlib import Path

import discord
import pytest
from discord.ext import commands

from antiphon.actions.programs.triggers import Triggers
from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.disk.session_files import LocalFiles
from antiphon.chat.bridge import ChatPorts, ChatSettings, DiscordBridge
from antiphon.chat.inbound.attachments import FileLimits
from antiphon.core.health import Health
from antiphon.core.projects import Projects
from antiphon.store import Store, open_store

from fakes import PROJECT, Clock


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[Store]:
    async with open_store(tmp_path / "antiphon.db", Clock()) as store:
        yield store


async def test_what_is_attached_to_any_client_is_taken_off_it_again(store: Store, tmp_path: Path) -> None:
    client = commands.Bot(commands.when_mentioned, intents=discord.Intents.none())

    @client.tree.command(name="theirs", description="A command of the client's owner")
    async def theirs(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("theirs")

    async def on_message(_: discord.Message) -> None: ...

    client.add_listener(on_message, "on_message")
    hub = await store.hold("hub", "a test", 15.0)
    assert hub is not None
    clock = Clock()
    files = LocalFiles(tmp_path / "files", DiskThreads())
    ports = ChatPorts(store, hub, Projects([PROJECT]), files, Health(clock), clock, Triggers((), files))
    bridge = DiscordBridge(client, ports, ChatSettings(FileLimits(10, 25, 50), 86400, 4))
    on_error, send = client.tree.on_error, client.http.send_message
    for _ in range(2):
        await bridge.attach()
        assert len(client.tree.get_commands()) > 10
        assert len(client.extra_events["on_message"]) == 4  # theirs, prompts, another bridge's, pins
        await bridge.detach()
        assert [one.name for one in client.tree.get_commands()] == ["theirs"]
        assert {event: found for event, found in client.extra_events.items() if found} == {"on_message": [on_message]}
        assert (client.tree.on_error, client.http.send_message) == (on_error, send)
    await client.close()
