"""Commands are registered beside the connection, and again only when Discord has other ones."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
from gateway_scene import Scene, opened, staying, until

from antiphon.chat.connection.command_registration import CommandRegistration, Pace, same_command
from antiphon.standin import Limits, StandIn

OURS: dict[str, Any] = {
    "name": "stop",
    "description": "Stop it",
    "type": 1,
    "options": [{"name": "how", "type": 3, "choices": [{"name": "now", "value": "now"}]}],
    "nsfw": False,
    "default_member_permissions": 8192,
    "integration_types": None,
}
THEIRS = {**OURS, "id": "1", "version": "2", "integration_types": [0], "default_member_permissions": "8192"}


def test_what_discord_adds_makes_no_difference() -> None:
    assert same_command(OURS, THEIRS)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "halt"},
        {"description": "Something else"},
        {"nsfw": True},
        {"default_member_permissions": "8"},
        {"default_member_permissions": None},
        {"options": []},
        {"options": [{"name": "how", "type": 3, "choices": []}]},
    ],
)
def test_every_change_of_ours_is_noticed(change: dict[str, Any]) -> None:
    assert not same_command(OURS, {**THEIRS, **change})


QUICK = Pace((0.2, 0.2), (0.2, 0.2), slow=0.5)


@asynccontextmanager
async def registering(scene: Scene) -> AsyncGenerator[asyncio.Task[None]]:
    """Inside, a client with one command registers it."""

    @scene.client.tree.command(name="echo", description="Say it again")
    async def echo(interaction: discord.Interaction) -> None: ...

    task = asyncio.create_task(CommandRegistration(scene.client, scene.health, QUICK).run(), name="commands")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def registered(scene: Scene) -> Sequence[str]:
    assert scene.client.application_id is not None
    return [one["name"] for one in await scene.client.http.get_global_commands(scene.client.application_id)]


FAULTS: tuple[dict[str, Any], ...] = (
    {"match": "PUT /applications/*/commands", "status": 400, "code": 30032},
    {"match": "PUT /applications/*/commands", "status": 403, "code": 50001},
    {"match": "PUT /applications/*/commands", "status": 503},
    {"match": "GET /applications/*/commands", "status": 503},
    {"match": "GET /applications/*/commands", "status": 200, "body": {"no": "commands"}},
    {
        "match": "PUT /applications/*/commands",
        "status": 429,
        "headers": {"Retry-After": "200"},
        "body": {"retry_after": 200.0},
    },
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: f"{one['match'][:3]} {one['status']} {one.get('code', '')}")
async def test_commands_that_cannot_be_registered_keep_nobody_from_connecting(
    fault: dict[str, Any],
) -> None:
    async with StandIn(limits=Limits.unlimited()) as standin, opened(standin) as scene:
        await scene.fault(fault)
        async with registering(scene) as task, staying(scene):
            await until(lambda: [one.name for one in scene.health.problems] == ["commands"])
            assert not task.done()
            await scene.mend()
            if fault["status"] != 429:  # which discord.py itself waits for
                async with asyncio.timeout(5):
                    await task
                assert scene.health.problems == ()
                assert await registered(scene) == ["echo"]
