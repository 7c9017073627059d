"""`make chaos-terminals`: messages into a session in a terminal, with the bridge and the session killed at random.

    python -m chaos.terminals [--seed N] [--messages 1000] [--kills 16]

Judged by the transcript, in which each message that Claude has stands under its id: none lost, none twice, none out of
order. What cannot be decided after a kill is told in the thread and not sent again; it is counted. Exit code 1: a
promise was broken.
"""

import argparse
import asyncio
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from bench.terminal import Home, Terminal, attach, prompts_in, thread_of

from antiphon.demo.process import BridgeProcess
from antiphon.demo.world import World
from antiphon.standin import Limits, Pace, StandIn
from antiphon.standin.client_shapes import words_of
from antiphon.standin.person import Person

_BUSY = "tools 40"  # what is typed at the terminal, so that hooks read while messages come
_QUIET = 80.0  # seconds without anything new after which the round is over
_LOOK = 0.5
_PAUSES = (0.0, 0.0, 0.01, 0.05, 0.2)  # seconds between two messages
_OF_THE_BRIDGE = 0.6  # of all kills
_UP = 60.0  # seconds for a bridge to come up


@dataclass
class Round:
    """What takes part, and what was done."""

    world: World
    home: Home
    bridge: BridgeProcess
    ada: Person
    terminal: Terminal
    chance: random.Random
    place: str = ""
    kills: Counter[str] = field(default_factory=Counter[str])

    async def talk(self, messages: int) -> None:
        """Ada writes one message after the other."""
        for n in range(messages):
            await self.ada.say(self.place, f"say: {name(n)}")
            await asyncio.sleep(self.chance.choice(_PAUSES))

    async def work(self) -> None:
        """Somebody at the terminal keeps Claude busy, until cancelled."""
        while True:
            with suppress(TimeoutError, RuntimeError):  # it was just killed
                await self.terminal.type(_BUSY)
            await asyncio.sleep(self.chance.uniform(2, 6))

    async def kill(self, kills: int) -> None:
        """SIGKILL to the bridge or to Claude Code, and up again."""
        for _ in range(kills):
            await asyncio.sleep(self.chance.uniform(0.5, 3.0))
            if self.chance.random() < _OF_THE_BRIDGE:
                self.kills["bridge"] += 1
                await self.bridge.kill()
                await asyncio.sleep(self.chance.uniform(0.0, 1.0))
                self._forget_starts()
                await self.bridge.start(_UP)
            else:
                self.kills["session"] += 1
                await self.terminal.kill()
                await self.terminal.close()
                await asyncio.sleep(self.chance.uniform(0.0, 1.0))
                await self.terminal.resume()

    def _forget_starts(self) -> None:
        """A bridge that starts for the seventh time in half an hour waits before its next gateway session."""
        with closing(sqlite3.connect(self.world.root / "state" / "antiphon.db")) as database, database:
            database.execute("DELETE FROM identify")

    def received(self) -> list[str]:
        """The messages that Claude has, in order."""
        said = (one for line in self.terminal.transcript.look() for one in prompts_in(line))
        return [one.removeprefix("say: ") for one in said]

    async def settle(self, messages: int) -> list[str]:
        """Wait until Claude has them all, or nothing comes any more; what it has."""
        count, since = -1, time.monotonic()
        while time.monotonic() - since < _QUIET and len(set(got := self.received())) < messages:
            if len(got) != count:
                count, since = len(got), time.monotonic()
            await asyncio.sleep(_LOOK)
        return self.received()


def name(n: int) -> str:
    return f"m{n:04}"


async def play(seed: int, messages: int, kills: int) -> int:
    """One round; its exit code."""
    async with AsyncExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True)))
        pace = Pace(first_token=0.02, tokens_per_second=2000)
        standin = await stack.enter_async_context(StandIn(limits=Limits(identify_window=0.0), pace=pace))
        about = standin.describe()
        world = World(root, about, os.environ["PATH"])  # noqa: TID251
        await world.create()
        home = Home(world).create(allowed=("Bash(echo:*)", "Read", "Glob", "Grep"))
        await attach(world)
        bridge = BridgeProcess(world.config, world.environment())
        stack.push_async_callback(bridge.stop)
        await bridge.start()
        ada = await stack.enter_async_context(Person(about["api"], about["gateway"], about["people"][0]["token"]))
        terminal = Terminal(world, home)
        stack.push_async_callback(terminal.close)
        played = Round(world, home, bridge, ada, terminal, random.Random(seed))
        await terminal.start()
        await terminal.type("say: begin")
        begun = time.monotonic()
        played.place = await thread_of(ada, "say: begin")
        working = asyncio.create_task(played.work())
        await asyncio.gather(played.talk(messages), played.kill(kills))
        working.cancel()
        got = await played.settle(messages)
        told = [words_of(one) for one in ada.messages(played.place) if "cannot tell" in words_of(one)]
    lost = {name(n) for n in range(messages)} - set(got)
    undecided = {one for one in lost if any(one in text for text in told)}
    twice = [one for one, count in Counter(got).items() if count > 1]
    turned = [pair for pair in pairwise(got) if pair[0] > pair[1]]
    print(
        f"seed {seed}: {messages} messages, {played.kills['bridge']} kills of the bridge, {played.kills['session']} of "
        f"the session in {time.monotonic() - begun:.0f} s: {len(lost - undecided)} lost, {len(twice)} twice, "
        f"{len(turned)} out of order, {len(undecided)} undecided and told"
    )
    for what, which in (("lost", sorted(lost - undecided)), ("twice", twice), ("out of order", turned)):
        if which:
            print(f"       {what}: {which[:10]}")
    return 1 if lost > undecided or twice or turned else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="chaos.terminals", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=16)
    given = parser.parse_args()
    sys.exit(asyncio.run(play(given.seed, given.messages, given.kills)))
