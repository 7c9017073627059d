"""What stands at the bot's name: how many, never what; seldom, and again on each connection."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from gateway_scene import Scene, opened, staying, until

from antiphon.chat.connection.presence import Presence, Shown, presence_of
from antiphon.core.blocks import AskBlock, Need
from antiphon.core.coordination.board import TurnAtWork
from antiphon.core.health import LOGIN, Problem
from antiphon.core.values import SessionId, ToolUseId, TurnId
from antiphon.errors import StoreError
from antiphon.standin import Limits, StandIn

IDLE, BUSY = Shown("idle", "idle"), Shown("online", "1 at work")
WAITS: tuple[Need, ...] = (AskBlock(ToolUseId("call"), "Bash", "a tool"),)


def turn(needs: tuple[Need, ...] = ()) -> TurnAtWork:
    return TurnAtWork(SessionId("s"), TurnId("t"), 0.0, None, needs)


@pytest.mark.parametrize(
    ("turns", "problems", "shown"),
    [
        ([], [], IDLE),
        ([turn()], [], BUSY),
        ([turn(), turn(), turn(WAITS)], [], Shown("online", "2 at work, 1 waits for you")),
        ([turn(WAITS), turn(WAITS)], [], Shown("online", "2 wait for you")),
        ([turn()], [Problem("slept", 0.0, "…", minor=True)], BUSY),
        ([turn()], [Problem("database", 0.0, "/a/path")], Shown("dnd", "Something is wrong: /status says what")),
        (
            [],
            [Problem("database", 0.0, "…"), Problem(LOGIN, 0.0, "run /a/path")],
            Shown("dnd", "Claude Code is not logged in"),
        ),
    ],
)
def test_how_it_is_in_a_few_words(turns: list[TurnAtWork], problems: list[Problem], shown: Shown) -> None:
    assert presence_of(turns, problems) == shown


class Shelf:
    """What is to be shown, and what was."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.wanted: Shown | None = IDLE
        self.looks = 0

    async def look(self) -> Shown:
        self.looks += 1
        if self.wanted is None:
            raise StoreError("the disk is full")
        return self.wanted

    def shown(self) -> list[tuple[str, str]]:
        """Each change on the newest session."""
        presences: list[tuple[float, Any]] = self.scene._sessions()[-1].presences
        return [(one["status"], one["activities"][0]["state"]) for _, one in presences]


@asynccontextmanager
async def showing(pause: float) -> AsyncGenerator[Shelf]:
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin) as scene:
        shelf = Shelf(scene)
        presence = Presence(scene.client, lambda: scene.gateway.socket, shelf.look, every=0.05, pause=pause)
        task = asyncio.create_task(presence.run())
        try:
            async with staying(scene):
                yield shelf
                assert not task.done()
        finally:
            task.cancel()
            await asyncio.wait({task})


async def test_it_changes_with_what_is_shown_and_then_alone() -> None:
    async with showing(0.0) as shelf:
        await until(lambda: shelf.shown() == [("idle", "idle")])
        shelf.wanted = None  # nobody knows at the moment: it stays
        looks = shelf.looks
        await until(lambda: shelf.looks > looks + 2)
        shelf.wanted = BUSY
        await until(lambda: len(shelf.shown()) == 2)
        looks = shelf.looks
        await until(lambda: shelf.looks > looks + 5)
        assert shelf.shown() == [("idle", "idle"), ("online", "1 at work")]


async def test_what_changes_quickly_is_shown_seldom_and_the_last_of_it_counts() -> None:
    async with showing(1.5) as shelf:
        await until(lambda: len(shelf.shown()) == 1)
        for number in range(10):
            shelf.wanted = Shown("online", f"{number} at work")
            looks = shelf.looks
            await until(lambda: shelf.looks > looks)  # noqa: B023
        assert len(shelf.shown()) == 1
        await until(lambda: len(shelf.shown()) == 2)
        assert shelf.shown()[-1] == ("online", "9 at work")


async def test_a_new_session_is_told_anew() -> None:
    async with showing(0.0) as shelf:
        await until(lambda: len(shelf.shown()) == 1)
        shelf.scene.kept.past[0] -= 60
        shelf.scene.greeted.clear()
        await shelf.scene.fault({"drop_gateway": True, "resumable": False})
        await shelf.scene.connected()
        await until(lambda: shelf.shown() == [("idle", "idle")])
        assert len(shelf.scene.greetings) == 2
