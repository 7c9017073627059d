"""The scene, with a webhook in a text channel or in a forum."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from board_scene import Scene

from antiphon.standin.discord import Limits
from antiphon.standin.discord.state import FORUM
from antiphon.standin.person import Person
from antiphon.webhook.client import Target
from standin.conftest import opened


@asynccontextmanager
async def scene_in(directory: Path, *, forum: bool) -> AsyncGenerator[Scene]:
    async with opened(Limits.unlimited()) as raw:
        about = raw.about
        async with Person(about["api"], about["gateway"], raw.tokens["ada"]) as ada:
            channel = raw.ids["general"]
            if forum:
                guild = f"/guilds/{raw.ids['guild']}/channels"
                channel = (await ada.request("POST", guild, {"name": "sessions", "type": FORUM}))["id"]
            made = await ada.request("POST", f"/channels/{channel}/webhooks", {"name": "Claude"})
            yield Scene(raw, ada, directory, channel, Target(about["api"], made["id"], made["token"]))


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncGenerator[Scene]:
    """In a text channel."""
    async with scene_in(tmp_path, forum=False) as found:
        yield found


@pytest.fixture
async def forum(tmp_path: Path) -> AsyncGenerator[Scene]:
    """In a forum."""
    async with scene_in(tmp_path, forum=True) as found:
        yield found
