"""The whole chain: a bridge in a process of its own, the real discord.py and the real Claude Code CLI inside it, the
local Discord and the scripted model around it. Whatever a test does, no process may be left when it ends."""

import asyncio
import os
import re
import sqlite3
import sys
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from aiohttp import ClientSession
from bench import shown
from bench.processes import left_behind

from antiphon.demo.process import BridgeProcess
from antiphon.demo.show import marked
from antiphon.demo.world import World
from antiphon.standin import Limits, Pace, StandIn
from antiphon.standin.client_shapes import walk, words_of
from antiphon.standin.model.server import Seen
from antiphon.standin.person import Person
from discord_document.reduce import REDUCED as DISCORDS_DOCUMENT
from forked_bridge import BridgeForker, ForkedBridge

Json = dict[str, Any]

_TERMINAL = "🖥️"  # what begins the message that a terminal session's thread hangs on: it is no prompt
_EPHEMERAL = 1 << 6  # message flag: one person alone sees it


class Chain:
    """What a test works with."""

    def __init__(self, standin: StandIn, world: World, people: list[Person], bridge: BridgeProcess) -> None:
        self.standin = standin
        self.world = world
        self.ada, self.ben, self.mallory = people
        self.bridge = bridge
        self.expected_violations = False
        self.general: str = world.about["channels"]["general"]

    @property
    def project(self) -> Path:
        return self.world.project

    @property
    def mention(self) -> str:
        """The mention of the bot, as a message has it."""
        return f"<@{self.standin.discord._backend.world.application.bot_id}>"

    async def restart(self) -> None:
        """SIGKILL, then a new bridge on the same state."""
        await self.bridge.kill()
        await self.bridge.start()

    async def ask(self, text: str, place: str | None = None) -> str:
        """Ada writes; the id of the place where the answer will be."""
        message = await self.ada.say(place or self.general, text)
        return place or message["id"]

    async def at_work(self, text: str, place: str | None = None, sign: str = "sleep(") -> str:
        """Ada writes, and the turn is seen to do something: its status or what Claude says has the sign; the place."""
        place = await self.ask(text, place)
        await self.ada.until(lambda _: sign in "".join([*self.statuses(place), *self.chunks(place)]), 20)
        return place

    async def start_configured(
        self, sections: Mapping[str, Mapping[str, Any]] = MappingProxyType({}), **project: Any
    ) -> "Chain":
        """Start the bridge with a configuration of the test's own (World.configure); the chain."""
        self.world.configure(sections, **project)
        await self.bridge.start()
        return self

    async def antiphon(self, *words: str) -> tuple[int, str]:
        """`antiphon` in a shell of the machine: its exit code, and what it says."""
        command = (sys.executable, "-m", "antiphon", *words)
        asked = await asyncio.create_subprocess_exec(
            *command,
            env=self.world.environment(),
            cwd=self.project,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asked.communicate()
        return asked.returncode or 0, said.decode()

    async def accepted(self, place: str, text: str, files: Sequence[tuple[str, bytes]] = ()) -> Json:
        """Ada writes; the message, once the bridge has it: it carries a mark, and its files are on the disk."""
        message = await self.ada.say(place, text, files=files)
        await self.ada.until(lambda ada: (ada.message(message) or {}).get("reactions"), 20)
        return message

    async def bridge_prints(self, text: str, limit: float = 20) -> None:
        """Wait until the bridge has printed the text; TimeoutError after so many seconds."""
        async with asyncio.timeout(limit):
            while text not in "\n".join(self.bridge.lines):  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.02)

    def statuses(self, place: str) -> list[str]:
        """The state of each turn in a place (card or line), oldest first; see bench.shown."""
        return shown.statuses(self.ada.messages(place))

    def ends(self, place: str) -> list[str]:
        """The statuses of the turns that have ended."""
        return shown.ends(self.ada.messages(place))

    def answer(self, place: str) -> str:
        """All that Claude said in a place."""
        return "\n".join(self.chunks(place))

    def chunks(self, place: str) -> list[str]:
        """The messages with Claude's words, oldest first."""
        return shown.chunks(self.ada.messages(place))

    async def ended(self, place: str, turns: int = 1, limit: float = 30) -> str:
        """Wait until so many turns have ended in a place; the last one's status line. The mark on a prompt comes
        last, after all that was said."""
        await self.ada.until(lambda _: len(self.ends(place)) >= turns, limit)
        await self.ada.until(
            lambda _: (
                sum(marked(one) is not None for one in self._prompts(place)) >= min(turns, len(self._prompts(place)))
            ),
            limit,
        )
        return self.ends(place)[-1]

    def _prompts(self, place: str) -> list[Json]:
        opening = [one for one in self.ada.messages(self.general) if one["id"] == place]
        opening = [one for one in opening if not one["content"].startswith(_TERMINAL)]
        return opening + [one for one in self.ada.messages(place) if not one["author"].get("bot") and one["content"]]

    async def fault(self, plan: Json) -> None:
        """Let something go wrong at the local Discord (POST /standin/faults)."""
        await self._standin("POST", "faults", plan)

    async def mend(self) -> None:
        """No fault any more."""
        await self._standin("DELETE", "faults")

    async def requests(self) -> list[Json]:
        """What was asked of the local Discord so far."""
        return await self._standin("GET", "requests")

    async def violations(self) -> list[Json]:
        """What was asked of it that real Discord would refuse."""
        return await self._standin("GET", "violations")

    async def bot_request(self, method: str, path: str, body: Json, token: str) -> int:
        """A request of our own with the bot's token; its status."""
        headers = {"Authorization": f"Bot {token}"}
        url = self.world.about["api"] + path
        async with ClientSession(headers=headers) as http, http.request(method, url, json=body) as response:
            return response.status

    async def _standin(self, method: str, what: str, body: Json | None = None) -> Any:
        url = self.world.about["api"].removesuffix("/api/v10")
        async with ClientSession() as http, http.request(method, f"{url}/standin/{what}", json=body) as response:
            assert response.status < 300, await response.text()
            return await response.json() if response.status == 200 else None

    async def shown(self, place: str, text: str, limit: float = 20) -> Json:
        """Wait for a message of the bot's to Ada with this text, for everybody or for her alone; the newest."""

        def found(ada: Person) -> list[Json]:
            return [one for one in ada.messages(place) if one["author"].get("bot") and text in words_of(one)]

        return (await self.ada.until(found, limit))[-1]

    def private(self, place: str, person: Person | None = None) -> list[str]:
        """What Ada (or somebody else) alone was told in a place."""
        told = [one for one in (person or self.ada).messages(place) if one.get("flags", 0) & _EPHEMERAL]
        return [words for one in told if (words := words_of(one))]

    async def told(self, place: str, text: str, person: Person | None = None, times: int = 1) -> None:
        """Wait until Ada (or somebody else) alone was told that, so often."""
        someone = person or self.ada
        await someone.until(lambda _: sum(text in words for words in self.private(place, someone)) >= times)

    def database(self) -> sqlite3.Connection:
        """The bridge's database; the caller closes it."""
        return sqlite3.connect(self.world.root / "state" / "antiphon.db", isolation_level=None)

    def model_requests(self) -> list[Seen]:
        """The requests that turns have made of the model, oldest first."""
        return [one for one in self.standin.model.requests if one.kind == "main"]

    def last_request(self) -> str:
        """All that the model was told in its last request."""
        return str(self.standin.model.requests[-1].messages)

    def prompts(self) -> list[str]:
        """The prompts that reached the model, in order: one for each turn."""
        return [one.prompt for one in self.model_requests() if not _goes_on(one.messages)]


def button(message: Json, label: str) -> str:
    """The custom_id of the button with a label."""
    return next(str(part["custom_id"]) for part in walk(message["components"]) if part.get("label") == label)


def words(text: str) -> list[str]:
    """The words of a Markdown text without its fence lines and signs: the same before and after it was cut into
    messages, with its tables as aligned code."""
    text = text.replace("\u200b", "")  # keeps backticks in code apart
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("```"))
    return [word for line in lines for word in re.findall(r"\w+", line)]


def _goes_on(messages: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a request goes on with a turn: its last word from outside is a tool's result."""
    last = next(one["content"] for one in reversed(messages) if one["role"] == "user")
    return isinstance(last, list) and any(block.get("type") == "tool_result" for block in last)


@pytest.fixture
def allowance() -> float:
    """How much longer than its bar something may take: nothing (1.0) in a test that runs alone, twice as long beside
    other workers, which have the same two cores for their bridges."""
    return 2.0 if "PYTEST_XDIST_WORKER" in os.environ else 1.0  # noqa: TID251


@pytest.fixture
def limits() -> Limits:
    """What the local Discord enforces; a test module may say otherwise.

    All that Discord does, but for the five seconds between two identifies: a test that restarts its bridge would spend
    most of its time on them (test_a_killed_bridge_loses_nothing keeps them)."""
    return Limits(identify_window=0.0)


@pytest.fixture
def clock() -> Callable[[], float]:
    """The local Discord's time, from which message ids are made; a test module may own it."""
    return time.time


@pytest.fixture
def pace() -> Pace:
    """How quickly the model answers; a test module may say otherwise."""
    return Pace()


@pytest.fixture(scope="session")
def forker() -> Generator[BridgeForker | None]:
    """What bridges are forked from; a test module that wants them to start as programs of their own has None."""
    if sys.platform.startswith("linux"):
        with BridgeForker() as forker:
            yield forker
    else:
        yield None


@pytest.fixture
async def unstarted(
    tmp_path: Path, limits: Limits, pace: Pace, clock: Callable[[], float], forker: BridgeForker | None
) -> AsyncGenerator[Chain]:
    """The chain, with the bridge not running yet."""
    async with AsyncExitStack() as stack:
        parts = StandIn(openapi=DISCORDS_DOCUMENT, limits=limits, pace=pace, clock=clock)
        standin = await stack.enter_async_context(parts)
        about = standin.describe()
        world = World(tmp_path, about, os.environ["PATH"])  # noqa: TID251
        await world.create()
        people = [
            await stack.enter_async_context(Person(about["api"], about["gateway"], one["token"]))
            for one in about["people"][:3]
        ]
        where = world.config, world.environment()
        chain = Chain(standin, world, people, ForkedBridge(*where, forker) if forker else BridgeProcess(*where))
        try:
            yield chain
        finally:
            if chain.bridge.returncode is None and chain.bridge.lines:
                await chain.bridge.stop()
            print("\n".join(["the bridge said:", *chain.bridge.lines]))
            violations = await chain.violations()
        assert not await left_behind(tmp_path)
        assert chain.expected_violations or not violations, violations


@pytest.fixture
async def chain(unstarted: Chain) -> Chain:
    """The chain, with the bridge connected."""
    await unstarted.bridge.start()
    return unstarted
