"""`make bench`: how quick the bridge is and how much it asks of Discord.

Everything is measured in one run, the reference (`claude -p`, spawned for the same prompt) in turn with the bridge, so
that a slow or noisy machine moves both. The ratio is the claim, the milliseconds are only told.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from antiphon.agent.claude import bundled
from antiphon.demo import turns
from antiphon.demo.process import BridgeProcess
from antiphon.demo.world import World
from antiphon.standin import StandIn
from antiphon.standin.person import Person

_ROUNDS = 12
_TURN_LIMIT = 90.0
_MOST_LIVE = 0.15  # the bar: live prompt to first model request, as a part of the spawn


@dataclass
class Bench:
    """A bridge that runs, and what stands around it."""

    standin: StandIn
    world: World
    ada: Person

    @property
    def general(self) -> str:
        return self.world.about["channels"]["general"]

    async def first_request(self, words: str, act: Callable[[], Any]) -> float:
        """Seconds from the act to the first request of the model that carries these words."""
        start = time.monotonic()
        await act()
        while True:
            for seen in reversed(self.standin.model.requests):
                if seen.kind == "main" and seen.prompt == words:
                    return seen.monotonic - start
            await asyncio.sleep(0.001)

    async def ended(self, place: str, turns: int = 1) -> None:
        await self.ada.until(lambda _: len(self.ends(place)) >= turns, _TURN_LIMIT)

    def ends(self, place: str) -> list[str]:
        return turns.ends(self.ada.messages(place))

    async def requests(self) -> list[dict[str, Any]]:
        url = self.world.about["api"].removesuffix("/api/v10")
        async with ClientSession() as http, http.get(f"{url}/standin/requests") as response:
            return [one for one in await response.json() if one["by"] == "antiphon"]


@asynccontextmanager
async def bench() -> AsyncGenerator[Bench]:
    with tempfile.TemporaryDirectory(prefix="antiphon-bench-", ignore_cleanup_errors=True) as directory:
        async with StandIn() as standin:
            about = standin.describe()
            world = World(Path(directory), about, os.environ["PATH"])  # noqa: TID251
            await world.furnish()
            bridge = BridgeProcess(world.config, world.environment())
            try:
                await bridge.start()
                async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
                    yield Bench(standin, world, ada)
            finally:
                await bridge.stop()


async def latencies(on: Bench) -> bool:
    """Message to first model request: on a fresh and on a live conversation, beside `claude -p`."""
    spawn, fresh, live = list[float](), list[float](), list[float]()
    for n in range(_ROUNDS):
        words = f"say: spawned {n}"
        spawn.append(await on.first_request(words, lambda words=words: _spawn(on.world, words)))
        words = f"say: fresh {n}"
        place = ""

        async def ask(words: str, channel: str) -> None:
            nonlocal place
            place = (await on.ada.say(channel, words))["id"]

        fresh.append(await on.first_request(words, lambda words=words: ask(words, on.general)))
        thread = place
        await on.ended(thread)
        words = f"say: live {n}"
        live.append(await on.first_request(words, lambda words=words, thread=thread: ask(words, thread)))
        await on.ended(thread, 2)
    reference = statistics.median(spawn)
    print(f"\nmessage posted → first model request, {_ROUNDS} rounds in turn (ms: median, worst; ratio of medians)")
    for name, times in (("claude -p, spawned", spawn), ("fresh conversation", fresh), ("live conversation", live)):
        middle = statistics.median(times)
        print(f"  {name:<20} {middle * 1000:7.0f} {max(times) * 1000:7.0f}   {middle / reference:.3f}")
    good = statistics.median(live) / reference <= _MOST_LIVE
    print(f"  live at most {_MOST_LIVE} of the spawn: {'yes' if good else 'NO'}")
    return good


async def _spawn(world: World, words: str) -> None:
    env = {name: value for name, value in world.environment().items() if not name.startswith(("ANTIPHON", "DISCORD"))}
    process = await asyncio.create_subprocess_exec(
        *(str(bundled()), "-p", words),
        cwd=world.project,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    await process.wait()


async def calls(on: Bench) -> bool:
    """REST calls of three kinds of turns, and from the last token to the complete answer."""
    print("\nREST calls of a turn in a new thread; last token → complete answer visible, final state shown (ms)")
    print(f"  {'turn':<34} {'calls':>5} {'post':>5} {'edit':>5} {'other':>5} {'answer':>7} {'state':>7}")
    limited = 0
    for name, words in (
        ("short answer", "say: a short answer"),
        ("long answer (20,000 characters)", "long 20000"),
        ("ten tools in a row", "tools 10"),
    ):
        before = len(await on.requests())
        started = len(on.standin.model.requests)
        place = (await on.ada.say(on.general, words))["id"]
        shown = await _complete(on, place)
        last = max(one.finished_at for one in on.standin.model.requests[started:] if one.kind == "main")
        mine = (await on.requests())[before:]
        limited += sum(one["status"] == 429 for one in mine)
        posts = sum(one["method"] == "POST" and one["path"].endswith("/messages") for one in mine)
        edits = sum(one["method"] == "PATCH" for one in mine)
        waits = f"{(shown[0] - last) * 1000:7.0f} {(shown[1] - last) * 1000:7.0f}"
        print(f"  {name:<34} {len(mine):>5} {posts:>5} {edits:>5} {len(mine) - posts - edits:>5} {waits}")
    print(f"  429s: {limited}")
    return limited == 0


async def _complete(on: Bench, place: str) -> tuple[float, float]:
    """When the last of the text became visible, and when the final state did."""
    text, seen = time.monotonic(), ""

    def news(ada: Person) -> bool:
        return _texts(ada, place) != seen or bool(on.ends(place))

    while not on.ends(place):
        await on.ada.until(news, _TURN_LIMIT)
        if (now := _texts(on.ada, place)) != seen:
            text, seen = time.monotonic(), now
    return text, time.monotonic()


def _texts(ada: Person, place: str) -> str:
    return "\n".join(turns.chunks(ada.messages(place)))


async def main() -> int:
    print("command: make bench")
    async with bench() as on:
        good = await latencies(on)
        good = await calls(on) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
